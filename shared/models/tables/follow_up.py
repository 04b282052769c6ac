"""The server's table of follow-ups (`shared.models.follow_up`)."""

from __future__ import annotations

from sqlmodel import Field

from shared.models.follow_up import FollowUpFields
from shared.models.tables.base import Row, keyed


class FollowUp(Row, FollowUpFields, table=True):
    """The server's row of a follow-up."""

    __tablename__ = "follow_up"
    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
    subject_id: str = Field(index=True, max_length=36)
