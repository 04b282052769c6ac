"""The records. Each module holds `XFields` (what a person enters, validated) beside `X` (the server's table)."""

from shared.models.base import Fields, Row
from shared.models.encounter import (
    Encounter,
    EncounterFields,
    Need,
    NeedFields,
    Obstacle,
    ObstacleFields,
    Referral,
    ReferralFields,
    Right,
    RightFields,
)
from shared.models.follow_up import FollowUp, FollowUpFields
from shared.models.presence import Presence, PresenceFields
from shared.models.service import Service, ServiceFields

KINDS: dict[str, type[Fields]] = {
    "encounter": EncounterFields,
    "follow_up": FollowUpFields,
    "presence": PresenceFields,
}
"""What a tablet may push, by the name the kind has on the wire."""

__all__ = [
    "KINDS",
    "Encounter",
    "EncounterFields",
    "Fields",
    "FollowUp",
    "FollowUpFields",
    "Need",
    "NeedFields",
    "Obstacle",
    "ObstacleFields",
    "Presence",
    "PresenceFields",
    "Referral",
    "ReferralFields",
    "Right",
    "RightFields",
    "Row",
    "Service",
    "ServiceFields",
]
