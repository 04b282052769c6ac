"""A headcount and its margins: what a tap makes of them, so that a margin never holds more people than came."""

from __future__ import annotations

from typing import Any

from shared import choices
from shared.models.group_session import MOST_PEOPLE

KEYS = {"ages": "age_band", "genders": "gender"}
"""The part of a session to the field, and to the list, that it is told by."""
Fields = dict[str, Any]


def headcount(fields: Fields) -> int:
    """Return how many people came; 0 while it is not said."""
    return _number(fields.get("headcount"))


def people(fields: Fields, part: str, code: str) -> int:
    """Return how many of them stand under that code."""
    return sum(_number(e.get("people")) for e in fields.get(part, []) if e.get(KEYS[part]) == code)


def placed(fields: Fields, part: str) -> int:
    """Return how many of them that margin tells of."""
    return sum(_number(entry.get("people")) for entry in fields.get(part, []))


def left(fields: Fields, part: str) -> int:
    """Count the people that margin does not tell of, simply unknown; negative in a refused record."""
    return headcount(fields) - placed(fields, part)


def least(fields: Fields) -> int:
    """Return the least headcount: those already placed, and at least 1."""
    return max(1, *(placed(fields, part) for part in KEYS))


def headcount_of(fields: Fields, wanted: int) -> int:
    """Return the nearest headcount that may be entered. One that is already too low may always rise."""
    if wanted > headcount(fields):
        return min(wanted, MOST_PEOPLE)
    return min(max(wanted, least(fields)), max(headcount(fields), 1))


def moved(fields: Fields, part: str, code: str, by: int) -> list[Fields]:
    """Return the margin with `by` people more (or fewer) under that code: never below 0, never above what is
    left."""
    there = people(fields, part, code)
    now = max(there + min(by, max(left(fields, part), 0)), 0)
    rows: list[Fields] = fields.get(part, [])
    others = [row for row in rows if row.get(KEYS[part]) != code]
    return [*others, {KEYS[part]: code, "people": now}] if now else others


def codes(fields: Fields, part: str) -> list[str]:
    """List the codes to show: those of the list but « inconnu », which is what is left; and any that stands
    there."""
    known = [code for code in choices.load(KEYS[part]).by_code if code != "inconnu"]
    return list(dict.fromkeys([*known, *(str(row.get(KEYS[part])) for row in fields.get(part, []))]))


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
