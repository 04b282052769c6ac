"""The server's table of presences (`shared.models.presence`)."""

from __future__ import annotations

from sqlmodel import Field

from shared.models.presence import PresenceFields
from shared.models.tables.base import Row, keyed


class Presence(Row, PresenceFields, table=True):
    """The server's row of a presence."""

    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
