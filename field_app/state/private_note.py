"""The private note of one encounter: whom it was (the repère) and what comes next, kept on this tablet only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import flet as ft

from field_app.ports.storage import StoreError
from field_app.state.desk import Desk
from field_app.store.private_notes import KEPT_DAYS, LONGEST, Judged, Note
from shared import french

NOT_KEPT = "La tablette n’a pas pu garder ce repère : sa mémoire est peut-être pleine. Libérez de la place."
STEPS = {
    "rappeler": "Rappeler",
    "revoir": "Revoir",
    "accompagner": "Accompagner",
    "relancer": "Relancer le service",
}
"""What may come next, as a worker reads it."""
FURTHEST = 60
"""Days ahead at most."""


def describe_step(note: Note, today: date) -> str:
    """Say what comes next and when: « Rappeler demain », late « Rappeler · prévu hier »; empty without a step."""
    if not note.step:
        return ""
    day = date.fromisoformat(note.step_day)
    when = french.format_near_day(day, today)
    word = STEPS.get(note.step, note.step)
    return f"{word} {when}" if day >= today else f"{word} · prévu {when}"


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log
class PrivateNote:
    """`text` is what stands in the field, kept or not; `judged` why it is not, or what to think of; `kept` the
    note as it is kept."""

    encounter: str
    kept: Note
    text: str = ""
    judged: Judged = field(default_factory=Judged)
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    @property
    def left(self) -> int:
        """Return how many characters may still be typed; negative beyond."""
        return LONGEST - len(self.text)

    @property
    def step(self) -> str:
        """Return what comes next in words; empty where nothing does."""
        return describe_step(self.kept, self._desk.today)

    @property
    def days(self) -> list[date]:
        """Return the days proposed for the next step: a week from today."""
        week = (self.today + timedelta(days) for days in range(7))
        return [day for day in week if day <= self.last_day]

    @property
    def today(self) -> date:
        """Return the day on the device."""
        return self._desk.today

    @property
    def last_day(self) -> date:
        """Return the last day that may be chosen: the note itself is erased 90 days after it was first written."""
        erased = date.fromisoformat(self.kept.day) + timedelta(KEPT_DAYS)
        return max(self.today, min(self.today + timedelta(FURTHEST), erased))

    @property
    def step_day(self) -> date:
        """Return the day of the next step; tomorrow where there is none."""
        if self.kept.step:
            return date.fromisoformat(self.kept.step_day)
        return min(self.today + timedelta(1), self.last_day)

    async def put(self, text: str) -> None:
        """Save the note as it is typed; what names a person stays in the field, to be mended, and is not saved."""
        self.text, notes, today = text, self._desk.notes, self._desk.today
        try:
            self.judged = await notes.put_text(self.encounter, text, today)
        except StoreError:
            self.judged = Judged(NOT_KEPT)
        self.kept = notes.get(self.encounter, today)

    async def choose_step(self, step: str) -> None:
        """Choose what comes next, for tomorrow until a day is chosen; the same again takes it back."""
        await self._put_step("" if step == self.kept.step else step, self.step_day)

    async def choose_day(self, day: date) -> None:
        """Choose the day of the next step, from today on."""
        await self._put_step(self.kept.step, min(max(day, self.today), self.last_day))

    async def end_step(self) -> None:
        """Note that the step was done: nothing comes next."""
        await self._put_step("", self.today)

    async def _put_step(self, step: str, day: date) -> None:
        notes, today = self._desk.notes, self.today
        await notes.put_step(self.encounter, step, str(day), today)
        self.kept = notes.get(self.encounter, today)


def open_note(encounter: str, desk: Desk) -> PrivateNote:
    """Return the private note of that encounter as it is kept."""
    kept = desk.notes.get(encounter, desk.today)
    return PrivateNote(encounter, kept, kept.text, _desk=desk)
