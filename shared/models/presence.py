"""Presence (présence): the team was there, whether it met anyone or not."""

from __future__ import annotations

from sqlmodel import Field

from shared.models.base import Outing, Row, keyed


class PresenceFields(Outing):
    """A presence as entered: `minutes` on the spot without the journey, for each of the `agents`."""

    minutes: int = Field(ge=1, le=1440)
    agents: int = Field(default=1, ge=1, le=20)


class Presence(Row, PresenceFields, table=True):
    """The server's row of a presence."""

    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
