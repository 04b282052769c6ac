"""Starts the app: asks for the PIN first, then loads the rest and leaves the screen to it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flet as ft

from field_app import loading, theme, widgets
from field_app.locking.lock import Lock
from field_app.ports import device
from field_app.ports.ports import SOON, Ports
from field_app.ports.taps import Taps
from field_app.screens.lock import LockScreen
from field_app.state.tablet.first_screen import FirstScreen
from field_app.widgets.client import Client

if TYPE_CHECKING:
    from field_app.state.session import Session

ASSETS = Path(__file__).resolve().parent.parent / "assets"
TYPING = 0.3
"""Seconds within which a page says what was typed before the app was there, where nobody is typing any more."""
KEYBOARD = 0.3
"""Seconds in which a tablet opens its keyboard; six digits take whoever types them far longer."""


@ft.component
def App(first: FirstScreen) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the app: what shows first, then all the rest once it is loaded."""
    return Shown(first, first.session)


@ft.component
def Shown(first: FirstScreen, session: Session | None) -> ft.Control:  # noqa: N802  # as above
    """Draw the PIN’s own screen until the tablet is open, then the screen that the session names."""
    if first.asks and (session is None or session.screen in ("opening", "lock")):
        return LockScreen(first.lock, first.pin_typed)
    if session is None:
        return widgets.opening()
    from field_app.navigation import Navigator  # loaded, since there is a session

    return Navigator(session)


def _felt(page: ft.Page) -> Callable[[], object]:
    """Return a light knock under the finger, where the platform has it: the record is safe, without looking."""
    if sys.platform == "emscripten":
        from field_app.ports.browser.ports import knock

        return lambda: page.run_task(knock)
    if page.web or page.platform not in (ft.PagePlatform.ANDROID, ft.PagePlatform.IOS):
        return lambda: None
    feedback = ft.HapticFeedback()
    return lambda: page.run_task(feedback.light_impact)


def _show_theme(page: ft.Page, theme_name: str) -> None:
    """Apply the theme: day, night, or as the tablet is set."""
    modes = {"day": ft.ThemeMode.LIGHT, "night": ft.ThemeMode.DARK}
    page.theme_mode = modes.get(theme_name, ft.ThemeMode.SYSTEM)
    page.update()


def _locator() -> device.Locate:
    """Return what asks the device where it is, once, on a tap: the service goes with the answer."""

    async def locate() -> tuple[float, float]:
        from flet_geolocator import Geolocator  # at the first tap only: a tablet starts without

        geolocator = Geolocator()
        try:
            await geolocator.request_permission()
            found = await geolocator.get_current_position()
        except (RuntimeError, TimeoutError) as error:  # refused, switched off, no signal
            raise device.NoPositionError from error
        if found.latitude is None or found.longitude is None:
            raise device.NoPositionError
        return found.latitude, found.longitude

    return locate


def device_ports(page: ft.Page) -> Ports:
    """Return the ports of the device that shows this page."""
    shown: dict[str, Any] = {"locate": _locator(), "feel": _felt(page), "show_theme": partial(_show_theme, page)}
    if sys.platform == "emscripten":
        from field_app.ports.browser.ports import browser_ports

        return browser_ports(**shown)
    return Ports(**shown)


async def main(page: ft.Page, ports_of: Callable[[ft.Page], Ports] = device_ports) -> None:
    """Start the app on a page, on every platform; `ports_of` hands in what it asks of the device."""
    page.title = "Trait d’union"
    page.theme = theme.THEME
    page.dark_theme = theme.DARK_THEME
    page.theme_mode = ft.ThemeMode.SYSTEM
    page.locale_configuration = theme.FRENCH
    page.padding = 0
    ports = ports_of(page)
    first = FirstScreen(Lock(_monotonic=ports.monotonic), narrow=widgets.is_narrow(), _ports=ports)
    taps = Taps(ports.monotonic, first.lock.touch)
    page.data = Client(taps, ports.await_frame)
    page.on_resize = partial(_turn, first)
    if ports.installation is not None:
        ports.installation.listen(taps.hear)
    asking = asyncio.create_task(first.ask())
    # Whoever still types in the field of the page’s start is not waited for: the rest is loaded meanwhile.
    await asyncio.wait({asking}, timeout=TYPING)
    drawn = first.asks
    try:
        if drawn:
            await _draw_lock(page, first, ports)
    finally:
        loading.allow()
    await loading.load()
    await asking
    from field_app.navigation import make_session

    try:
        await first.go_on(make_session(page, first, ports))
    finally:
        if not drawn:  # what the page drew by itself stood until there was a screen to show
            page.render(lambda: App(first))


def _turn(first: FirstScreen, event: ft.PageResizeEvent) -> None:
    """Draw anew what is laid out for a tablet held the other way. A keyboard that opens changes no width."""
    first.narrow = event.width < theme.WIDEST


async def _draw_lock(page: ft.Page, first: FirstScreen, ports: Ports) -> None:
    """Draw the PIN’s own screen, and leave the device to itself until it stands there with its keyboard."""
    page.render(lambda: App(first))
    await asyncio.sleep(SOON)
    await ports.await_frame()
    await asyncio.sleep(KEYBOARD)


def start() -> None:
    """Run the app: in a window of the platform, or as a web server on `FIELD_APP_PORT` of the loopback."""
    port = os.environ.get("FIELD_APP_PORT")
    if port is None:
        ft.run(main, assets_dir=str(ASSETS))
        return
    from field_app.web_mode import serve

    serve(ft.run(main, no_cdn=True, assets_dir=str(ASSETS), export_asgi_app=True), int(port))
