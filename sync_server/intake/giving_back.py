"""Gives a tablet back what it wrote and has no more: it was put back to an earlier file, or its memory failed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from shared import wire
from sync_server.intake import pulling
from sync_server.intake.judge import key_apart
from sync_server.intake.store import RECORD, Sender
from sync_server.intake.travelling import LOGGED, as_pulled


def list_parts(connection: Connection, sender: Sender, parts: str, after: str) -> wire.Held:
    """List what is held of what this device wrote, with the mark of each in those parts, a page at a time."""
    marks = pulling.marks_of(connection, sender)
    found = sorted((i, mark) for i, mark in marks.items() if i[-1:] in parts and i > after)
    return wire.Held(
        count=len(marks), digests=wire.fingerprints(marks), territory=sender.territory,
        marks=dict(found[: wire.MOST_RECORDS]), more=len(found) > wire.MOST_RECORDS,
    )  # fmt: skip


def give_back(connection: Connection, sender: Sender, wanted: Collection[str]) -> list[wire.Pulled]:
    """Return the records of those ids that this device wrote and that are its team's today; of any other,
    nothing."""
    mine = pulling.marks_of(connection, sender).keys() & set(wanted) if wanted else ()
    if not mine:
        return []
    c = RECORD.c
    keys = [key for record_id in sorted(mine) for key in (record_id, key_apart(record_id, sender.team))]
    asked = (c.territory == sender.territory) & (c.team == sender.team) & c.id.in_(keys)
    return [as_pulled(row) for row in connection.execute(select(*LOGGED).where(asked).order_by(c.id))]
