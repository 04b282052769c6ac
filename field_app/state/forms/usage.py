"""Count what this tablet's worker uses most, so that it comes first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from field_app.store.local_store import Kept

Used = dict[str, Counter[str]]
"""How often each code was used, by field."""


def count(records: Iterable[Kept]) -> Used:
    """Count the places of the worker's own saved encounters."""
    used: Used = defaultdict(Counter)
    for kept in records:
        if kept.kind == "encounter" and kept.entered_here and kept.state != "draft":
            used["place_type"][str(kept.fields.get("place_type"))] += 1
    return used


def most_used(codes: Sequence[str], used: Counter[str]) -> list[str]:
    """Return the codes, most used first; those used as often stay in their order."""
    return sorted(codes, key=lambda code: -used[code])
