"""The presence under way: when it began, on this tablet alone. The record holds minutes only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import flet as ft

from field_app.ports.storage import StoreError
from field_app.state.desk import Desk
from field_app.state.forms.drafts import NOT_KEPT, Draft
from field_app.store.local_store import Kept

NOTE = "presence timer"
LONGEST = 24 * 60
"""Minutes that a presence may last at most; beyond 12 hours the rules warn."""
JUMPED = "L’heure de la tablette a changé depuis le début : vérifiez la durée."
AT_ONCE = "Terminée aussitôt commencée : une minute est notée, vérifiez la durée."
TOO_LONG = "Le début remonte à plus de 24 heures : vérifiez la durée."


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class Timer:
    """`draft` is the id of the presence that is timed, empty when none is; `since` its start, ISO 8601."""

    draft: str = ""
    since: str = ""
    said: str = ""
    _proposed: int | None = None
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    @property
    def moment(self) -> str:
        """Return the start as it is spoken of: « 14 h 05 », with its day when that is not today."""
        start = datetime.fromisoformat(self.since)
        day = "" if start.date() == self._desk.today else f"le {start:%d/%m} à "
        return f"{day}{start.hour} h {start.minute:02}"

    async def look(self, found: list[Kept]) -> None:
        """Find what was begun, as long as its draft waits: saved or thrown away, it is over; put back, it goes
        on."""
        note = await self._desk.store.note(NOTE)
        waiting = {kept.id for kept in found if kept.state == "draft"}
        self.draft = note.get("draft", "") if note.get("draft") in waiting else ""
        self.since, self._proposed = note.get("since", ""), note.get("minutes", self._proposed)

    async def start(self, draft: Draft) -> None:
        """Note the minute, and keep the draft, so that both are there after a crash."""
        since = self._desk.clock().isoformat(timespec="minutes")
        proposed = draft.fields.get("minutes")
        await draft.put("minutes", proposed)
        if await self._note({"draft": draft.id, "since": since, "minutes": proposed}):
            self.draft, self.since, self._proposed = draft.id, since, proposed

    async def stop(self, draft: Draft) -> None:
        """Fill in the minutes since the start."""
        start, now = datetime.fromisoformat(self.since), self._desk.clock()
        minutes, said = lasted(start, now)
        await draft.put("minutes", minutes)
        if await self._note({}):
            self.draft, self.said = "", said

    async def end_with(self, draft: Draft) -> bool:
        """Fill in the minutes since the start at « Terminer » or « Enregistrer » while it runs, unless others were
        entered by hand since. Return whether nothing is odd."""
        if self.draft != draft.id or draft.fields.get("minutes") != self._proposed:
            return True
        await self.stop(draft)
        return not self.said

    async def _note(self, content: dict[str, str | int | None]) -> bool:
        try:
            await self._desk.store.keep_note(NOTE, content)
        except StoreError:
            self.said = NOT_KEPT.message
            return False
        self.said = ""
        return True


def lasted(start: datetime, now: datetime) -> tuple[int, str]:
    """Count the minutes from one to the other, rounded to 5 and at least 1; return also what to check when they
    are odd."""
    elapsed = (now - start).total_seconds() / 60
    minutes = min(max(int((elapsed + 2.5) // 5) * 5, 1), LONGEST)
    odd = JUMPED if elapsed < 0 else TOO_LONG if elapsed > LONGEST else AT_ONCE if minutes == 1 else ""
    return minutes, odd


def stepped(minutes: int, by: int) -> int:
    """Return the quarter of an hour after or before; never none, never more than a day."""
    quarter = minutes // 15 + 1 if by > 0 else (minutes - 1) // 15
    return min(max(quarter * 15, 1), LONGEST)


def spoken(minutes: int) -> str:
    """Format a duration as « 45 min », « 2 h », « 1 h 05 »."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02}" if rest else f"{hours} h"
