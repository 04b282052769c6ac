"""What a tablet reads: the page it pulls, from an opaque cursor on, in the order of commit, of what it may see;
and what is held of what it wrote, to compare."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from shared import ids, wire, wording
from sync_server import sequence
from sync_server.intake import key_apart, plain
from sync_server.store import LOGGED, PAST, RECORD, TERRITORY, Sender, as_pulled


def page(connection: Connection, sender: Sender, cursor: str | None, limit: int, since: date) -> wire.Page:
    """The next records this device may see after `cursor`, in commit order: its team's, of the days from `since`
    on, and the directory. What the device itself wrote last is left out: it has it.

    A deletion goes to all of the team, whatever its day, from the first page of all on, and to who made it too:
    the server cannot know whether the tablet that pulls is new, starts again, or was put back to an older file."""
    land = connection.execute(select(TERRITORY).where(TERRITORY.c.code == sender.territory)).one()
    after = sequence.place(connection, land, sender.team, cursor).number
    if after is None:
        return wire.Page(
            records=[], cursor=None, refetch=True, epoch=land.epoch, synthetic=land.synthetic, territory=land.code
        )
    c = RECORD.c
    found = connection.execute(
        select(c.seq, *LOGGED)
        # Not beyond what was read above: on PostgreSQL more may be committed between the two statements, and
        # the next page would bring it again.
        .where(c.territory == sender.territory, c.seq > after, c.seq <= land.seq)
        .where(or_(c.team.is_(None), c.team == sender.team))
        .where(or_(c.deleted, c.device_id.is_(None), c.device_id != sender.device_id))
        .where(or_(c.deleted, c.day.is_(None), c.day >= since))
        .order_by(c.seq)
        .limit(limit + 1)
    ).all()
    more = len(found) > limit
    last = found[limit - 1].seq if more else land.seq
    records = [as_pulled(row) for row in found[:limit]]
    return wire.Page(
        records=records, cursor=sequence.cursor_at(connection, land, sender.team, last), more=more,
        epoch=land.epoch, synthetic=land.synthetic, territory=land.code,
    )  # fmt: skip


def marks_of(connection: Connection, sender: Sender) -> dict[str, str]:
    """What is held of all that this device ever wrote, though others may have edited or deleted it since: ids,
    each with its mark. Only what is its team's today."""
    c, p = RECORD.c, PAST.c
    mine = (c.territory == sender.territory) & (c.team == sender.team)
    last = select(c.id, c.revision, c.digest).where(mine, c.device_id == sender.device_id)
    marks = {plain(row.id): wire.mark(row.revision, row.digest) for row in connection.execute(last.order_by(c.id))}
    before = select(p.id).where(p.territory == sender.territory, p.device_id == sender.device_id)
    others = or_(c.device_id.is_(None), c.device_id != sender.device_id)
    for row in connection.execute(select(*LOGGED).where(mine, others, c.id.in_(before))):
        # Of what others wrote over it the device knows what it pulled.
        marks[plain(row.id)] = wire.mark(row.revision, as_pulled(row).digest)
    return marks


def held(connection: Connection, sender: Sender) -> wire.Held:
    """How much is held of what this device wrote, and its digests."""
    marks = marks_of(connection, sender)
    return wire.Held(count=len(marks), digests=wire.fingerprints(marks), territory=sender.territory)


def lost(connection: Connection, sender: Sender, claim: wire.Claim) -> wire.Lost:
    """What was acknowledged and stands neither in the log nor in its history. What another team holds is unknown
    here; what this tablet's former team does is not: it says which content it saw."""
    asked = {record_id: known for record_id, known in claim.held.items() if re.fullmatch(ids.PATTERN, record_id)}
    found = _versions(connection, sender, asked, "id", "revision", "digest")
    there = {(plain(row.id), wire.mark(row.revision, row.digest)) for row in found}
    missing = [record_id for record_id, known in asked.items() if (record_id, known) not in there]
    if missing:  # whoever pulled them knows them by what travelled
        found = _versions(connection, sender, missing, *(column.name for column in LOGGED))
        there |= {(plain(row.id), wire.mark(row.revision, as_pulled(row).digest)) for row in found}
    gone = [record_id for record_id, known in claim.held.items() if (record_id, known) not in there]
    return wire.Lost(ids=[wording.printable(record_id) for record_id in gone])


def _versions(connection: Connection, sender: Sender, wanted: Iterable[str], *names: str) -> list[Row[Any]]:
    """Those columns of every version of these ids that this sender's teams hold, or held."""
    keys = [key for record_id in wanted for key in (record_id, key_apart(record_id, sender.team))]
    r, p = RECORD.c, PAST.c
    teams = {s.team for s in (sender, *sender.former)}
    now = select(*(r[name] for name in names)).where(
        r.territory == sender.territory, r.id.in_(keys), r.team.in_(teams)
    )
    head = (r.territory == p.territory) & (r.id == p.id)
    lost = r.id.is_(None) & or_(p.team.in_(teams), p.team.is_(None))  # by the log, not by the history
    before = select(*(p[name] for name in names)).join(RECORD, head, isouter=True)
    before = before.where(p.territory == sender.territory, p.id.in_(keys), or_(r.team.in_(teams), lost))
    return [row for query in (now, before) for row in connection.execute(query)]
