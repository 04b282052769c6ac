"""Define what every record shares: strict fields and coded values.

Each record has an `XFields` class, which judges whatever arrives. The server's table `X`, which only stores, is
in `shared.models.tables`: the tablet has no such table, and does not load what makes them.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

from shared import choices, ids
from shared.territory import communes


class Fields(BaseModel):
    """Base of all `XFields`: an unknown key is refused, so that no free text slips in. What judges a record is
    made at its first use: a tablet opens its lock without."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    def compact(self) -> dict[str, Any]:
        """Return the JSON-ready form for the wire: what says nothing (a default) is left out."""
        return self.model_dump(mode="json", exclude_defaults=True)


LIST_KEY = "x-list"
"""Where the JSON schema of a coded field names its list; the server puts the codes there (OpenAPI)."""
COMMUNES = "commune"
"""The list of the territory's communes, by INSEE code: no choice list, it comes with the territory."""


@dataclass(frozen=True, slots=True)
class Coded:
    """Accept only the codes of one choice list, and name that list in the JSON schema."""

    list_name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), LIST_KEY: self.list_name}

    def check(self, code: str) -> str:
        """Return the code. Raises PydanticCustomError `unknown_code` when the list has no such code."""
        known = choices.load(self.list_name)  # each time: local codes come and go
        if code not in known:
            raise PydanticCustomError(
                "unknown_code",
                "« {code} » n’est pas dans la liste « {list} »",
                {"code": code[:60], "list": known.label},
            )
        return code


def _commune(code: str) -> str:
    if code not in communes():
        raise PydanticCustomError(
            "unknown_commune", "« {code} » n’est pas une commune du territoire", {"code": code[:60]}
        )
    return code


Commune = Annotated[str, AfterValidator(_commune), WithJsonSchema({"type": "string", LIST_KEY: COMMUNES})]
ActionCode = Annotated[str, Coded("action")]
Slot = Annotated[str, Coded("slot")]
PlaceType = Annotated[str, Coded("place_type")]
ContactMode = Annotated[str, Coded("contact_mode")]
AgeBand = Annotated[str, Coded("age_band")]
Gender = Annotated[str, Coded("gender")]
Household = Annotated[str, Coded("household")]
Housing = Annotated[str, Coded("housing")]
Activity = Annotated[str, Coded("activity")]
Rsa = Annotated[str, Coded("rsa")]
AlreadyFollowed = Annotated[str, Coded("already_followed")]
FirstContact = Annotated[str, Coded("first_contact")]
DurationBand = Annotated[str, Coded("duration_band")]
Theme = Annotated[str, Coded("theme")]
Expression = Annotated[str, Coded("expression")]
LastMile = Annotated[str, Coded("last_mile")]
ObstacleKind = Annotated[str, Coded("obstacle")]
RightCode = Annotated[str, Coded("right")]
ReferralMode = Annotated[str, Coded("referral_mode")]
SubjectKind = Annotated[str, Coded("subject_kind")]
Reason = Annotated[str, Coded("reason")]
ReportedBy = Annotated[str, Coded("reported_by")]
Network = Annotated[str, Coded("network")]
Public = Annotated[str, Coded("public")]
Language = Annotated[str, Coded("language")]
Wheelchair = Annotated[str, Coded("wheelchair")]
SessionType = Annotated[str, Coded("session_type")]
SchoolHolidays = Annotated[str, Coded("school_holidays")]
PartnerType = Annotated[str, Coded("partner_type")]
PartnerPurpose = Annotated[str, Coded("partner_purpose")]
ServiceProblem = Annotated[str, Coded("service_problem")]

RecordId = Annotated[str, StringConstraints(pattern=ids.PATTERN, max_length=36)]
ServiceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,98}[a-z0-9]$", max_length=100)]
CouponHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


NAME = 80
"""Longest name of a structure."""


def _structure(name: str) -> str:
    """Return the name with its spaces as one each. Its length is judged first: what looks for persons in it runs
    while the whole server waits."""
    from shared import personal_data  # at its first use: a tablet starts without its patterns

    found = " ".join(name[: personal_data.MOST_SEARCHED].split())
    if (
        len(found) > NAME or len(name) > personal_data.MOST_SEARCHED
    ):  # the second: what is spaces for the most part
        raise PydanticKnownError("string_too_long", {"max_length": NAME})
    if sort := personal_data.found_in(found):
        raise PydanticCustomError(
            "personal", "c’est {sort} : n’écrivez que le nom de la structure", {"sort": personal_data.LABELS[sort]}
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
