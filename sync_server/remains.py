"""What stays of a record that the log lost: its columns, its history. They make room for it to come again."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, tuple_

from shared import wire
from sync_server import rows
from sync_server.intake import Incoming, receipt
from sync_server.tables import HeldRecord, PastRevision, table

RECORD, PAST = table(HeldRecord), table(PastRevision)


def clear(
    connection: Connection, code: str, incoming: list[Incoming], receipts: list[wire.Receipt | None]
) -> list[Incoming]:
    """Takes away the columns of what the log does not hold, and from the history the revisions about to go there.

    A revision that stands in the history was held, and is answered as such; the rest is returned.
    """
    ids = list({i.record.id for i in incoming})
    r, p = RECORD.c, PAST.c
    found = connection.execute(select(r.id, r.revision).where(r.territory == code, r.id.in_(ids)))
    held = {row.id: row.revision for row in found}
    rows.erase(connection, code, [record_id for record_id in ids if record_id not in held])
    past = connection.execute(select(p.id, p.revision, p.digest).where(p.territory == code, p.id.in_(ids)))
    known = {tuple(row) for row in past}
    rest = []
    for item in incoming:
        named = (item.record.id, item.record.revision, item.digest)
        if item.record.id not in held and named in known:
            receipts[item.place] = receipt(item, "duplicate")
        else:
            rest.append(item)
    going = {*held.items(), *((i.record.id, i.record.revision) for i in rest if i.record.id not in held)}
    connection.execute(delete(PAST).where(p.territory == code, tuple_(p.id, p.revision).in_(list(going))))
    return rest
