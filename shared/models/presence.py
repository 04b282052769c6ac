"""Presence (présence): the team was there, whether it met anyone or not."""

from __future__ import annotations

from pydantic import Field

from shared.models.base import Outing


class PresenceFields(Outing):
    """A presence as entered: `minutes` on the spot without the journey, for each of the `agents`."""

    minutes: int = Field(ge=1, le=1440)
    agents: int = Field(default=1, ge=1, le=20)
