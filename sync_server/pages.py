"""The page a tablet pulls: from an opaque cursor on, in the order of commit, what it may see."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, or_, select

from shared import wire
from sync_server.store import LOGGED, RECORD, TERRITORY, Sender, as_pulled


def page(connection: Connection, sender: Sender, cursor: str | None, limit: int, since: date) -> wire.Page:
    """The next records this device may see after `cursor`, in commit order: its team's, of the days from `since`
    on, and the directory. What the device itself wrote last is left out: it has it."""
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
        .where(or_(c.day.is_(None), c.day >= since))
        .order_by(c.seq)
        .limit(limit + 1)
    ).all()
    more = len(found) > limit
    last = found[limit - 1].seq if more else land.seq
    records = [as_pulled(row) for row in found[:limit]]
    return wire.Page(
        records=records, cursor=f"{land.epoch}.{last}", more=more, epoch=land.epoch, synthetic=land.synthetic
    )


def _position(cursor: str | None, epoch: str, seq: int) -> int | None:
    """Where an opaque cursor stands; None when it is foreign to this server, of another epoch or of the future."""
    if not cursor:
        return 0
    of_epoch, _, number = cursor.rpartition(".")
    if of_epoch != epoch or not number.isascii() or not number.isdigit() or int(number) > seq:
        return None
    return int(number)
