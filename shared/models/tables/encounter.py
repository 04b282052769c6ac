"""The server's tables of an encounter and its parts (`shared.models.encounter`)."""

from __future__ import annotations

from sqlmodel import Field

from shared.models.encounter import EncounterHeader, NeedFields, ObstacleFields, ReferralFields, RightFields
from shared.models.tables.base import Row, keyed


class Encounter(Row, EncounterHeader, table=True):
    """The server's row of an encounter."""

    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)


class Need(Row, NeedFields, table=True):
    """A theme stands once in an encounter: the key says so (A4-06)."""

    __table_args__ = keyed("territory", "encounter_id", "theme")

    encounter_id: str = Field(max_length=36)


class Obstacle(Row, ObstacleFields, table=True):
    """The server's row of an obstacle."""

    __table_args__ = keyed("territory", "encounter_id", "id")

    id: str = Field(max_length=36, index=True)
    encounter_id: str = Field(max_length=36)


class Right(Row, RightFields, table=True):
    """The server's row of a right. RIGHT is a word of SQL: the table's name is always quoted."""

    __table_args__ = keyed("territory", "encounter_id", "id")

    id: str = Field(max_length=36, index=True)
    encounter_id: str = Field(max_length=36)


class Referral(Row, ReferralFields, table=True):
    """The server's row of a referral; its day, commune and age band are those of its encounter."""

    __table_args__ = keyed("territory", "encounter_id", "id")

    id: str = Field(max_length=36, index=True)
    encounter_id: str = Field(max_length=36)
    coupon: str | None = Field(default=None, max_length=64, index=True)
