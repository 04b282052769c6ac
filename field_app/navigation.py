"""Draws the screen that the session names, and follows what takes the person from one to another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import flet as ft

from field_app import widgets
from field_app.ports.ports import Ports
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
from field_app.state.tablet.first_screen import FirstScreen

SCREENS: dict[str, Callable[[Session], ft.Control]] = {
    "home": HomeScreen,
    "enrol": EnrolScreen,
    "broken": BrokenScreen,
    "introduction": IntroductionScreen,
    "figures": lambda session: FiguresScreen(session, session.figures),
    "settings": lambda session: SettingsScreen(session, session.settings),
    "follow_ups": lambda session: FollowUpsScreen(session, session.follow_ups),
    "lock": lambda session: LockScreen(session.lock, session.pin_typed, session.keep_pin),
    "journal": lambda session: JournalScreen(session, session.journal),
    "services": lambda session: ServicesScreen(session, session.services),
}
"""What draws each screen of `Session.screen`; the form stands apart, since it needs a draft."""


@ft.component
def Navigator(session: Session) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the screen that the state names; while one is open over the first, Back is the app’s own."""

    async def hold() -> None:
        await session.installed.hold_back(session.holds_back)

    ft.use_effect(hold, [session.holds_back])
    if session.screen == "draft" and session.draft is not None:
        # A form of its own for each record: the next of a series starts at the top, folded anew.
        return DraftScreen(session, session.draft, key=session.draft.id)  # type: ignore[call-arg]  # flet's own
    shown = SCREENS.get(session.screen)
    return shown(session) if shown is not None else widgets.opening()


def make_session(page: ft.Page, first: FirstScreen, ports: Ports) -> Session:
    """Return the session of a page, which follows its Back, its pauses and its end."""
    session = Session(lock=first.lock, _ports=ports)
    page.on_app_lifecycle_state_change = _woken(session)
    page.on_close = session.close  # not on_disconnect: a browser that reconnects finds its session again
    page.on_connect = session.lock_now  # a tab loaded again, in web mode: elsewhere it starts anew by itself
    session.on_back = lambda: page.run_task(_step_back, page, session)  # as a tap: with the page around it
    session.on_lock = partial(_close_dialogs, page)
    return session


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
