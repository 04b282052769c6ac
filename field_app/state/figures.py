"""« Mes chiffres »: this worker's own day, week or month, counted on the tablet and for nobody else.

The counts follow the server's indicators (R1, R2, R4), for every action together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import flet as ft
from pydantic import ValidationError

from field_app.state import outcomes
from field_app.state.desk import Desk
from field_app.state.outcomes import News
from field_app.store.local_store import Kept
from shared import choices, french
from shared.models import (
    KINDS,
    EncounterFields,
    GroupSessionFields,
    PartnerContactFields,
    PresenceFields,
)

REFUSED = "refusee-par-la-personne"
DONE = {
    "encounter": ("rencontre",), "referral": ("orientation",), "follow_up": ("suite notée", "suites notées"),
    "group_session": ("séance collective", "séances collectives"), "presence": ("présence",),
    "partner_contact": ("contact partenaire", "contacts partenaires"),
}  # fmt: skip
"""What is said of a day, in this order: the noun, and its plural where it is not one s."""


SPANS = ("day", "week", "month")
"""What is counted at once."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What one worker did between two days. `persons` is the range [« oui »; « oui » and « ne sait pas »] (R2);
    `outcomes` the referrals by their outcome as known, in the list’s order; `agent_minutes` minutes x agents.
    `refused` says of each kind how many are counted here that the server does not count: they are to correct."""

    contacts: int = 0
    persons: tuple[int, int] = (0, 0)
    sessions: int = 0
    headcount: int = 0
    needs: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()
    agent_minutes: int = 0
    partners: int = 0
    refused: tuple[tuple[str, int], ...] = ()

    def to_correct(self, kind: str) -> int:
        """Return how many of the records of that kind that are counted the server has refused so far."""
        return dict(self.refused).get(kind, 0)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was recorded on those days."""
        return self == Counts()

    @property
    def referrals(self) -> int:
        """Return those made: all but the ones the person declined (R4)."""
        return sum(count for outcome, count in self.outcomes if outcome != REFUSED)


def bounds(span: str, back: int, day: date) -> tuple[date, date]:
    """Return the first and last day of the day, week (from Monday) or month so many before that of `day`."""
    if span == "day":
        return (day - timedelta(back),) * 2
    if span == "week":
        first = day - timedelta(day.weekday() + 7 * back)
        return first, first + timedelta(6)
    first, after = (_first_of(day.year * 12 + day.month - 1 - back + more) for more in (0, 1))
    return first, after - timedelta(1)


def _first_of(months: int) -> date:
    """Return the first day of that month, counted from that of the year 0."""
    year, month = divmod(months, 12)
    return date(year, month + 1, 1)


def count(records: Iterable[Kept], first: date, last: date, today: date) -> Counts:
    """Count the figures of those days, both with it, with outcomes as known on `today`. Follow-ups count whoever
    made them; all the rest only when it was made here: no draft, nothing received, nothing deleted."""
    known = [k for k in records if not k.deleted and k.state != "draft"]
    mine = [(k, _read(k)) for k in known if k.entered_here and str(first) <= _day_of(k) <= str(last)]
    made = [record for _, record in mine]
    refused = Counter(k.kind for k, record in mine if k.state == "to_correct" and record is not None)
    encounters = [r for r in made if isinstance(r, EncounterFields)]
    sessions = [r for r in made if isinstance(r, GroupSessionFields)]
    met = Counter(e.first_contact_year for e in encounters)
    return Counts(
        contacts=len(encounters),
        persons=(met["oui"], met["oui"] + met["ne-sait-pas"]),
        sessions=len(sessions),
        headcount=sum(s.headcount for s in sessions),
        needs=sum(len(e.needs) for e in encounters),
        outcomes=_outcomes(encounters, outcomes.latest(known, today)),
        agent_minutes=sum(r.minutes * r.agents for r in made if isinstance(r, PresenceFields)),
        partners=sum(isinstance(r, PartnerContactFields) for r in made),
        refused=tuple(sorted(refused.items())),
    )


def describe_day(records: Iterable[Kept], day: date, today: date) -> str:
    """Say what was recorded here on that day of outing: « Aujourd’hui : 7 rencontres, 3 orientations »; empty
    before the first record. What the server refused is left out: it is said where it is to be corrected."""
    mine = [
        k
        for k in records
        if k.entered_here and k.state in ("pending", "sent") and not k.deleted and k.fields.get("day") == str(day)
    ]
    found = Counter(k.kind for k in mine)
    found["referral"] = sum(
        bool(referral.get("accepted", True)) for k in mine for referral in k.fields.get("referrals", [])
    )
    done = [french.format_count(found[kind], *words) for kind, words in DONE.items() if found[kind]]
    when = "Aujourd’hui" if day == today else f"Sortie de {french.format_weekday(day)}"
    return f"{when} : {', '.join(done)}" if done else ""


def _day_of(kept: Kept) -> str:
    """Return its day as it sorts; empty, which is in no period, where it has none that is a day."""
    try:
        return str(date.fromisoformat(str(kept.fields.get("day"))))
    except ValueError:
        return ""


def _read(kept: Kept) -> Any:
    """Return the record as its kind; None when it is one to correct that no longer reads as such."""
    model = KINDS.get(kept.kind)
    try:
        return model.model_validate(kept.fields) if model else None
    except ValidationError:
        return None


def _outcomes(encounters: list[EncounterFields], latest: dict[str, News]) -> tuple[tuple[str, int], ...]:
    found = Counter(
        latest[r.id].outcome if r.id in latest else "proposee" if r.accepted else REFUSED
        for e in encounters
        for r in e.referrals
    )
    return tuple((code, found[code]) for code in choices.load("outcome_referral").by_code if found[code])


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class Figures:
    """`span` is what is counted at once and `back` how many of those before the present one are shown; `day` what
    was recorded on this outing, in words."""

    span: str = "day"
    back: int = 0
    day: str = ""
    counts: Counts = field(default_factory=Counts)
    _records: list[Kept] = field(default_factory=list)
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    @property
    def bounds(self) -> tuple[date, date]:
        """Return the first and last day shown: those around the outing under way, or before."""
        return bounds(self.span, self.back, self._desk.outing_day)

    @property
    def title(self) -> str:
        """« aujourd’hui », « semaine du 9 au 15 mars 2026 », « mars 2026 »."""
        first, _ = self.bounds
        if self.span == "day":
            return french.format_near_day(first, self._desk.today)
        if self.span == "week":
            return f"semaine {french.format_week(first)}"
        return french.format_month(first.year, first.month)

    def take(self, records: list[Kept]) -> None:
        """Take the records that the tablet holds; they are counted when the screen is shown, the day's at once."""
        self._records = records
        self.day = describe_day(records, self._desk.outing_day, self._desk.today)

    def open(self) -> None:
        """Show the present day, week or month, whichever was looked at last."""
        self.show(self.span)

    def show(self, span: str) -> None:
        """Show the present day, week or month."""
        self.span, self.back = span, 0
        self.look()

    def look(self) -> None:
        """Count what is shown."""
        self.counts = count(self._records, *self.bounds, self._desk.today)

    def move(self, spans: int) -> None:
        """Move to another day, week or month, never beyond the present one."""
        self.back = max(self.back - spans, 0)
        self.look()
