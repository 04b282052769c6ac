"""A headcount and its margins: what is entered is kept as it is, and said where a margin tells of too many."""

from __future__ import annotations

from typing import Any

from shared import choices, french
from shared.models.group_session import MOST_PEOPLE

KEYS = {"ages": "age_band", "genders": "gender"}
"""The part of a session to the field, and to the list, that it is told by."""
WITHOUT = {"ages": "sans âge", "genders": "sans genre indiqué"}
"""What is said of those that a margin does not tell of."""
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


def most_placed(fields: Fields) -> int:
    """Return how many people came at least, by what the margins tell."""
    return max(placed(fields, part) for part in KEYS)


def with_people(fields: Fields, part: str, code: str, number: int) -> list[Fields]:
    """Return the margin with that many people under that code, in the order in which codes were entered."""
    rows: list[Fields] = fields.get(part, [])
    entry = {KEYS[part]: code, "people": min(max(number, 0), MOST_PEOPLE)}
    same = [row.get(KEYS[part]) == code for row in rows]
    first = same.index(True) if any(same) else len(rows)
    others = [row for row, is_same in zip(rows, same, strict=True) if not is_same]
    return [*others[:first], *([entry] if entry["people"] else []), *others[first:]]


def is_over(fields: Fields, part: str) -> bool:
    """Return whether that margin tells of more people than came, or of some while nobody said how many came."""
    return placed(fields, part) > headcount(fields)


def describe(fields: Fields, part: str) -> str:
    """Say how that margin stands against the headcount. Always in one line of a phone: a second one would move
    what stands below it from under the finger."""
    came, told = headcount(fields), placed(fields, part)
    if not told and not came:
        return "Facultatif : indiquez ce que vous savez."
    if not came:
        return f"{french.format_count(told, 'personne')} ici : combien en tout ?"
    if told > came:
        over = french.format_count(told - came, "personne")
        return f"{over} de trop : {told} pour {french.format_count(came, 'participant')}."
    return (
        f"{french.format_count(came - told, 'personne')} {WITHOUT[part]}." if told < came else "Tout est réparti."
    )


def codes(fields: Fields, part: str) -> list[str]:
    """List the codes to show: those of the list but « inconnu », which is what is left; and any that stands
    there."""
    known = [code for code in choices.load(KEYS[part]).by_code if code != "inconnu"]
    return list(dict.fromkeys([*known, *(str(row.get(KEYS[part])) for row in fields.get(part, []))]))


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
