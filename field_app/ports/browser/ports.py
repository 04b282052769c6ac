"""Gather what a browser brings to the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyodide.ffi import JsException

from field_app.ports.browser import page
from field_app.ports.browser.ciphers import BrowserCiphers
from field_app.ports.browser.early_pin import BrowserEarlyPin
from field_app.ports.browser.installation import BrowserInstallation
from field_app.ports.browser.secret import BrowserSecrets
from field_app.ports.browser.storage import OpfsStorage
from field_app.ports.ports import Ports
from field_app.ports.vault import Vaults

if TYPE_CHECKING:
    import httpx

KNOCK = 20
"""Milliseconds of a light knock under the finger, where the tablet has a motor."""


async def knock() -> None:
    """Knock lightly under the finger."""
    await page.ask("vibrate", KNOCK)


async def await_frame() -> None:
    """Wait for the frame that shows what was sent to Flutter: until then it knows of nothing new to go to."""
    await page.ask("frame")


async def print_picture(picture: bytes) -> None:
    """Hand a PNG to the printer, as the page that the browser prints. Raises RuntimeError where it cannot."""
    try:
        await page.ask("print", picture)
    except JsException as error:
        raise RuntimeError("not printed") from error


def use_fetch() -> httpx.AsyncBaseTransport:
    """Return what carries the requests of the next connection."""
    from field_app.ports.browser.transport import FetchTransport  # brings httpx: a tablet starts without

    return FetchTransport()


def browser_ports(**shown: Any) -> Ports:
    """Return the ports of a browser; `shown` are those that the screen brings, by their name in `Ports`."""
    return Ports(
        storage=OpfsStorage(), secrets=BrowserSecrets, vaults=Vaults(BrowserCiphers()), transport=use_fetch,
        installation=BrowserInstallation(), early_pin=BrowserEarlyPin(), print_picture=print_picture,
        await_frame=await_frame,
        **shown,
    )  # fmt: skip
