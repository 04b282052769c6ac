"""The lines before the computing of passwords: how many wait, and how many of one address among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar

from sync_server.access import accounts
from sync_server.errors import ServerError

MOST_AT_THE_DOOR, MOST_OF_ONE, WAIT = 100, 75, 5
"""Sign-ins at a time, those that wait for their turn included; those of one address or browser, so that one that
sends a crowd leaves room for others; seconds after which the next may try again."""
LOOKING_AT_ONCE = 4
"""Sign-ins at a time of which it is asked whether they have to wait: a flood takes no more threads than that."""


class Door:
    """One line, of one event loop: `looking` and `turns` are the threads in which its sign-ins are worked at."""

    def __init__(self) -> None:
        self.looking = CapacityLimiter(LOOKING_AT_ONCE)
        self.turns = CapacityLimiter(accounts.PASSWORDS_AT_ONCE)
        self._places: Counter[str] = Counter()

    @contextmanager
    def take_place(self, who: str) -> Iterator[None]:
        """Take a place in the line until the block ends. Raises ServerError `busy` where it is full."""
        if self._places.total() >= MOST_AT_THE_DOOR or self._places[who] >= MOST_OF_ONE:
            raise ServerError("busy", retry_after=WAIT)
        self._places[who] += 1
        try:
            yield
        finally:
            self._places[who] -= 1
            self._places += Counter()  # forgets whoever left


_STRANGERS: RunVar[Door] = RunVar("the door")
_KNOWN: RunVar[Door] = RunVar("the door of known browsers")


def find_door(known: bool) -> Door:
    """Return the line of this event loop; a crowd in one keeps nobody out who has been in before."""
    kept = _KNOWN if known else _STRANGERS
    try:
        return kept.get()
    except LookupError:
        kept.set(made := Door())
        return made
