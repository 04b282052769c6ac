"""The server's tables of a group session and its margins (`shared.models.group_session`)."""

from __future__ import annotations

from sqlmodel import Field

from shared.models.group_session import AgeCountFields, GenderCountFields, GroupSessionHeader
from shared.models.tables.base import Row, keyed


class GroupSession(Row, GroupSessionHeader, table=True):
    """The server's row of a session."""

    __tablename__ = "group_session"
    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)


class AgeCount(Row, AgeCountFields, table=True):
    """An age band stands once in a session: the key says so."""

    __tablename__ = "group_session_age"
    __table_args__ = keyed("territory", "group_session_id", "age_band")

    group_session_id: str = Field(max_length=36)


class GenderCount(Row, GenderCountFields, table=True):
    """A gender stands once in a session: the key says so."""

    __tablename__ = "group_session_gender"
    __table_args__ = keyed("territory", "group_session_id", "gender")

    group_session_id: str = Field(max_length=36)
