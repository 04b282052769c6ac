"""Pages of the log that a tablet pulls: from an opaque cursor on, in the order of commit, of what it may see;
and what is held of what it wrote, to compare."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, Row, and_, func, or_, select

from shared import ids, problems_fr, wire
from sync_server.intake import sequence
from sync_server.intake.judge import key_apart, plain
from sync_server.intake.store import PAST, RECORD, TERRITORY, Sender
from sync_server.intake.travelling import LOGGED, as_pulled

WINDOW = 90
"""Days of records that a device pulls, where nothing else is set."""


def page(
    connection: Connection, sender: Sender, cursor: str | None, limit: int, since: date, window: int = WINDOW
) -> wire.Page:
    """Return the next records this device may see after `cursor`, in commit order: its team's, of the days from
    `since` on, and the directory. What the device itself wrote last is left out: it has it.

    A deletion goes to all of the team, whatever its day, from the first page of all on, and to who made it too:
    the server cannot know whether the tablet that pulls is new, starts again, or was put back to an older file. So
    does a later version of what the tablet may hold, one pulled when it was less than `window` days old, though
    its day is now before `since`; never what a tablet pulls for the first time."""
    land = connection.execute(select(TERRITORY).where(TERRITORY.c.code == sender.territory)).one()
    place = sequence.find_place(connection, land, sender.team, cursor)
    if place.number is None:
        # Whoever held records goes on from a cursor of its own: it is not new here.
        start = sequence.cursor_at(connection, land, sender.team, 0) if place.holds_earlier else None
        return _page(land, cursor=start, refetch=True)
    first = place.first if cursor else land.seq
    c = RECORD.c
    later = and_(c.seq > first, _was_pulled(connection, window))
    found = connection.execute(
        select(c.seq, *LOGGED)
        # Not beyond what was read above: on PostgreSQL more may be committed between the two statements, and
        # the next page would bring it again.
        .where(c.territory == sender.territory, c.seq > place.number, c.seq <= land.seq)
        .where(or_(c.team.is_(None), c.team == sender.team))
        .where(or_(c.deleted, c.device_id.is_(None), c.device_id != sender.device_id))
        .where(or_(c.deleted, c.day.is_(None), c.day >= since, later))
        .order_by(c.seq)
        .limit(limit + 1)
    ).all()
    # One more than the page holds was asked for: it tells whether there is another page.
    more = len(found) > limit
    last = found[limit - 1].seq if more else land.seq
    after = sequence.cursor_at(connection, land, sender.team, last, first)
    return _page(land, cursor=after, records=[as_pulled(row) for row in found[:limit]], more=more)


def _page(land: Row[Any], **more: Any) -> wire.Page:
    return wire.Page(**{"records": []} | more, epoch=land.epoch, synthetic=land.synthetic, territory=land.code)


def _was_pulled(connection: Connection, window: int) -> ColumnElement[bool]:
    """Build the SQL condition that a version before this one was less than `window` days old when it came: the
    team's tablets may hold it."""
    p = PAST.c
    oldest: ColumnElement[Any] = p.received_on - window
    if connection.dialect.name == "sqlite":
        oldest = func.date(p.received_on, f"-{window} days", type_=Date)
    before = (p.territory == RECORD.c.territory) & (p.id == RECORD.c.id) & p.deleted.is_(False)
    return select(p.id).where(before, or_(p.day.is_(None), p.day >= oldest)).exists()


def marks_of(connection: Connection, sender: Sender) -> dict[str, str]:
    """List what is held of all that this device ever wrote, though others may have edited or deleted it since:
    ids, each with its mark. Only what is its team's today."""
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


def count_held(connection: Connection, sender: Sender) -> wire.Held:
    """Count what is held of what this device wrote, with its digests."""
    marks = marks_of(connection, sender)
    return wire.Held(count=len(marks), digests=wire.fingerprints(marks), territory=sender.territory)


def find_lost(connection: Connection, sender: Sender, claim: wire.Claim) -> wire.Lost:
    """Find what was acknowledged and stands neither in the log nor in its history. What another team holds is
    unknown here; what this tablet's former team does is not: it says which content it saw."""
    asked = {record_id: known for record_id, known in claim.held.items() if re.fullmatch(ids.PATTERN, record_id)}
    # 1. Look for each under the digest that its sender knows: quick, for no body is read.
    found = _versions(connection, sender, asked, "id", "revision", "digest")
    there = {(plain(row.id), wire.mark(row.revision, row.digest)) for row in found}
    missing = [record_id for record_id, known in asked.items() if (record_id, known) not in there]
    # 2. Whoever pulled a record knows it by what travelled: only of those left are the bodies read.
    if missing:
        found = _versions(connection, sender, missing, *(column.name for column in LOGGED))
        there |= {(plain(row.id), wire.mark(row.revision, as_pulled(row).digest)) for row in found}
    # 3. The rest is lost, as is what is no id of ours.
    gone = [record_id for record_id, known in claim.held.items() if (record_id, known) not in there]
    return wire.Lost(ids=[problems_fr.printable(record_id) for record_id in gone])


def _versions(connection: Connection, sender: Sender, wanted: Iterable[str], *names: str) -> list[Row[Any]]:
    """Return those columns of every version of these ids that this sender's teams hold, or held."""
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
