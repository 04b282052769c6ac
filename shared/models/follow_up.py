"""FollowUp (suite): what became of a referral, an obstacle or a right, on a day. The list only grows."""

from __future__ import annotations

import datetime

from pydantic import Field

from shared.models.base import Fields, Reason, RecordId, ReportedBy, SubjectKind

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
