"""From a tap to the screen in the installed app against Flet's web mode, whose Python is the machine's own."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, Playwright, expect

from tests import browser
from tests.browser import TABLET, Window, open_app, unlock
from tools.bench.tablet import BACK, HOME, SAVED, WALK, fill, tap
from tools.run import data_environment, launch, stop

Taps = dict[str, list[float]]
"""By what is tapped, the milliseconds of each time."""


def fill_tablet(folder: Path, records: int) -> None:
    """Lay out a tablet with so many records; before Playwright starts, which has an event loop of its own."""
    folder.mkdir()
    asyncio.run(fill(folder, records)).close()


@contextmanager
def web_mode(folder: Path, playwright: Playwright) -> Iterator[Page]:
    """Start the tablet laid out there in web mode, and unlock it."""
    env = data_environment() | {"FLET_APP_STORAGE_DATA": str(folder)}
    process, port = launch(["main.py"], env, "FIELD_APP_PORT", 0)
    tablet = Window(playwright, folder / "browser", TABLET, "light", installs=False)
    try:
        page = tablet.page()
        open_app(page, f"http://127.0.0.1:{port}/")
        unlock(page)
        yield page
    finally:
        tablet.close()
        stop([process])


def begin(page: Page) -> None:
    """Save a first encounter: its place is proposed from then on, and « Enregistrer » alone saves the next."""
    browser.tap(page, browser.button(page, "Nouvelle rencontre"))
    for name in ("Giromagny", "Espace public"):
        browser.tap(page, browser.chip(page, name))
    browser.tap(page, browser.button(page, "Enregistrer"))
    expect(browser.text(page, "Rencontre enregistrée")).to_be_visible()


def walk(page: Page, found: Taps) -> None:
    """Open each screen from home and come back, then save an encounter, noting each tap."""
    for name, step in WALK.items():
        found.setdefault(name, []).append(tap(page, *step))
        found.setdefault(HOME, []).append(tap(page, *BACK))
    tap(page, *WALK["Nouvelle rencontre"])
    found.setdefault(SAVED, []).append(tap(page, "Enregistrer", "Nouvelle rencontre"))


def compare(installed: Page, other: Page, times: int) -> list[tuple[str, float, float]]:
    """Return what is tapped, with the median milliseconds of the installed app and of web mode, walked in turn;
    the first walk of each is not counted."""
    ours: Taps = {}
    theirs: Taps = {}
    for page in (installed, other):
        begin(page)
    for turn in range(times + 1):
        walk(installed, ours if turn else {})
        walk(other, theirs if turn else {})
    return [(name, statistics.median(times), statistics.median(theirs[name])) for name, times in ours.items()]
