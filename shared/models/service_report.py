"""ServiceReport (signalement): a worker saw that an entry of the directory is wrong. Coded, about no person."""

from __future__ import annotations

import datetime

from sqlmodel import Field

from shared.models.base import CODE, Fields, Row, ServiceId, ServiceProblem, keyed


class ServiceReportFields(Fields):
    """What is wrong with a service, and the day it was seen."""

    service: ServiceId = Field(max_length=CODE)
    problem: ServiceProblem = Field(max_length=40)
    day: datetime.date


class ServiceReport(Row, ServiceReportFields, table=True):
    """The server's row of a report."""

    __tablename__ = "service_report"
    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
