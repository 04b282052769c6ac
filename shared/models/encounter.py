"""Encounter (rencontre): one person met once, with what was said and where the person was sent.

The aggregate travels whole: its needs, obstacles, rights and referrals are inside it on the wire, and stand in
tables of their own on the server.
"""

from __future__ import annotations

from pydantic import Field

from shared.models.base import (
    CODE,
    Activity,
    AgeBand,
    AlreadyFollowed,
    ContactMode,
    CouponHash,
    DurationBand,
    Expression,
    Fields,
    FirstContact,
    Gender,
    Household,
    Housing,
    LastMile,
    ObstacleKind,
    Outing,
    RecordId,
    ReferralMode,
    RightCode,
    Rsa,
    ServiceId,
    Theme,
)

MOST_PARTS = 30
"""Most needs, obstacles, rights or referrals in one encounter: far above any real one, and a bound on abuse."""


class NeedFields(Fields):
    """A need (besoin): what it is about, and whether the person said it or the worker saw it."""

    theme: Theme = Field(max_length=CODE)
    expression: Expression = Field(default="exprime", max_length=20)
    last_mile: LastMile | None = Field(default=None, max_length=20)


class ObstacleFields(Fields):
    """An obstacle (frein). It has an id because a follow-up may say it was lifted."""

    id: RecordId
    kind: ObstacleKind = Field(max_length=60)


class RightFields(Fields):
    """A right the person may have and does not use (droit repéré). It has an id for its follow-ups."""

    id: RecordId
    right: RightCode = Field(max_length=60)


class ReferralFields(Fields):
    """A referral (orientation) to one service, for one theme. `accepted` is the person's own answer; `coupon` the
    hash of the code on the slip the person was handed (`shared.coupons`), the code itself never travels."""

    id: RecordId
    service: ServiceId = Field(max_length=CODE)
    theme: Theme | None = Field(default=None, max_length=CODE)
    mode: ReferralMode = Field(default="information", max_length=40)
    accepted: bool = True
    coupon: CouponHash | None = Field(default=None, max_length=64)


class EncounterHeader(Outing):
    """The encounter without its parts: what fits in one row. All it adds is optional. `no_need` says that the
    person was asked and expressed none; without it, an encounter without a need is one whose need nobody knows.
    `housing` is where the person sleeps at the time, as a sort of place: never an address."""

    contact_mode: ContactMode = Field(default="inconnu", max_length=40)
    age_band: AgeBand = Field(default="inconnu", max_length=20)
    gender: Gender = Field(default="inconnu", max_length=30)
    household: Household = Field(default="inconnu", max_length=40)
    housing: Housing = Field(default="inconnu", max_length=40)
    activity: Activity = Field(default="inconnu", max_length=40)
    rsa: Rsa = Field(default="inconnu", max_length=10)
    already_followed: AlreadyFollowed = Field(default="inconnu", max_length=10)
    first_contact_year: FirstContact = Field(default="ne-sait-pas", max_length=20)
    first_contact_ever: FirstContact = Field(default="ne-sait-pas", max_length=20)
    duration_band: DurationBand = Field(default="inconnu", max_length=30)
    accompanied: bool = False
    no_need: bool = False


class EncounterFields(EncounterHeader):
    """An encounter as a person enters it and as it travels."""

    needs: list[NeedFields] = Field(default_factory=list, max_length=MOST_PARTS)
    obstacles: list[ObstacleFields] = Field(default_factory=list, max_length=MOST_PARTS)
    rights: list[RightFields] = Field(default_factory=list, max_length=MOST_PARTS)
    referrals: list[ReferralFields] = Field(default_factory=list, max_length=MOST_PARTS)

    @property
    def subject_ids(self) -> list[str]:
        """Return the ids of what a follow-up may be about: its obstacles, rights and referrals."""
        parts: list[ObstacleFields | RightFields | ReferralFields] = [
            *self.obstacles,
            *self.rights,
            *self.referrals,
        ]
        return [part.id for part in parts]
