"""The start of the app: what it shows until all of it is loaded, and the PIN is asked for meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import flet as ft

from field_app.locking.entrance import TROUBLE, Entrance, find_entrance
from field_app.locking.lock import Lock
from field_app.ports.ports import Ports

if TYPE_CHECKING:
    from field_app.state.session import Session

LONGEST = 30.0
"""Seconds that the start waits at most for what was typed before it: the page answers sooner, or something is
wrong with it, and the lock screen comes all the same."""


@ft.observable
@dataclass(repr=False)
class FirstScreen:
    """`asks` while the first screen is that of the PIN: one and the same until the tablet is open, since a field
    that is drawn anew loses the digit under way. `session` does all else, from when it is loaded. `narrow` says
    whether the tablet is held upright: what is laid out for one way is drawn anew for the other."""

    lock: Lock = field(default_factory=Lock)
    asks: bool = False
    narrow: bool = False
    session: Session | None = None
    _ports: Ports = field(default_factory=Ports)
    _way_in: Entrance | None = None

    async def ask(self) -> None:
        """Ask for the PIN where there is one, unless it was typed while Python started: then it is tried first, as
        if typed here. What stands in the way is met again, and said, by the session."""
        with suppress(*TROUBLE):
            way_in = await find_entrance(self._ports)
            if way_in.locked:
                self.lock.ask(way_in.tries)
                self.asks = not self.lock.type(await self._early_digits())
            self._way_in = way_in

    async def go_on(self, session: Session) -> None:
        """Leave all else to the session; a PIN that was typed meanwhile is tried at once."""
        self.session = session
        await session.open(self._way_in)
        self._leave()

    async def pin_typed(self) -> None:
        """Try the six digits; before the session is there they wait for it, and the person sees that they do."""
        if self.session is None:
            self.lock.busy = True
            return
        await self.session.pin_typed()
        self._leave()

    def _leave(self) -> None:
        if self.session is not None and self.session.screen != "lock":
            self.asks = False

    async def _early_digits(self) -> str:
        if self._ports.early_pin is None:
            return ""
        try:
            return await asyncio.wait_for(self._ports.early_pin.take(), LONGEST)
        except TimeoutError:
            return ""
