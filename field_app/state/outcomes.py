"""Read what is known of each referral, obstacle or right: the same reading as the server's (R4, R5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from field_app.store.local_store import Kept
from shared import choices
from shared.models.follow_up import OUTCOME_LIST

FIRST = {"referral": "proposee", "obstacle": "repere", "right": "repere"}
"""Before any follow-up."""
CLOSING = {
    "referral": {"acces-effectif", "refusee-par-la-personne", "refusee-par-le-service", "sans-suite"},
    "obstacle": {"leve", "non-leve"},
    "right": {"ouvert", "refuse", "abandonne"},
}
"""What ends the story. « Honorée » does not: the person came, the service has not begun (R5); nor does « non
présentée » or « sans nouvelle »: those are the ones to look for again."""


ENDED_WELL = {"acces-effectif", "leve", "ouvert"}
"""What nothing told later opens again."""
ATTENDED = {"honoree"}
"""The visit is known and is not asked for again; what it led to may still be noted."""
NO_NEWS = {"sans-nouvelle", "inconnu"}
"""What says that nothing more is known: it neither ends a story nor opens it again."""


@dataclass(frozen=True, slots=True)
class News:
    """What is known of one subject: the furthest outcome, its day and by whom it was told. `heard` is the latest
    day of all that was told; `word` the latest that says more than « sans nouvelle » (empty where nothing does),
    of the day `word_on`."""

    outcome: str
    day: date
    reason: str | None = None
    reported_by: str = "intervenant"
    heard: date = date.min
    word: str = ""
    word_on: date = date.min

    @property
    def last_heard(self) -> date:
        """Return the day since which nothing more was told."""
        return max(self.day, self.heard)

    def ended(self, kind: str) -> bool:
        """Tell whether the story of that kind of subject is over: it ended well, or its latest word closes it. A
        new appointment after a refusal opens it again, and after a visit the service may still say no."""
        return self.outcome in ENDED_WELL or (self.word or self.outcome) in CLOSING[kind]


def latest(records: Iterable[Kept], today: date) -> dict[str, News]:
    """Return the news of each subject by its id: the outcome furthest along of all that was told until today
    (R4)."""
    ranks = {kind: choices.ranks(name) for kind, name in OUTCOME_LIST.items()}
    told: dict[str, list[tuple[int, News]]] = {}
    for kept in records:
        if kept.kind != "follow_up" or kept.deleted or kept.state == "draft":
            continue
        news = _read(kept)
        if news is None or news.day > today:
            continue
        known = ranks.get(str(kept.fields.get("subject_kind", "referral")), {})
        told.setdefault(str(kept.fields.get("subject_id")), []).append((known.get(news.outcome, 0), news))
    return {subject: _put_together(every) for subject, every in told.items()}


def _put_together(told: list[tuple[int, News]]) -> News:
    """Merge all that was told of a subject into one piece of news, whatever the order it came in."""
    _, best = max(told, key=lambda one: (one[0], one[1].day, one[1].reason or "", one[1].reported_by))
    heard = max(news.day for _, news in told)
    words = [one for one in told if one[1].outcome not in NO_NEWS]
    if not words:
        return replace(best, heard=heard)
    _, last = max(words, key=lambda one: (one[1].day, one[0], one[1].outcome))
    return replace(best, heard=heard, word=last.outcome, word_on=last.day)


def _read(kept: Kept) -> News | None:
    fields = kept.fields
    try:
        day = date.fromisoformat(str(fields.get("day")))
    except ValueError:
        return None
    return News(str(fields.get("outcome")), day, fields.get("reason"), fields.get("reported_by", "intervenant"))
