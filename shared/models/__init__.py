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
from shared.models.group_session import (
    AgeCount,
    AgeCountFields,
    GenderCount,
    GenderCountFields,
    GroupSession,
    GroupSessionFields,
)
from shared.models.partner_contact import PartnerContact, PartnerContactFields
from shared.models.presence import Presence, PresenceFields
from shared.models.service import Service, ServiceFields
from shared.models.service_report import ServiceReport, ServiceReportFields

KINDS: dict[str, type[Fields]] = {
    "encounter": EncounterFields,
    "follow_up": FollowUpFields,
    "group_session": GroupSessionFields,
    "partner_contact": PartnerContactFields,
    "presence": PresenceFields,
    "service_report": ServiceReportFields,
}
"""What a tablet may push, by the name the kind has on the wire."""

__all__ = [
    "KINDS",
    "AgeCount",
    "AgeCountFields",
    "Encounter",
    "EncounterFields",
    "Fields",
    "FollowUp",
    "FollowUpFields",
    "GenderCount",
    "GenderCountFields",
    "GroupSession",
    "GroupSessionFields",
    "Need",
    "NeedFields",
    "Obstacle",
    "ObstacleFields",
    "PartnerContact",
    "PartnerContactFields",
    "Presence",
    "PresenceFields",
    "Referral",
    "ReferralFields",
    "Right",
    "RightFields",
    "Row",
    "Service",
    "ServiceFields",
    "ServiceReport",
    "ServiceReportFields",
]
