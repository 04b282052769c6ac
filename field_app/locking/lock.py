"""The PIN: chosen once, asked for at each start and after a pause; wrong ones are counted first and delayed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import flet as ft

from shared.french import format_count

LENGTH = 6
FREE = 3
"""Wrong PINs before the first delay."""
DELAYS = (5, 15, 60, 300, 900)
"""Seconds to wait after the fourth wrong PIN in a row, the fifth… the last for all that follow."""
MINUTES = (1, 5, 15)
"""After how long without a touch the tablet may be set to lock."""
Stage = Literal["choose", "again", "unlock"]
WEAK = "Trop facile à deviner : évitez un chiffre répété, une suite ou un motif comme 121212."
WRONG = "Ce code n’est pas le bon."
DIFFERENT = "Les deux codes ne sont pas les mêmes : recommencez."


def is_weak(pin: str) -> bool:
    """Return whether a passer-by would try it first: one digit or a short pattern repeated, or a sequence."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    repeated = any(pin == pin[:n] * (LENGTH // n) for n in (1, 2, 3))
    return repeated or steps in ({1}, {9})


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log
class Lock:
    """`stage` says what is asked, `asked` how often: an empty field each time; `until` (monotonic seconds) when
    the next try may be made."""

    stage: Stage = "unlock"
    asked: int = 0
    message: str = ""
    busy: bool = False
    changing: bool = False
    until: float = 0.0
    minutes: int = 5
    _first: str = ""
    _typed: str = ""  # no listener hears of it: a field redrawn at each digit would lose some
    _touched: float = 0.0
    _monotonic: Callable[[], float] = field(default=time.monotonic)

    @property
    def typed(self) -> str:
        """Return the digits that stand in the field, fewer than six."""
        return self._typed

    @property
    def full(self) -> bool:
        """Return whether six digits stand in the field, to be tried."""
        return len(self._typed) == LENGTH

    @property
    def wait(self) -> int:
        """Seconds until the next try may be made."""
        return max(0, round(self.until - self._monotonic() + 0.5))

    @property
    def idle(self) -> float:
        """Seconds since the worker touched anything."""
        return self._monotonic() - self._touched

    @property
    def due(self) -> bool:
        """Return whether it is time to lock."""
        return self.idle >= self.minutes * 60

    def touch(self) -> None:
        """Note that the worker touched the screen: the idle delay starts anew."""
        self._touched = self._monotonic()

    def type(self, text: str) -> bool:
        """Return what stands in the field; whether the six digits are there."""
        self._typed = "".join(c for c in text if c.isdigit())[:LENGTH]
        return self.full

    def taken(self) -> str:
        """Return the digits typed; the field is emptied."""
        typed, self._typed = self._typed, ""
        self.asked += 1
        return typed

    def ask(self, tries: int = 0) -> None:
        """Ask for the PIN, after so many wrong ones.

        The delay is counted by this run's own clock, from now on: the time of day could be set forward, and
        switching off and on again starts the delay anew instead of skipping it.
        """
        self.stage, self._first, self._typed = "unlock", "", ""
        late = tries - FREE
        delay = DELAYS[min(late, len(DELAYS)) - 1] if late > 0 else 0
        self.until = self._monotonic() + delay
        self.message = f"{WRONG} Attendez {spoken(delay)} avant de réessayer." if delay else WRONG if tries else ""

    def ask_new(self, changing: bool = False) -> None:
        """Ask for a new PIN; `changing` when there is one already."""
        self.stage, self._first, self.message, self.changing, self._typed = "choose", "", "", changing, ""

    def offer(self, pin: str) -> str:
        """Take a new PIN typed once, then again: return it once both are the same and it is no weak one, else an
        empty text."""
        if self.stage == "choose":
            self.message = WEAK if is_weak(pin) else ""
            if not self.message:
                self.stage, self._first = "again", pin
            return ""
        if pin != self._first:
            self.stage, self._first, self.message = "choose", "", DIFFERENT
            return ""
        self._first, self.message = "", ""
        return pin


def spoken(seconds: int) -> str:
    """Format a delay as « 1 seconde », « 45 secondes », « 5 minutes »: a minute begun is said whole."""
    if seconds < 60:
        return format_count(seconds, "seconde")
    minutes = -(-seconds // 60)
    return format_count(minutes, "minute")
