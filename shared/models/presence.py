"""Presence (présence): the team was there, whether it met anyone or not."""

from __future__ import annotations

import datetime

from sqlmodel import Field

from shared.models.base import ActionCode, Commune, Fields, PlaceType, Row, Slot, keyed


class PresenceFields(Fields):
    """A presence as entered: `minutes` on the spot without the journey, for each of the `agents`."""

    action: ActionCode = Field(max_length=20)
    day: datetime.date
    commune: Commune = Field(max_length=5)
    place_type: PlaceType = Field(max_length=40)
    slot: Slot = Field(default="inconnu", max_length=20)
    minutes: int = Field(ge=1, le=1440)
    agents: int = Field(default=1, ge=1, le=20)


class Presence(Row, PresenceFields, table=True):
    """The server's row of a presence."""

    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
