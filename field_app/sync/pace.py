"""Pace the link: how much a tablet sends at once, and how long it waits after a failure."""

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
MOST_PATIENCE = 3_600.0
"""Seconds: at most this long does a server keep a tablet silent, whatever it asks for."""
LONGEST_OFFLINE = 60.0
"""At most where no answer came: a link has no memory, and comes back while the worker walks. To wait longer spares
a server little (500 tablets knock 11 times a second on a closed door) and keeps the afternoon on the tablet."""


@dataclass(slots=True)
class Pace:
    """Kept from one sync to the next: a link that is bad now was bad a minute ago.

    A batch shrinks when one does not pass, and grows while they pass quickly. One that was refused as a whole is
    halved to find out why; the next ones grow again to what the link `carried` before, however slowly they pass.
    Only what was refused for its size lowers the `ceiling`, which no batch of this sync reaches again; one below
    the `USUAL` size is doubled at each new sync, as the refusal may have passed, and one above it stays.
    `page` is the most that is asked for at once. `failures` counts the syncs in a row
    that failed without moving anything: one that moved records before the link broke met a bad link, not a server
    that is down. What it moved does not move again, so that trying soon never goes on for ever.
    """

    size: int = USUAL
    ceiling: int = LARGEST + 1
    carried: int = SMALLEST
    page: int = LARGEST
    failures: int = 0
    brisk: float = BRISK
    retry_after: float = 0.0
    longest: float = LONGEST_DELAY
    _moved: bool = False

    def began(self) -> None:
        """Begin a new sync: what was refused for its size below the usual one may pass by now."""
        if self.ceiling <= USUAL:
            self.ceiling = min(self.ceiling * 2, USUAL + 1)

    def passed(self, seconds: float) -> None:
        """Note that a full batch was answered after so long."""
        larger = min(self.size * 2, LARGEST if seconds < self.brisk else max(self.carried, self.size))
        if larger < self.ceiling:
            self.size = larger

    def failed(self) -> None:
        """Note that the link broke under a batch."""
        self.size = min(self.size, max(SMALLEST, self.size // 2))
        self.carried = max(SMALLEST, self.size)

    def refused(self, count: int, for_size: bool) -> None:
        """Note that a batch of so many was refused whole, `for_size` if the answer may be about that."""
        self.carried, self.size = max(self.carried, self.size), max(1, count // 2)
        if for_size:
            self.ceiling = count

    def found(self) -> None:
        """Note that the batch was refused for one record of it: the size had nothing to do with it."""
        self.ceiling = LARGEST + 1

    def page_failed(self, most: int = LARGEST) -> bool:
        """Halve what is asked for at once, where an answer or a question did not pass; return whether it could be
        halved."""
        now = min(self.page, most)
        self.page = max(SMALLEST, now // 2)
        return self.page < now

    def page_passed(self) -> None:
        """Note that a page came in."""
        self.page = min(LARGEST, self.page * 2)

    def moved(self) -> None:
        """Note that records got a receipt, or came in."""
        self._moved = True

    def went_well(self) -> None:
        """Note that a sync ended as it should."""
        self.failures, self.retry_after, self._moved = 0, 0.0, False

    def gave_up(self, retry_after: float = 0.0, offline: bool = False) -> None:
        """Note that a sync failed, perhaps because the link did; the server may have asked to be left alone for so
        long."""
        self.longest = LONGEST_OFFLINE if offline else LONGEST_DELAY
        self.failures = 1 if self._moved and offline else self.failures + 1
        self.retry_after, self._moved = min(max(retry_after, 0.0), MOST_PATIENCE), False

    def delay(self) -> float:
        """Return the seconds to wait before the next try: doubled after each failure, bounded, and jittered so
        that a whole fleet does not come back at the same second."""
        longest = min(self.longest, FIRST_DELAY * 2 ** min(self.failures, 10))
        return max(random.uniform(longest / 2, longest), self.retry_after)  # noqa: S311  # nosec B311  # jitter, not secrecy
