"""Tell a tap that was meant from the second half of a double one, which falls on what slid under the finger."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

CALM = 0.8
"""Seconds after a screen has moved under the finger before a tap on something else is believed. A cold or hurried
thumb taps twice within 0.1 to 0.5 s; nobody reads what has just come and decides on it sooner."""
OLDEST = 10.0
"""Seconds that a page may have been busy, at most, since the finger fell on it."""
REACTION = 0.25
"""The same for a tap far from the one before, which is no second half of a double one: whoever knows the way taps
without reading. Sooner than a hand reacts to what it sees, it was aimed at what stood there before."""
Target = tuple[int, str]
"""One thing that can be tapped: what the client knows it by, and the words on it."""
Drawn = tuple[Target, ...]
"""What can be tapped on a screen, from top to bottom."""


@dataclass(slots=True)
class Tap:
    """A tap that was believed: on what, what stood on the screen down to it, when it began, when it was done."""

    target: Target
    above: Drawn
    began: float
    done: float | None = None

    def moved(self, drawn: Drawn) -> bool:
        """Return whether what was tapped is gone, or no longer follows the same things as when it was tapped."""
        return drawn[: len(self.above)] != self.above


class Taps:
    """Follow the taps of one person on one tablet; `monotonic` and `clock` give seconds, of which `clock` since
    1970 as the page does, `touched` hears of each tap."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        touched: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._monotonic = monotonic
        self._touched = touched
        self._clock = clock
        self._last: Tap | None = None
        self._elsewhere = False
        self._fell: float | None = None

    def hear(self, name: str, value: object) -> None:
        """Take note of an event of the page, `pressed`: whether the finger fell far from where it fell before
        (`elsewhere`), and when, in seconds since 1970 (`fell`). A desk never tells: each of its taps may be the
        second of two, and is taken to fall when it is heard of."""
        if name == "pressed" and isinstance(value, dict):
            self._elsewhere = bool(value["elsewhere"])
            age = self._clock() - float(value["fell"])
            # A clock put right in between tells nothing: nobody's finger falls later, or that much sooner.
            self._fell = self._monotonic() - age if 0 <= age <= OLDEST else None

    def begin(self, target: Target, drawn: Drawn) -> Tap | None:
        """Return the tap, to be given to `end`; None where it is to be ignored, since the screen has just moved.

        The same thing tapped again is the business of its action: a stepper counts each tap, a save is made once.
        """
        # A slow tablet tells of the second half of a double tap when it has drawn what the first one led to: what
        # counts is when the finger fell.
        last, now = self._last, self._monotonic() if self._fell is None else self._fell
        self._fell = None  # of this tap alone: a screen reader's has no finger
        # An action may go on long after its first redraw (a sync): then the time runs from the tap.
        since = 0.0 if last is None else last.began if last.done is None else last.done
        calm = REACTION if self._elsewhere else CALM
        if last is not None and target != last.target and now - since < calm and last.moved(drawn):
            self._touched()  # the worker is there: a tablet in use does not lock
            return None
        return self.follow(target, drawn)

    def follow(self, target: Target, drawn: Drawn) -> Tap:
        """Note what was typed or chosen, which is always meant; return it as the tap before the next."""
        self._touched()
        self._fell = None
        # What is not on the screen (the button of a dialog) moves nothing there.
        above = drawn[: drawn.index(target) + 1] if target in drawn else ()
        self._last = Tap(target, above, self._monotonic())
        return self._last

    def end(self, tap: Tap) -> None:
        """Note that the action of a tap is done, and the screen drawn anew."""
        tap.done = self._monotonic()

    def cover(self, tap: Tap) -> None:
        """Note that something was drawn over the screen: whatever is under the finger now was not there before."""
        tap.above = ((-1, ""),)
