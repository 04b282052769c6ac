"""Opens the store, builds the state, renders the screen it names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import flet as ft

from field_app import theme
from field_app.screens.draft import DraftScreen
from field_app.screens.enrol import BrokenScreen, EnrolScreen
from field_app.screens.home import HomeScreen
from field_app.screens.journal import JournalScreen
from field_app.screens.services import ServicesScreen
from field_app.state.session import Session

ASSETS = Path(__file__).resolve().parent.parent / "assets"


SCREENS: dict[str, Callable[[Session], ft.Control]] = {
    "home": HomeScreen,
    "enrol": EnrolScreen,
    "broken": BrokenScreen,
    "journal": lambda session: JournalScreen(session, session.journal),
    "services": lambda session: ServicesScreen(session, session.services),
}
"""What draws each screen of `Session.screen`; the form stands apart, since it needs a draft."""


@ft.component
def App(session: Session) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """The screen that the state names."""
    if session.screen == "draft" and session.draft is not None:
        return DraftScreen(session, session.draft)
    shown = SCREENS.get(session.screen)
    if shown is not None:
        return shown(session)
    return ft.Row([ft.ProgressRing(), ft.Text("Ouverture…", size=18)], alignment=ft.MainAxisAlignment.CENTER)


async def main(page: ft.Page) -> None:
    """The entry point of every platform."""
    page.title = "Trait d’union"
    page.theme = theme.THEME
    page.dark_theme = theme.DARK_THEME
    page.theme_mode = ft.ThemeMode.SYSTEM
    page.locale_configuration = theme.FRENCH
    page.padding = 0
    session = Session()
    page.on_close = session.close  # not on_disconnect: a browser that reconnects finds its session again
    page.render(lambda: App(session))
    await session.open()


def start() -> None:
    """Runs the app: in a window of the platform, or as a web server on `FIELD_APP_PORT` of the loopback."""
    port = os.environ.get("FIELD_APP_PORT")
    if port is None:
        ft.run(main, assets_dir=str(ASSETS))
        return
    os.environ.setdefault("FLET_FORCE_WEB_SERVER", "true")  # else flet would open a browser of its own
    ft.run(
        main, view=ft.AppView.WEB_BROWSER, host="127.0.0.1", port=int(port), no_cdn=True, assets_dir=str(ASSETS)
    )
