"""Ask the browser how safely it keeps the app, and let it install the app or another build of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Safekeeping:
    """How safely the browser keeps what the app keeps: `persisted` when it promised never to erase it by itself,
    `standalone` when the app was opened as an installed one; `quota` and `usage` in bytes."""

    persisted: bool = False
    standalone: bool = False
    quota: int = 0
    usage: int = 0

    @property
    def safe(self) -> bool:
        """Return whether nothing but a person's hand erases it."""
        return self.persisted or self.standalone


class Installation(Protocol):
    """The app as a page of a browser. A desk and a test have none."""

    build: str
    """What the build calls itself."""

    @property
    def opened_with(self) -> str:
        """Return what stood after `#` in the address the page was opened with; it is in no history any more."""

    async def look(self) -> Safekeeping:
        """Return how safely the app is kept."""

    async def persist(self) -> Safekeeping:
        """Ask the browser to keep it for good, and return what it answers."""

    async def install(self) -> str:
        """Let the browser offer to install the app. Return `accepted`, `dismissed` or `unavailable`."""

    async def check(self) -> None:
        """Look for another build on the server."""

    async def take_over(self) -> None:
        """Let the build that waits take over: the page starts again."""

    async def hold_back(self, held: bool) -> None:
        """Say whether the Back of the browser or of Android is the app’s own, or leaves it."""

    def listen(self, hear: Callable[[str, object], object]) -> None:
        """Tell of `update ready` and `installable`, each with whether it is so; of `opened` when a link is tapped
        while the app is open, of `back` when Back was tapped and is held, of `pressed` at each press: see
        `field_app.ports.taps`."""
