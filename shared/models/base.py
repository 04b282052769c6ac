"""What every record shares: strict fields, coded values, and the keys of the server's tables.

A SQLModel class with `table=True` validates nothing. So each record has an `XFields` class, which judges
whatever arrives, beside the table `X`, which only stores.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError, PydanticKnownError
from sqlalchemy import PrimaryKeyConstraint
from sqlmodel import Field, SQLModel

from shared import choices, identity, ids
from shared.territory import communes


class Fields(SQLModel):
    """Base of all `XFields`: an unknown key is refused, so that no free text slips in."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]  # SQLModel's own key type is narrower

    def compact(self) -> dict[str, Any]:
        """The JSON-ready form for the wire: what says nothing (a default) is left out."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Row(SQLModel):
    """The key of every server table: the territory first, so that the tables can be distributed by it.

    No foreign keys: the store is the only writer, and an order of arrival must never refuse a record.
    """

    territory: str = Field(max_length=3)


def keyed(*columns: str) -> tuple[Any, ...]:
    """`__table_args__` of a server table whose primary key is `columns`, in that order. On SQLite the table is
    the key's own tree (WITHOUT ROWID): one tree to write instead of two."""
    return (PrimaryKeyConstraint(*columns), {"sqlite_with_rowid": False})


def _coded(name: str) -> AfterValidator:
    def check(code: str) -> str:
        known = choices.load(name)  # each time: local codes come and go
        if code not in known:
            raise PydanticCustomError(
                "unknown_code",
                "« {code} » n’est pas dans la liste « {list} »",
                {"code": code[:60], "list": known.label},
            )
        return code

    return AfterValidator(check)


def _commune(code: str) -> str:
    if code not in communes():
        raise PydanticCustomError(
            "unknown_commune", "« {code} » n’est pas une commune du territoire", {"code": code[:60]}
        )
    return code


Commune = Annotated[str, AfterValidator(_commune)]
ActionCode = Annotated[str, _coded("action")]
Slot = Annotated[str, _coded("slot")]
PlaceType = Annotated[str, _coded("place_type")]
ContactMode = Annotated[str, _coded("contact_mode")]
AgeBand = Annotated[str, _coded("age_band")]
Gender = Annotated[str, _coded("gender")]
Household = Annotated[str, _coded("household")]
Activity = Annotated[str, _coded("activity")]
Rsa = Annotated[str, _coded("rsa")]
AlreadyFollowed = Annotated[str, _coded("already_followed")]
FirstContact = Annotated[str, _coded("first_contact")]
DurationBand = Annotated[str, _coded("duration_band")]
Theme = Annotated[str, _coded("theme")]
Expression = Annotated[str, _coded("expression")]
LastMile = Annotated[str, _coded("last_mile")]
ObstacleKind = Annotated[str, _coded("obstacle")]
RightCode = Annotated[str, _coded("right")]
ReferralMode = Annotated[str, _coded("referral_mode")]
SubjectKind = Annotated[str, _coded("subject_kind")]
Reason = Annotated[str, _coded("reason")]
ReportedBy = Annotated[str, _coded("reported_by")]
Network = Annotated[str, _coded("network")]
Public = Annotated[str, _coded("public")]
SessionType = Annotated[str, _coded("session_type")]
SchoolHolidays = Annotated[str, _coded("school_holidays")]
PartnerType = Annotated[str, _coded("partner_type")]
PartnerPurpose = Annotated[str, _coded("partner_purpose")]
ServiceProblem = Annotated[str, _coded("service_problem")]

RecordId = Annotated[str, Field(regex=ids.PATTERN, max_length=36)]
ServiceId = Annotated[str, Field(regex=r"^[a-z0-9][a-z0-9-]{0,98}[a-z0-9]$", max_length=100)]

CouponHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""Not SQLModel's `Field(regex=)`: that one says nothing where the value may be missing."""


NAME = 80
"""Longest name of a structure."""


def _structure(name: str) -> str:
    """Return the name with its spaces as one each. Its length is judged first: what looks for persons in it runs
    while the whole server waits."""
    found = " ".join(name[: identity.MOST_SEARCHED].split())
    if len(found) > NAME or len(name) > identity.MOST_SEARCHED:  # the second: what is spaces for the most part
        raise PydanticKnownError("string_too_long", {"max_length": NAME})
    if sort := identity.found_in(found):
        raise PydanticCustomError(
            "personal", "c’est {sort} : n’écrivez que le nom de la structure", {"sort": identity.LABELS[sort]}
        )
    return found


StructureName = Annotated[str, AfterValidator(_structure)]
"""The name of an organisation, never of a person: a phone number, an e-mail, an NIR or an IBAN is refused."""

CODE = 100
"""Longest code a column holds; data·inclusion's longest theme has 92 characters."""


class Outing(Fields):
    """Where and when: what every record made in the field begins with. The first four must be given."""

    action: ActionCode = Field(max_length=20)
    day: datetime.date
    commune: Commune = Field(max_length=5)
    place_type: PlaceType = Field(max_length=40)
    slot: Slot = Field(default="inconnu", max_length=20)
