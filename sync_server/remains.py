"""What stays of a record that the log lost: its columns, its history. They make room for it to come again."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, tuple_

from shared import wire
from sync_server import rows
from sync_server.intake import Incoming, Sender, receipt
from sync_server.tables import HeldRecord, PastRevision, table

RECORD, PAST = table(HeldRecord), table(PastRevision)


def clear(
    connection: Connection, sender: Sender, incoming: list[Incoming], receipts: list[wire.Receipt | None]
) -> list[Incoming]:
    """Takes away the columns of what the log does not hold, and from the history the revisions about to go there,
    of each record and of what is kept apart under its id for the sender's team.

    A revision that stands in the history was held, and is answered as such; the rest is returned.
    """
    keys = {key for item in incoming for key in item.keys_of(sender.team)}
    r, p = RECORD.c, PAST.c
    found = connection.execute(select(r.id, r.revision).where(r.territory == sender.territory, r.id.in_(keys)))
    held = {row.id: row.revision for row in found}
    there = (p.territory == sender.territory) & p.id.in_(keys)
    known = {tuple(row) for row in connection.execute(select(p.id, p.revision, p.digest).where(there))}
    rest = []
    for item in incoming:
        places = item.keys_of(sender.team)
        named = [(key, item.record.revision, item.digest) for key in places]
        if not any(key in held for key in places) and any(one in known for one in named):
            receipts[item.place] = receipt(item, "duplicate")
        else:
            rest.append(item)
    rows.erase(connection, sender.territory, sorted({i.record.id for i in rest if i.record.id not in held}))
    lost = {(key, i.record.revision) for i in rest for key in i.keys_of(sender.team) if key not in held}
    going = [*held.items(), *lost]
    connection.execute(delete(PAST).where(p.territory == sender.territory, tuple_(p.id, p.revision).in_(going)))
    return rest
