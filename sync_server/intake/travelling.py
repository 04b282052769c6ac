"""Reads versions of a record back, from the log and its history, as they travel to the tablets."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, select, union_all

from shared import wire
from sync_server.intake.decision import PAST, RECORD
from sync_server.intake.judge import Incoming, plain

LOGGED = tuple(RECORD.c[name] for name in ("id", "kind", "revision", "deleted", "body"))
"""What of the log travels to the tablets."""


def common_base(connection: Connection, code: str, item: Incoming) -> dict[str, Any] | None:
    """Return the fields of the last version held that both the sender's and the one held now were made from.

    None where there is none: after a restore, what is held may come from something older.
    """
    held = union_all(
        *(
            select(c.id, c.kind, c.revision, c.deleted, c.body, c.digest).where(
                c.territory == code, c.id == item.key, ~c.deleted
            )
            for c in (PAST.c, RECORD.c)
        )
    )
    named, known = item.record.made_from, {}
    for row in connection.execute(held):
        version = as_pulled(row)
        if any(wire.mark(row.revision, digest) in named for digest in (row.digest, version.digest)):
            known[row.revision] = version.fields
    return known[max(known)] if known else None


def held_version(connection: Connection, code: str, record_id: str) -> wire.Pulled | None:
    """Return the version that the log holds; None where it came in this very batch and is about to be written."""
    c = RECORD.c
    row = connection.execute(select(*LOGGED).where(c.territory == code, c.id == record_id)).first()
    return None if row is None else as_pulled(row)


def as_pulled(row: Row[Any]) -> wire.Pulled:
    """Read a row of the log, with the columns of `LOGGED` at least, as it travels."""
    return wire.Pulled(  # what is kept apart for a team is its own record to that team
        id=plain(row.id),
        kind=plain(row.kind),
        revision=row.revision,
        deleted=row.deleted,
        fields=json.loads(row.body),
    )
