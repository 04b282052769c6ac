"""The local codes as this database has them, read into the choice lists of this process."""

from __future__ import annotations

from sqlalchemy import Connection, select

from shared import choices
from shared.choices import Choice
from sync_server.storage.desk_tables import LocalChoice
from sync_server.storage.tables import table

LOCAL = table(LocalChoice)


def list_codes(connection: Connection, territory: str) -> list[tuple[str, Choice]]:
    """List each local code with its choice list."""
    c = LOCAL.c
    found = select(c.list_name, c.code, c.label, c.order, c.retired_on, c.national).where(c.territory == territory)
    return [
        (row.list_name, Choice(row.code, row.label, row.order, row.retired_on, row.national))
        for row in connection.execute(found.order_by(c.list_name, c.order, c.code))
    ]


def adopt(connection: Connection, territory: str) -> None:
    """Give the lists of this process what this database holds: another server may have added it."""
    choices.adopt(list_codes(connection, territory))
