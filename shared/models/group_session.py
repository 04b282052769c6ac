"""GroupSession (séance collective): several people at once. A headcount and its margins, never invented people."""

from __future__ import annotations

from pydantic import Field

from shared.models.base import (
    CODE,
    NAME,
    AgeBand,
    Fields,
    Gender,
    Outing,
    SchoolHolidays,
    SessionType,
    StructureName,
    Theme,
)

MOST_PEOPLE = 2_000
"""Largest headcount of one session: above any village feast, and a bound on slips."""


class AgeCountFields(Fields):
    """How many of those present were of that age band."""

    age_band: AgeBand = Field(max_length=20)
    people: int = Field(ge=1, le=MOST_PEOPLE)


class GenderCountFields(Fields):
    """How many of those present were of that gender."""

    gender: Gender = Field(max_length=30)
    people: int = Field(ge=1, le=MOST_PEOPLE)


class GroupSessionHeader(Outing):
    """The session without its margins: what fits in one row. `headcount` counts people, R1 keeps it apart."""

    session_type: SessionType = Field(default="autre", max_length=40)
    theme: Theme | None = Field(default=None, max_length=CODE)
    partner: StructureName | None = Field(default=None, max_length=NAME)
    establishment: StructureName | None = Field(default=None, max_length=NAME)
    school_holidays: SchoolHolidays = Field(default="inconnu", max_length=10)
    headcount: int = Field(ge=1, le=MOST_PEOPLE)


class GroupSessionFields(GroupSessionHeader):
    """A session as entered and as it travels. A margin may leave people out, it may not exceed the headcount."""

    ages: list[AgeCountFields] = Field(default_factory=list, max_length=20)
    genders: list[GenderCountFields] = Field(default_factory=list, max_length=20)
