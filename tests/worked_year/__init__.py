"""A year of invented records in a file (generate.py made it, once) and what the second count says of it."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from shared import territory
from tests import reference
from tests.reference import Kept, Told

FILE, EXPECTED = (Path(__file__).parent / f"{name}.json" for name in ("records", "expected"))
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
CUT_OFF = date(2026, 1, 31)
"""Referrals of December are not sixty days old then."""
TODAY = date(2026, 4, 30)
"""A day on which every record is in the past."""
CCAS = {"id": "ccas-de-delle", "name": "CCAS de Delle", "network": "ccas-cias"}
"""A service that the coordinator added to the directory."""
PERIODS = {
    "2025": (FIRST, LAST),
    "2025-T1": (FIRST, date(2025, 3, 31)),
    "2025-T2": (date(2025, 4, 1), date(2025, 6, 30)),
    "2025-T3": (date(2025, 7, 1), date(2025, 9, 30)),
    "2025-T4": (date(2025, 10, 1), LAST),
}
CELLS: dict[str, tuple[tuple[date, date], Kept]] = {
    f"{name} {epci}".strip(): (days, {"epci": (epci,)} if epci else {})
    for name, days in PERIODS.items()
    for epci in ("", *territory.epcis())
}
"""The cells of expected.json: the year and its quarters, in all and in each EPCI."""


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def records() -> list[dict[str, Any]]:
    """What is sent, in order: repeats, revisions and tombstones included."""
    return list(_file()["records"])


def marks() -> list[tuple[str, int]]:
    """The communes the coordinator marked « dépourvue », each with the year."""
    return [(insee, year) for insee, year in _file()["marks"]]


def frozen() -> dict[str, dict[str, Told]]:
    """What expected.json says of each cell."""
    found = json.loads(EXPECTED.read_text("utf-8"))
    return {name: {code: Told(*told) for code, told in of.items()} for name, of in found.items()}


def expected(first: date = FIRST, last: date = LAST, kept: Kept | None = None) -> dict[str, Told]:
    """What the second count says of those days, of the values kept."""
    return reference.figures(_world(first, last), kept)


@cache
def _world(first: date, last: date) -> reference.World:
    epci_of = {c.insee: c.epci for c in territory.communes().values()}
    services = {s["id"]: s for s in [*territory.services(), CCAS]}
    return reference.tell(reference.World(epci_of, services, marks(), CUT_OFF), records(), first, last)
