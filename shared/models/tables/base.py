"""Define what every table of the server begins with: the territory in its key.

A SQLModel class with `table=True` validates nothing: it stores what an `XFields` of `shared.models` has judged.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import PrimaryKeyConstraint
from sqlmodel import Field, SQLModel


class Row(SQLModel):
    """The key of every server table: the territory first, so that the tables can be distributed by it.

    No foreign keys: the store is the only writer, and an order of arrival must never refuse a record.
    """

    territory: str = Field(max_length=3)


def keyed(*columns: str) -> tuple[Any, ...]:
    """Return the `__table_args__` of a table whose primary key is `columns`, in that order. On SQLite the table
    is the key's own tree (WITHOUT ROWID): one tree to write instead of two."""
    return (PrimaryKeyConstraint(*columns), {"sqlite_with_rowid": False})
