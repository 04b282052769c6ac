"""One referral, obstacle or right, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from field_app.state import outcomes
from field_app.state.outcomes import ATTENDED, FIRST, NO_NEWS, News
from field_app.store.local_store import Kept
from shared import choices
from shared.choices import Choice
from shared.models.follow_up import OUTCOME_LIST

DUE, URGENT = 10, 30
"""Days without news after which it is time to ask, and high time."""
PARTS = {"referral": "referrals", "obstacle": "obstacles", "right": "rights"}
"""Kind of subject to the part of the encounter that holds it."""
NOT_BY_HAND = frozenset({"proposee", "repere", "inconnu"})
"""Where a story begins: nobody notes that as news."""
USUAL = ("rendez-vous-pris", "honoree", "non-presentee", "acces-effectif")
"""What becomes of most referrals: the others are one tap further."""


@dataclass(frozen=True, slots=True, eq=False)  # flet compares what changes: thousands, field by field, are slow
class Followed:
    """One subject, the encounter it comes from, and what is known of it."""

    id: str
    kind: str
    entry: dict[str, Any]
    encounter: Kept
    made: date
    news: News
    today: date

    @property
    def open(self) -> bool:
        """Return whether something may still come of it."""
        return not self.news.ended(self.kind)

    @property
    def silent(self) -> int:
        """Days since the latest news."""
        return (self.today - self.news.last_heard).days

    @property
    def due(self) -> bool:
        """Return whether it is time to ask. A visit is known for good: nobody is asked about it again (R4)."""
        return self.open and not self.attended and self.silent >= DUE

    @property
    def attended(self) -> bool:
        """Return whether the person came, and it is not known yet what the visit led to (R5)."""
        return self.news.outcome in ATTENDED

    @property
    def urgent(self) -> bool:
        """Return whether it is high time to ask."""
        return self.due and self.silent >= URGENT

    @property
    def outcome(self) -> str:
        """Return what a worker reads of how far it went."""
        return choices.load(OUTCOME_LIST[self.kind]).label_of(self.news.outcome)

    @property
    def since(self) -> str:
        """The outcome told last, where another went further: « rendez-vous pris » after « non présentée »."""
        word = self.news.word
        return choices.load(OUTCOME_LIST[self.kind]).label_of(word) if word not in ("", self.news.outcome) else ""

    @property
    def proposed(self) -> list[Choice]:
        """The outcomes a worker may note: not where a story begins and, once the person came, not that there is no
        news."""
        left_out = {*NOT_BY_HAND, *(NO_NEWS if self.attended else ())}
        return [c for c in choices.load(OUTCOME_LIST[self.kind]).on(self.today) if c.code not in left_out]

    @property
    def usual(self) -> list[Choice]:
        """Return those of them in reach at once: few, and after a visit or the end only what may still come."""
        if not self.open:
            return []
        if self.attended:
            return [c for c in self.proposed if c.code == "acces-effectif"]
        return [c for c in self.proposed if self.kind != "referral" or c.code in USUAL]

    @property
    def context(self) -> str:
        """Return what it is about: the need, how the person was referred."""
        parts = [choices.load("theme").plain_of(self.entry["theme"])] if self.entry.get("theme") else []
        if self.kind == "referral":
            parts.append(choices.load("referral_mode").label_of(self.entry.get("mode", "information")))
        return " · ".join(parts)


def name_of(kind: str, entry: dict[str, Any], service_name: Callable[[str], str]) -> str:
    """Return what is followed: a service, an obstacle, a right."""
    if kind == "referral":
        return service_name(str(entry.get("service")))
    return choices.load(kind).label_of(str(entry.get("kind" if kind == "obstacle" else "right")))


def list_followed(found: Iterable[Kept], today: date) -> Iterator[tuple[Kept, date, list[Followed]]]:
    """Yield each saved encounter, its day, and what is followed of it: perhaps nothing. A referral that the person
    declined at once is not followed."""
    known = list(found)
    news = outcomes.latest(known, today)
    for kept in known:
        if kept.kind != "encounter" or kept.deleted or kept.state == "draft":
            continue
        try:
            made = date.fromisoformat(str(kept.fields.get("day")))
        except ValueError:
            continue
        yield (
            kept,
            made,
            [
                Followed(
                    entry["id"], kind, entry, kept, made, news.get(entry["id"], News(FIRST[kind], made)), today
                )
                for kind, part in PARTS.items()
                for entry in kept.fields.get(part, [])
                if entry.get("accepted", True) or entry["id"] in news
            ],
        )


def under_way(found: Iterable[Kept]) -> Iterator[str]:
    """Yield the ids of the encounters that are being entered, and of their subjects."""
    for kept in found:
        if kept.state == "draft" and kept.kind == "encounter":
            yield kept.edit_of["id"] if kept.edit_of else kept.id
            yield from subjects_of(kept)


def subjects_of(kept: Kept) -> list[str]:
    """Return the ids of what may be followed of an encounter."""
    return [str(entry["id"]) for part in PARTS.values() for entry in kept.fields.get(part, [])]
