"""ServiceReport (signalement): a worker saw that an entry of the directory is wrong. Coded, about no person."""

from __future__ import annotations

import datetime

from pydantic import Field

from shared.models.base import CODE, Fields, ServiceId, ServiceProblem


class ServiceReportFields(Fields):
    """What is wrong with a service, and the day it was seen."""

    service: ServiceId = Field(max_length=CODE)
    problem: ServiceProblem = Field(max_length=40)
    day: datetime.date
