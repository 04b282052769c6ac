"""How a tablet treats its link: how much it sends at once, and how long it waits after a failure."""

from __future__ import annotations

import random
from dataclasses import dataclass

from shared import wire

SMALLEST, USUAL, LARGEST = 5, 100, wire.MOST_RECORDS
"""Records in one batch: what still passes a bad link, what a first sync tries, the most the wire takes."""
BRISK = 2.0
"""Seconds: a batch answered sooner may be followed by a larger one."""
FIRST_DELAY, LONGEST_DELAY = 5.0, 300.0
"""Seconds before the first retry, and at most: retries never stop and never hammer."""
LONGEST_OFFLINE = 60.0
"""At most where no answer came: a link has no memory, and comes back while the worker walks. To wait longer spares
a server little (500 tablets knock 11 times a second on a closed door) and keeps the afternoon on the tablet."""


@dataclass(slots=True)
class Pace:
    """Kept from one sync to the next: a link that is bad now was bad a minute ago.

    A batch shrinks when one does not pass, and grows while they pass quickly. `failures` counts the syncs in a row
    that failed without moving anything: one that moved records before the link broke met a bad link, not a server
    that is down. What it moved does not move again, so that trying soon never goes on for ever.
    """

    size: int = USUAL
    failures: int = 0
    retry_after: float = 0.0
    longest: float = LONGEST_DELAY
    _moved: bool = False

    def passed(self, seconds: float) -> None:
        """A full batch was answered after so long."""
        if seconds < BRISK:
            self.size = min(LARGEST, self.size * 2)

    def failed(self) -> None:
        """The link broke under a batch."""
        self.size = max(SMALLEST, self.size // 2)

    def moved(self) -> None:
        """Records got a receipt, or came in."""
        self._moved = True

    def went_well(self) -> None:
        """A sync ended as it should."""
        self.failures, self.retry_after, self._moved = 0, 0.0, False

    def gave_up(self, retry_after: float = 0.0, offline: bool = False) -> None:
        """A sync failed, perhaps because the link did; the server may have asked to be left alone for so long."""
        self.longest = LONGEST_OFFLINE if offline else LONGEST_DELAY
        self.failures = 1 if self._moved and offline else self.failures + 1
        self.retry_after, self._moved = retry_after, False

    def delay(self) -> float:
        """Seconds to wait before the next try: doubled after each failure, bounded, and jittered so that a whole
        fleet does not come back at the same second."""
        longest = min(self.longest, FIRST_DELAY * 2 ** min(self.failures, 10))
        return max(random.uniform(longest / 2, longest), self.retry_after)  # noqa: S311  # jitter, not secrecy
