"""The school holidays of the territory, as data (source and licence at the head of the file)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from shared.territory import TERRITORY

IN, OUT, UNDECIDED = "oui", "non", "inconnu"
"""The codes of the list `school_holidays`."""


@dataclass(frozen=True, slots=True)
class SchoolDay:
    """What the calendar says of a day: a code of the list `school_holidays`, the name of the period in French,
    empty where it is none, and the zone."""

    code: str
    period: str
    zone: str


def find(day: date) -> SchoolDay | None:
    """Return what the calendar says of that day, None where it ends before or begins after."""
    calendar = load()
    if not calendar["first"] <= day <= calendar["last"]:
        return None
    for code, kind in ((IN, "holidays"), (UNDECIDED, "undecided")):
        for period in calendar[kind]:
            if period["first"] <= day <= period["last"]:
                return SchoolDay(code, period["name"], calendar["zone"])
    return SchoolDay(OUT, "", calendar["zone"])


@cache
def load() -> dict[str, Any]:
    """Return the calendar of the territory as its file has it: `zone`, `first` and `last` day it knows of, the
    periods `holidays` and `undecided`."""
    return tomllib.loads((files(__package__) / f"school_calendar_{TERRITORY}.toml").read_text("utf-8"))
