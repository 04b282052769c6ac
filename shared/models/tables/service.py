"""The server's table of the directory (`shared.models.service`)."""

from __future__ import annotations

from sqlalchemy import JSON
from sqlmodel import Field

from shared.models.base import CODE
from shared.models.service import ServiceFields
from shared.models.tables.base import Row, keyed


class Service(Row, ServiceFields, table=True):
    """The server's row of a service; its lists are JSON, since no figure counts by them."""

    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=CODE)
    themes: list[str] = Field(default_factory=list, sa_type=JSON)
    publics: list[str] = Field(default_factory=list, sa_type=JSON)
    languages: list[str] = Field(default_factory=list, sa_type=JSON)
