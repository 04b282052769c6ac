"""FollowUp (suite): what became of a referral, an obstacle or a right, on a day. The list only grows."""

from __future__ import annotations

import datetime

from sqlmodel import Field

from shared.models.base import Fields, Reason, RecordId, ReportedBy, Row, SubjectKind, keyed

OUTCOME_LIST = {"referral": "outcome_referral", "obstacle": "outcome_obstacle", "right": "outcome_right"}
"""Which list the outcome comes from, by what the follow-up is about."""


class FollowUpFields(Fields):
    """A follow-up as entered. Whether `outcome` suits `subject_kind` is a rule, since it spans two fields."""

    subject_id: RecordId
    subject_kind: SubjectKind = Field(default="referral", max_length=10)
    day: datetime.date
    outcome: str = Field(max_length=40)
    reason: Reason | None = Field(default=None, max_length=40)
    reported_by: ReportedBy = Field(default="intervenant", max_length=20)


class FollowUp(Row, FollowUpFields, table=True):
    """The server's row of a follow-up."""

    __tablename__ = "follow_up"
    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
    subject_id: str = Field(index=True, max_length=36)
