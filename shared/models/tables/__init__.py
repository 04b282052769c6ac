"""The server's tables of the records, one module beside each of `shared.models`. Only the server imports them."""

from shared.models.tables.base import Row, keyed
from shared.models.tables.encounter import Encounter, Need, Obstacle, Referral, Right
from shared.models.tables.follow_up import FollowUp
from shared.models.tables.group_session import AgeCount, GenderCount, GroupSession
from shared.models.tables.partner_contact import PartnerContact
from shared.models.tables.presence import Presence
from shared.models.tables.service import Service
from shared.models.tables.service_report import ServiceReport

__all__ = [
    "AgeCount",
    "Encounter",
    "FollowUp",
    "GenderCount",
    "GroupSession",
    "Need",
    "Obstacle",
    "PartnerContact",
    "Presence",
    "Referral",
    "Right",
    "Row",
    "Service",
    "ServiceReport",
    "keyed",
]
