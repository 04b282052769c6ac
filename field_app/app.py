"""Opens the store, builds the state, renders the screen it names."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import flet as ft

from field_app import theme, widgets
from field_app.locking.lock import Lock
from field_app.ports import device
from field_app.ports.ports import Ports
from field_app.ports.taps import Taps
from field_app.screens.enrol import BrokenScreen, EnrolScreen
from field_app.screens.figures import FiguresScreen
from field_app.screens.follow_ups import FollowUpsScreen
from field_app.screens.forms.draft import DraftScreen
from field_app.screens.home import HomeScreen
from field_app.screens.introduction import IntroductionScreen
from field_app.screens.journal import JournalScreen
from field_app.screens.lock import LockScreen
from field_app.screens.services import ServicesScreen
from field_app.screens.settings import SettingsScreen
from field_app.state.session import Session
from field_app.widgets.client import Client

ASSETS = Path(__file__).resolve().parent.parent / "assets"


SCREENS: dict[str, Callable[[Session], ft.Control]] = {
    "home": HomeScreen,
    "enrol": EnrolScreen,
    "broken": BrokenScreen,
    "introduction": IntroductionScreen,
    "figures": lambda session: FiguresScreen(session, session.figures),
    "settings": lambda session: SettingsScreen(session, session.settings),
    "follow_ups": lambda session: FollowUpsScreen(session, session.follow_ups),
    "lock": lambda session: LockScreen(session, session.lock),
    "journal": lambda session: JournalScreen(session, session.journal),
    "services": lambda session: ServicesScreen(session, session.services),
}
"""What draws each screen of `Session.screen`; the form stands apart, since it needs a draft."""


@ft.component
def App(session: Session) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the screen that the state names; while one is open over the first, Back is the app’s own."""

    async def hold() -> None:
        await session.installed.hold_back(session.holds_back)

    ft.use_effect(hold, [session.holds_back])
    if session.screen == "draft" and session.draft is not None:
        # A form of its own for each record: the next of a series starts at the top, folded anew.
        return DraftScreen(session, session.draft, key=session.draft.id)  # type: ignore[call-arg]  # flet's own
    shown = SCREENS.get(session.screen)
    if shown is not None:
        return shown(session)
    return widgets.waiting("Ouverture…", alignment=ft.MainAxisAlignment.CENTER)


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


def _woken(session: Session) -> Callable[[ft.AppLifecycleStateChangeEvent], Awaitable[None]]:
    """Return what follows the clock when the tablet comes back from a pocket: no time passed for a loop that slept
    with it."""

    async def handle(event: ft.AppLifecycleStateChangeEvent) -> None:
        if event.state in (ft.AppLifecycleState.RESUME, ft.AppLifecycleState.SHOW):
            await session.check_idle()
            await session.installed.check()

    return handle


def _close_dialogs(page: ft.Page) -> None:
    """Close what lies over the screen: nothing may be answered behind the lock."""
    while page.pop_dialog() is not None:
        pass


async def _step_back(page: ft.Page, session: Session) -> None:
    """Follow a tap on Back: close what lies over the screen, ask before a form is left, else go one step back."""
    if page.pop_dialog() is not None:
        return
    if session.screen == "draft" and session.draft is not None and session.draft.slip is None:
        kept = "Ce que vous avez saisi est gardé en brouillon."
        widgets.ask(page, f"Quitter cette saisie ? {kept}", "Rester", "Quitter", session.leave_form)
    else:
        await session.step_back()


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
    session = Session(lock=Lock(_monotonic=ports.monotonic), _ports=ports)
    taps = Taps(ports.monotonic, session.lock.touch)
    page.data = Client(taps, ports.await_frame)
    if ports.installation is not None:
        ports.installation.listen(taps.hear)
    page.on_app_lifecycle_state_change = _woken(session)
    page.on_close = session.close  # not on_disconnect: a browser that reconnects finds its session again
    session.on_back = lambda: page.run_task(_step_back, page, session)  # as a tap: with the page around it
    session.on_lock = partial(_close_dialogs, page)
    page.render(lambda: App(session))
    await session.open()


def start() -> None:
    """Run the app: in a window of the platform, or as a web server on `FIELD_APP_PORT` of the loopback."""
    port = os.environ.get("FIELD_APP_PORT")
    if port is None:
        ft.run(main, assets_dir=str(ASSETS))
        return
    os.environ.setdefault("FLET_FORCE_WEB_SERVER", "true")  # else flet would open a browser of its own
    ft.run(
        main, view=ft.AppView.WEB_BROWSER, host="127.0.0.1", port=int(port), no_cdn=True, assets_dir=str(ASSETS)
    )
