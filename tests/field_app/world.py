"""Short words for the tablet's tests."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from field_app.local_store import Kept
from field_app.sync import Enrolment
from shared import ids

SECRET = bytes(range(32))
PIN = "482916"
URL = "https://server.test"
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=ZoneInfo("Europe/Paris"))
_numbers = itertools.count(1)


ENROLMENT = Enrolment(URL, "device", "token", "Giromagny", "trait-dunion")


def clock() -> datetime:
    return NOW


def encounter(**fields: Any) -> dict[str, Any]:
    return {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052", "place_type": "mairie"} | fields


def kept(**changes: Any) -> Kept:
    """An encounter waiting to be sent."""
    record_id = ids.new_id(NOW.date(), next(_numbers))
    values: dict[str, Any] = {"id": record_id, "kind": "encounter", "fields": encounter(), "state": "pending"}
    return Kept(**(values | changes))
