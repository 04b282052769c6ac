"""What is known of each referral, obstacle or right: the same reading as the server's (R4, R5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from field_app.local_store import Kept
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


@dataclass(frozen=True, slots=True)
class News:
    """The latest that is known of one subject, and by whom it was told."""

    outcome: str
    day: date
    reason: str | None = None
    reported_by: str = "intervenant"


def latest(records: Iterable[Kept], today: date) -> dict[str, News]:
    """The latest news of each subject by its id; of one day, the one furthest along."""
    ranks = {kind: choices.ranks(name) for kind, name in OUTCOME_LIST.items()}
    found: dict[str, tuple[tuple[date, int], News]] = {}
    for kept in records:
        if kept.kind != "follow_up" or kept.deleted or kept.state == "draft":
            continue
        news = _read(kept)
        if news is None or news.day > today:
            continue
        known = ranks.get(str(kept.fields.get("subject_kind", "referral")), {})
        place = (news.day, known.get(news.outcome, 0))
        subject = str(kept.fields.get("subject_id"))
        if subject not in found or found[subject][0] <= place:
            found[subject] = (place, news)
    return {subject: news for subject, (_, news) in found.items()}


def _read(kept: Kept) -> News | None:
    fields = kept.fields
    try:
        day = date.fromisoformat(str(fields.get("day")))
    except ValueError:
        return None
    return News(str(fields.get("outcome")), day, fields.get("reason"), fields.get("reported_by", "intervenant"))
