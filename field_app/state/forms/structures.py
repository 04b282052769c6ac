"""The names of structures: those already written on this tablet, and what must not stand in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from field_app.store.local_store import Kept
from shared.search_text import plain

MOST = 6
"""How many are proposed at once."""
INSTEAD = {
    "name": "si c’est celui d’une personne, retirez-le",
    "person": "n’écrivez que le nom de la structure",
    "birth": "retirez-la",
    "address": "n’écrivez que le nom de la structure",
}
"""What to do about what is warned of, by its sort."""
ALIKE = {"structure": ("structure", "partner", "establishment"), "partner": ("partner", "structure"),
         "establishment": ("establishment",)}  # fmt: skip
"""For each field, those whose names it proposes: one met in town may be a partner, an establishment is none."""
Written = dict[str, Counter[str]]
"""How often each name was written, by field."""


def used(records: Iterable[Kept]) -> Written:
    """Return how often each was written, in records that are kept: a draft is not a word said."""
    from shared import personal_data  # at its first use, as in `shared.models.base`

    kept = [k for k in records if k.state != "draft" and not k.deleted]
    written = {name: Counter(str(k.fields[name]) for k in kept if k.fields.get(name)) for name in ALIKE}
    return {
        field: Counter({name: times for name, times in names.items() if not personal_data.found_in(name)})
        for field, names in written.items()
    }


def proposed(typed: str, known: Written, field: str) -> list[str]:
    """Return those of that field that hold what is typed, most used first; never the one that stands there
    already."""
    wanted, names = plain(typed), sum((known.get(name, Counter()) for name in ALIKE[field]), Counter[str]())
    found = [name for name, _ in names.most_common() if wanted in plain(name) and plain(name) != wanted]
    return found[:MOST]


def objection(typed: str) -> str:
    """Return why that cannot be the name of a structure; empty when it can."""
    from shared import personal_data

    if sort := personal_data.found_in(typed):
        return f"C’est {personal_data.LABELS[sort]} : n’écrivez que le nom de la structure."
    return ""


def doubt(typed: str) -> str:
    """Return what to check in it: a school may bear a first name, so that it is never refused."""
    from shared import personal_data

    return personal_data.describe_doubt(typed, INSTEAD)
