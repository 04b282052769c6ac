"""PartnerContact (partenariat): a municipal team, a school, a club, an association or a CCAS was met."""

from __future__ import annotations

import datetime

from pydantic import Field

from shared.models.base import (
    NAME,
    ActionCode,
    Commune,
    Fields,
    PartnerPurpose,
    PartnerType,
    StructureName,
)


class PartnerContactFields(Fields):
    """A contact as entered. `structure` may be left out where the commune says it all: its municipal team."""

    action: ActionCode = Field(max_length=20)
    day: datetime.date
    commune: Commune = Field(max_length=5)
    partner_type: PartnerType = Field(max_length=40)
    purpose: PartnerPurpose = Field(default="autre", max_length=40)
    structure: StructureName | None = Field(default=None, max_length=NAME)
