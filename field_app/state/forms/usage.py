"""Count what this tablet's worker uses most, so that it comes first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import zip_longest

from field_app.store.local_store import Kept
from shared import choices
from shared.choices import Choice

Used = dict[str, Counter[str]]
"""How often each code was used, by field."""


def count(records: Iterable[Kept]) -> Used:
    """Count the places and the needs of the worker's own saved encounters."""
    used: Used = defaultdict(Counter)
    for kept in records:
        if kept.kind == "encounter" and kept.state not in ("received", "draft"):
            used["place_type"][str(kept.fields.get("place_type"))] += 1
            used["theme"].update(str(need.get("theme")) for need in kept.fields.get("needs", []))
    return used


def most_used(codes: Sequence[str], used: Counter[str]) -> list[str]:
    """Return the codes, most used first; those used as often stay in their order."""
    return sorted(codes, key=lambda code: -used[code])


def themes(used: Counter[str], day: date) -> list[Choice]:
    """List the proposed themes, most used first. Before any use: the first of each family, then the second of
    each, so that the first few chips speak of every side of a life."""
    families: dict[str | None, list[str]] = defaultdict(list)
    for theme in choices.load("theme").on(day):
        if theme.proposed:
            families[theme.group].append(theme.code)
    in_turn = [code for turn in zip_longest(*families.values()) for code in turn if code]
    return [choices.load("theme")[code] for code in most_used(in_turn, used)]
