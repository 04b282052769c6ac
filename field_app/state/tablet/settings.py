"""Set this tablet as its worker wants it: kept sealed, never sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import flet as ft

from field_app.ports.storage import StoreError
from field_app.state.desk import Desk
from field_app.state.preferred import USUAL, Preferred
from shared import choices, territory

NOTE = "settings"
MOST_COMMUNES = 8
THEMES = {"system": "Comme la tablette", "day": "Jour", "night": "Nuit"}
FULL = f"Déjà {MOST_COMMUNES} communes : retirez-en une d’abord."
NOT_KEPT = "La tablette n’a pas pu garder ce réglage : sa mémoire est peut-être pleine."


@ft.observable
@dataclass
class TabletSettings:
    """`preferred` is what stands; each change is kept at once."""

    preferred: Preferred = field(default_factory=Preferred)
    said: str = ""
    _desk: Desk = field(default=None, repr=False)  # type: ignore[assignment]  # always given; a dataclass wants one
    _themed: Callable[[str], object] = field(default=lambda theme: None, repr=False)

    async def look(self) -> None:
        """Read what was set, leave out what is no longer known, and apply the theme."""
        self.said = ""
        self._take(_known(await self._desk.store.note(NOTE)))

    async def choose_action(self, code: str) -> None:
        """Choose the action a new record starts with; tapped again, it is the one used last."""
        await self._keep(replace(self.preferred, action="" if self.preferred.action == code else code))

    async def toggle_commune(self, insee: str) -> None:
        """Add a commune to the usual ones, or take it out."""
        there = self.preferred.communes
        if insee not in there and len(there) >= MOST_COMMUNES:
            self.said = FULL
            return
        await self._keep(replace(self.preferred, communes=_toggled(there, insee)))

    async def toggle_place(self, code: str) -> None:
        """Add a kind of place to the first ones, after those chosen so far, or take it out."""
        await self._keep(replace(self.preferred, places=_toggled(self.preferred.places, code)))

    async def choose_theme(self, theme: str) -> None:
        """Choose the theme: day, night, or as the tablet."""
        await self._keep(replace(self.preferred, theme=theme))

    @property
    def server(self) -> str:
        """Return the address of the server, once enrolled."""
        return self._desk.enrolment.server_url if self._desk.enrolment else "—"

    async def _keep(self, wanted: Preferred) -> None:
        try:
            await self._desk.store.keep_note(NOTE, asdict(wanted))
        except StoreError:
            self.said = NOT_KEPT
            return
        self.said = ""
        self._take(wanted)

    def _take(self, found: Preferred) -> None:
        if found.theme != self.preferred.theme:
            self._themed(found.theme)
        self.preferred = self._desk.preferred = found


def _toggled(there: tuple[str, ...], code: str) -> tuple[str, ...]:
    return tuple(c for c in there if c != code) if code in there else (*there, code)


def _known(note: dict[str, Any]) -> Preferred:
    """Return the note without what this version of the app does not know."""
    action, theme = note.get("action", ""), note.get("theme", "system")
    return Preferred(
        action if action in choices.load("action") else "",
        tuple(c for c in note.get("communes", USUAL) if c in territory.communes()),
        tuple(p for p in note.get("places", ()) if p in choices.load("place_type")),
        theme if theme in THEMES else "system",
    )
