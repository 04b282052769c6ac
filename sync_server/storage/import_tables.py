"""The tables of the data·inclusion import: what each service was when it last came, and a file that waits."""

from __future__ import annotations

import datetime

from sqlalchemy import Text
from sqlmodel import Field

from shared.models.base import CODE
from shared.models.tables import Row, keyed


class ImportedService(Row, table=True):
    """A service of the directory as a file last gave it. `body` is the JSON of its fields then: what differs from
    it now was edited by the coordinator."""

    __tablename__ = "imported_service"
    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=CODE)
    source: str = Field(max_length=100)
    source_id: str = Field(max_length=300)
    imported_on: datetime.date
    body: str = Field(sa_type=Text)


class PendingImport(Row, table=True):
    """A file that was read and waits to be applied or given up, one for each login. Never backed up."""

    __tablename__ = "pending_import"
    __table_args__ = keyed("territory", "login")

    login: str = Field(max_length=100)
    id: str = Field(max_length=36)
    body: str = Field(sa_type=Text)
