"""The records: each module holds `XFields`, what a person enters, validated. Tables: `shared.models.tables`."""

from shared.models.base import Fields
from shared.models.encounter import (
    EncounterFields,
    NeedFields,
    ObstacleFields,
    ReferralFields,
    RightFields,
)
from shared.models.follow_up import FollowUpFields
from shared.models.group_session import (
    AgeCountFields,
    GenderCountFields,
    GroupSessionFields,
)
from shared.models.partner_contact import PartnerContactFields
from shared.models.presence import PresenceFields
from shared.models.service import ServiceFields
from shared.models.service_report import ServiceReportFields

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
    "AgeCountFields",
    "EncounterFields",
    "Fields",
    "FollowUpFields",
    "GenderCountFields",
    "GroupSessionFields",
    "NeedFields",
    "ObstacleFields",
    "PartnerContactFields",
    "PresenceFields",
    "ReferralFields",
    "RightFields",
    "ServiceFields",
    "ServiceReportFields",
]
