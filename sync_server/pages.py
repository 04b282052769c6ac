"""What a tablet reads: the page it pulls, from an opaque cursor on, in the order of commit, of what it may see;
and what is held of what it wrote, to compare."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import Connection, false, or_, select

from shared import ids, wire, wording
from sync_server import numbers
from sync_server.store import LOGGED, PAST, RECORD, TERRITORY, Sender, as_pulled


def page(connection: Connection, sender: Sender, cursor: str | None, limit: int, since: date) -> wire.Page:
    """The next records this device may see after `cursor`, in commit order: its team's, of the days from `since`
    on, and the directory. What the device itself wrote last is left out: it has it. A deletion goes to whoever has
    pulled before, whatever its day: the record may still stand there."""
    land = connection.execute(select(TERRITORY).where(TERRITORY.c.code == sender.territory)).one()
    after = _position(cursor, land.epoch, land.seq)
    if after is None:
        return wire.Page(records=[], cursor=None, refetch=True, epoch=land.epoch, synthetic=land.synthetic)
    c = RECORD.c
    found = connection.execute(
        select(c.seq, *LOGGED)
        # Not beyond what was read above: on PostgreSQL more may be committed between the two statements, and
        # the next page would bring it again.
        .where(c.territory == sender.territory, c.seq > after, c.seq <= land.seq)
        .where(or_(c.team.is_(None), c.team == sender.team))
        .where(or_(c.device_id.is_(None), c.device_id != sender.device_id))
        .where(or_(c.day.is_(None), c.day >= since, c.deleted if after else false()))
        .order_by(c.seq)
        .limit(limit + 1)
    ).all()
    more = len(found) > limit
    last = found[limit - 1].seq if more else land.seq
    records = [as_pulled(row) for row in found[:limit]]
    return wire.Page(
        records=records, cursor=f"{land.epoch}.{last}", more=more, epoch=land.epoch, synthetic=land.synthetic
    )


def held(connection: Connection, sender: Sender) -> wire.Held:
    """What is held of all that this device ever wrote, though others may have edited or deleted it since."""
    c, p = RECORD.c, PAST.c
    mine = c.territory == sender.territory
    last = select(c.id, c.revision, c.digest).where(mine, c.device_id == sender.device_id)
    marks = {row.id: wire.mark(row.revision, row.digest) for row in connection.execute(last)}
    before = select(p.id).where(p.territory == sender.territory, p.device_id == sender.device_id)
    others = or_(c.device_id.is_(None), c.device_id != sender.device_id)
    for row in connection.execute(select(*LOGGED).where(mine, others, c.id.in_(before))):
        # Of what others wrote over it the device knows what it pulled.
        marks[row.id] = wire.mark(row.revision, as_pulled(row).digest)
    return wire.Held(count=len(marks), digests=wire.fingerprints(marks))


def lost(connection: Connection, sender: Sender, claim: wire.Claim) -> wire.Lost:
    """What was acknowledged and stands neither in the log nor in its history."""
    asked = {record_id: known for record_id, known in claim.held.items() if re.fullmatch(ids.PATTERN, record_id)}
    there = set()
    for place in (RECORD, PAST):
        c = place.c
        mine = (c.territory == sender.territory) & c.id.in_(list(asked))
        found = connection.execute(select(c.id, c.revision, c.digest).where(mine))
        there |= {(row.id, wire.mark(row.revision, row.digest)) for row in found}
    missing = [one for one in asked.items() if one not in there]
    there |= _as_travelled(connection, sender, [record_id for record_id, _ in missing])
    gone = [record_id for record_id, known in claim.held.items() if (record_id, known) not in there]
    return wire.Lost(ids=[wording.printable(record_id) for record_id in gone])


def _as_travelled(connection: Connection, sender: Sender, record_ids: list[str]) -> set[tuple[str, str]]:
    """The ids with the marks by which whoever pulled them knows them."""
    found = set()
    for place in (RECORD, PAST) if record_ids else ():
        c = place.c
        mine = (c.territory == sender.territory) & c.id.in_(record_ids)
        for row in connection.execute(select(*(c[column.name] for column in LOGGED)).where(mine)):
            found.add((row.id, wire.mark(row.revision, as_pulled(row).digest)))
    return found


def _position(cursor: str | None, epoch: str, seq: int) -> int | None:
    """Where an opaque cursor stands; None when it is foreign to this server, of another epoch or of the future."""
    if not cursor:
        return 0
    of_epoch, _, text = cursor.rpartition(".")
    number = numbers.whole(text, most=seq)
    return number if of_epoch == epoch else None
