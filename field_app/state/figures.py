"""« Mes chiffres »: this worker's own month, counted on the tablet and for nobody else.

The counts follow the server's indicators (R1, R2, R4), for every action together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
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


@dataclass(frozen=True, slots=True)
class Month:
    """What one worker did in one month. `persons` is the range [« oui »; « oui » and « ne sait pas »] (R2);
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
    def referrals(self) -> int:
        """Return those made: all but the ones the person declined (R4)."""
        return sum(count for outcome, count in self.outcomes if outcome != REFUSED)


def count(records: Iterable[Kept], month: tuple[int, int], today: date) -> Month:
    """Count the figures of that year and month, with outcomes as known on `today`. Follow-ups count whoever made
    them; all the rest only when it was made here: no draft, nothing received, nothing deleted."""
    known = [k for k in records if not k.deleted and k.state != "draft"]
    mine = [(k, _read(k)) for k in known if k.state != "received" and _month_of(k) == month]
    made = [record for _, record in mine]
    refused = Counter(k.kind for k, record in mine if k.state == "to_correct" and record is not None)
    encounters = [r for r in made if isinstance(r, EncounterFields)]
    sessions = [r for r in made if isinstance(r, GroupSessionFields)]
    first = Counter(e.first_contact_year for e in encounters)
    return Month(
        contacts=len(encounters),
        persons=(first["oui"], first["oui"] + first["ne-sait-pas"]),
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
        k for k in records if k.state in ("pending", "sent") and not k.deleted and k.fields.get("day") == str(day)
    ]
    found = Counter(k.kind for k in mine)
    found["referral"] = sum(
        bool(referral.get("accepted", True)) for k in mine for referral in k.fields.get("referrals", [])
    )
    done = [french.format_count(found[kind], *words) for kind, words in DONE.items() if found[kind]]
    when = "Aujourd’hui" if day == today else f"Sortie de {french.format_weekday(day)}"
    return f"{when} : {', '.join(done)}" if done else ""


def _month_of(kept: Kept) -> tuple[int, int] | None:
    try:
        day = date.fromisoformat(str(kept.fields.get("day")))
    except ValueError:
        return None
    return day.year, day.month


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
    """`back` is how many months before this one are shown; `day` what was recorded on this outing, in words."""

    back: int = 0
    day: str = ""
    month: Month = field(default_factory=Month)
    _records: list[Kept] = field(default_factory=list)
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    @property
    def when(self) -> tuple[int, int]:
        """Return the year and month shown."""
        today = self._desk.today
        year, month = divmod(today.year * 12 + today.month - 1 - self.back, 12)
        return year, month + 1

    @property
    def title(self) -> str:
        """« mars 2026 »."""
        year, month = self.when
        return french.format_month(year, month)

    def take(self, records: list[Kept]) -> None:
        """Take the records that the tablet holds; they are counted when the screen is shown, the day's at once."""
        self._records = records
        self.day = describe_day(records, self._desk.outing_day, self._desk.today)

    def open(self) -> None:
        """Show this month."""
        self.back = 0
        self.look()

    def look(self) -> None:
        """Count the month shown."""
        self.month = count(self._records, self.when, self._desk.today)

    def move(self, months: int) -> None:
        """Move to another month, never beyond this one."""
        self.back = max(self.back - months, 0)
        self.look()
