"""Say how safely the browser keeps this tablet's records, install the app, and take another build of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

import flet as ft

from field_app.ports.installation import Installation, Safekeeping

CODE = "code="
NEW_ENCOUNTER = "nouvelle-rencontre"
NOT_SAFE = (
    "L’application n’est pas installée sur cette tablette : le navigateur peut effacer vos saisies non envoyées. "
    "Ne l’utilisez jamais dans une fenêtre privée."
)


@ft.observable
@dataclass
class Installed:
    """`standing` is None where the app is no page of a browser, or before the page has answered; `update_ready`
    tells that another build waits, `installable` that the browser offers to install by itself,
    `went_back` that the last build did not start and the one before serves again; `asked` what became
    of the last offer; `_linked` is called when a link is tapped while the app is open, `_back` when Back is."""

    standing: Safekeeping | None = None
    update_ready: bool = False
    installable: bool = False
    went_back: bool = False
    asked: str = ""
    busy: bool = False
    _followed: bool = field(default=False, repr=False)
    _linked: Callable[[], Coroutine[None, None, None]] | None = field(default=None, repr=False)
    _back: Callable[[], object] | None = field(default=None, repr=False)
    _following: asyncio.Future[None] | None = field(default=None, repr=False)
    _port: Installation | None = field(default=None, repr=False)

    def begin(self) -> None:
        """Hear of the page's events from now on."""
        if self._port is not None:
            self._port.listen(self.hear)

    def hear(self, name: str, value: object) -> None:
        """Take note of an event of the page."""
        if name == "update ready":
            self.update_ready = bool(value)
        elif name == "installable":
            self.installable = bool(value)
        elif name == "went back":
            self.went_back = bool(value)
        elif name == "opened" and self._linked is not None:
            self._followed = False
            self._following = asyncio.ensure_future(self._linked())
        elif name == "back" and self._back is not None:
            self._back()

    async def hold_back(self, held: bool) -> None:
        """Say whether Back is the app’s own: it is while something is open in it."""
        if self._port is not None:
            await self._port.hold_back(held)

    @property
    def build(self) -> str:
        """Return what the build calls itself; empty where there is none."""
        return self._port.build if self._port is not None else ""

    @property
    def code(self) -> str:
        """Return the one-time code of the enrolment link that the app was opened with; empty without."""
        opened = self._port.opened_with if self._port is not None else ""
        return opened.removeprefix(CODE).strip() if opened.startswith(CODE) else ""

    def follow_link(self) -> tuple[str, bool]:
        """Return, once, the code of the link and whether the shortcut « Nouvelle rencontre » opened it."""
        if self._followed or self._port is None:
            return "", False
        self._followed = True
        return self.code, self._port.opened_with == NEW_ENCOUNTER

    @property
    def warning(self) -> str:
        """Return what to say while the browser may erase the records by itself; empty once it may not."""
        return NOT_SAFE if self.standing is not None and not self.standing.safe else ""

    @property
    def sentence(self) -> str:
        """Return how safely the records are kept, and how much room is left, as the settings say it."""
        if self.standing is None:
            return ""
        left = max(0, self.standing.quota - self.standing.usage) // 1_000_000
        room = f"Place restante pour l’application : {_amount(left)}."
        if self.standing.standalone and self.standing.persisted:
            return f"Application installée ; le navigateur garde vos saisies sans limite de durée. {room}"
        if self.standing.persisted:
            return f"Le navigateur garde vos saisies sans limite de durée. {room}"
        if self.standing.standalone:
            return f"Application installée. {room}"
        return room

    async def look(self) -> None:
        """Ask how safely the app is kept."""
        if self._port is not None:
            self.standing = await self._port.look()

    async def persist(self) -> None:
        """Ask the browser to keep the records for good: it may refuse now and grant it after some days of use."""
        if self._port is not None:
            self.standing = await self._port.persist()

    async def install(self) -> None:
        """Let the browser offer to install the app; where it cannot, the steps are shown."""
        if self._port is not None:
            self.asked = await self._port.install()
            await self.persist()

    async def check(self) -> None:
        """Look for another build: an app that is never closed would go on with the one it was opened with."""
        if self._port is not None:
            await self._port.check()

    async def take_over(self) -> None:
        """Start the build that waits. What is under way is a draft already, so nothing is lost."""
        if self._port is not None and not self.busy:
            self.busy = True
            await self._port.take_over()


def _amount(megabytes: int) -> str:
    return f"{megabytes // 1000} Go" if megabytes >= 1000 else f"{megabytes} Mo"
