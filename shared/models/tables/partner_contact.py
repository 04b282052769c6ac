"""The server's table of partner contacts (`shared.models.partner_contact`)."""

from __future__ import annotations

from sqlmodel import Field

from shared.models.partner_contact import PartnerContactFields
from shared.models.tables.base import Row, keyed


class PartnerContact(Row, PartnerContactFields, table=True):
    """The server's row of a partner contact."""

    __tablename__ = "partner_contact"
    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
