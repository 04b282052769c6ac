"""Tell from its day whether a session was in the school holidays, until the worker says otherwise.

A new session holds no answer until somebody taps one: the calendar's is shown, follows the day, and is written
when the session is saved.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from shared import french
from shared.territory import school_calendar
from shared.territory.school_calendar import UNDECIDED, SchoolDay

FIELD = "school_holidays"
KIND = "group_session"


def propose(kind: str, fields: dict[str, Any], day: date) -> dict[str, str]:
    """Return the answer of the calendar as a field, where the kind has it, nobody answered and it is known."""
    if kind != KIND or FIELD in fields or _code(day) == UNDECIDED:
        return {}
    return {FIELD: _code(day)}


def follow(kind: str, fields: dict[str, Any], before: date, after: date) -> dict[str, Any]:
    """Return the fields of a saved session whose day was changed: an answer that was the calendar's follows it."""
    if kind != KIND or fields.get(FIELD, UNDECIDED) != _code(before):
        return fields
    return {**fields, FIELD: _code(after)}


def describe(day: date, answer: str) -> str:
    """Say what the calendar says of that day, beside the answer that stands; empty where it says nothing."""
    found = school_calendar.find(day)
    if found is None:
        return ""
    if found.code == UNDECIDED:
        return f"{_name(found)} : à vous de dire."
    if answer == found.code:
        return f"{_name(found)}, d’après le calendrier scolaire."
    return f"D’après le calendrier scolaire : {_name(found, capital=False)}. C’est votre réponse qui compte."


def _name(found: SchoolDay, capital: bool = True) -> str:
    period = found.period or "hors vacances scolaires"
    return f"{french.begin_large(period) if capital else period}, zone {found.zone}"


def _code(day: date) -> str:
    found = school_calendar.find(day)
    return found.code if found else UNDECIDED
