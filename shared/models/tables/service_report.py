"""The server's table of what workers report about services (`shared.models.service_report`)."""

from __future__ import annotations

from sqlmodel import Field

from shared.models.service_report import ServiceReportFields
from shared.models.tables.base import Row, keyed


class ServiceReport(Row, ServiceReportFields, table=True):
    """The server's row of a report."""

    __tablename__ = "service_report"
    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
