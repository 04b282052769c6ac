"""Ask the page around the worker for what only a page may do: see `field_app.ports.installation`."""

from __future__ import annotations

from collections.abc import Callable

from tablet_js import build, opened

from field_app.ports.browser import page
from field_app.ports.installation import Safekeeping


class BrowserInstallation:
    """See `Installation`."""

    build = str(build)

    @property
    def opened_with(self) -> str:
        """Return what stood after `#` in the address, of the last link that was tapped."""
        return str(opened.hash)

    async def look(self) -> Safekeeping:
        """Return how safely the app is kept."""
        return Safekeeping(**await page.ask("state"))

    async def persist(self) -> Safekeeping:
        """Ask the browser to keep it for good."""
        return Safekeeping(**await page.ask("persist"))

    async def install(self) -> str:
        """Let the browser offer to install the app."""
        return str(await page.ask("install"))

    async def check(self) -> None:
        """Look for another build on the server."""
        await page.ask("update")

    async def take_over(self) -> None:
        """Let the build that waits take over."""
        await page.ask("take over")

    async def hold_back(self, held: bool) -> None:
        """Say whose Back it is."""
        await page.ask("hold back", held)

    def listen(self, hear: Callable[[str, object], object]) -> None:
        """Tell of the page's events."""
        page.listen(hear)
