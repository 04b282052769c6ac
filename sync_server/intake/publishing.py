"""Publishes to every tablet what the coordination writes: records of no team and no day, in the log that all
pull."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from shared import wire
from sync_server.intake import store
from sync_server.intake.store import PAST, RECORD
from sync_server.storage.database import in_chunks


def publish(
    connection: Connection,
    territory: str,
    kind: str,
    bodies: Mapping[str, dict[str, Any]],
    today: date,
    deleted: bool = False,
) -> None:
    """Log the next revision of each, by its id; those before go to the history."""
    c, ids = RECORD.c, list(bodies)
    names = [column.name for column in PAST.columns]
    for part in in_chunks(ids):
        mine = (c.territory == territory) & c.id.in_(part)
        held = {row.id: row.revision for row in connection.execute(select(c.id, c.revision).where(mine))}
        connection.execute(insert(PAST).from_select(names, select(*(c[name] for name in names)).where(mine)))
        connection.execute(delete(RECORD).where(mine))
        first = store.take_numbers(connection, territory, len(part))
        rows = [
            {
                "territory": territory,
                "id": record_id,
                "kind": kind,
                "revision": held.get(record_id, 0) + 1,
                "digest": wire.digest(kind, deleted, bodies[record_id]),
                "seq": seq,
                "received_on": today,
                "deleted": deleted,
                "body": json.dumps(bodies[record_id], ensure_ascii=False),
            }
            for seq, record_id in enumerate(part, start=first)
        ]
        connection.execute(insert(RECORD), rows)
