"""A tab that the browser freezes to have its memory back, in the middle of an entry and of a sync."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser import (
    CHROMIUM,
    FLAGS,
    HAND,
    PATIENCE,
    TABLET,
    button,
    chip,
    focus,
    press,
    reach,
    tap,
    text,
    type_in,
)
from tests.journeys.conftest import World
from tests.journeys.enrolled import enrol
from tests.journeys.field.test_no_room import python_of
from tools.run import stop

pytestmark = [
    pytest.mark.journey,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
TICKS = "() => { self.ticks = [Date.now()]; setInterval(() => { self.ticks.push(Date.now()); }, 50); }"
STOOD = "() => Math.max(...self.ticks.slice(1).map((at, before) => at - self.ticks[before]))"
"""How many milliseconds it stood still at a stretch. Asked for afterwards: a frozen worker may not answer."""
AWAY = 4_000
"""Milliseconds that a tab is frozen for."""


@contextmanager
def unwatched() -> Iterator[Page]:
    """A tab that may be hidden and frozen. Those of Playwright's own browsers have the focus always, and what has
    the focus is never frozen: this browser is started beside it."""
    with TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        given = ["--headless=new", f"--window-size={TABLET[0]},{TABLET[1]}", "--remote-debugging-port=0"]
        command = [CHROMIUM, *FLAGS, *given, f"--user-data-dir={profile}", "--lang=fr-FR", "about:blank"]
        process, told = subprocess.Popen(command), Path(profile) / "DevToolsActivePort"
        try:
            while not told.exists() or not told.read_text().count("\n"):
                time.sleep(0.1)
            port, path = told.read_text().split()
            with sync_playwright() as playwright:
                address = f"ws://127.0.0.1:{port}{path}"
                found = playwright.chromium.connect_over_cdp(address, no_defaults=True)
                page = found.contexts[0].pages[0]  # it has the focus: one made here has not
                page.bring_to_front()
                page.set_default_timeout(PATIENCE)
                expect.set_options(timeout=PATIENCE)
                yield page
        finally:
            stop([process])


def freeze(page: Page) -> None:
    """Freeze a tab as a browser does that wants the memory back, and thaw it: meanwhile neither the page nor
    Python runs."""
    devtools, python = page.context.new_cdp_session(page), python_of(page)
    for place in (page, python):
        place.evaluate(TICKS)
    other = page.context.new_page()
    other.bring_to_front()
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    other.wait_for_timeout(1_000 + AWAY)
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    other.close()
    page.bring_to_front()
    page.wait_for_timeout(500)
    assert all(place.evaluate(STOOD) >= AWAY for place in (page, python))


def test_a_tab_that_was_frozen_keeps_what_was_typed_and_sends_what_was_saved(world: World) -> None:
    with unwatched() as page:
        enrol(page, world)
        press(page, button(page, "Partenariat"))
        tap(page, chip(page, "Giromagny"))
        tap(page, chip(page, "CCAS"))
        type_in(page, "Structure", "CCAS de Giro")
        freeze(page)
        field = reach(page, page.get_by_role("textbox", name="Structure"))
        expect(field).to_have_value("CCAS de Giro")
        focus(field)
        page.keyboard.press("End")
        page.wait_for_timeout(HAND)  # as for Ctrl+A: Flutter answers with the text as it was
        page.keyboard.type("magny", delay=5)
        press(page, button(page, "Enregistrer"))
        expect(text(page, "Contact partenaire enregistré")).to_be_visible()
        freeze(page)  # at once: it may be on its way
        expect(text(page, "Tout est envoyé")).to_be_visible()
    assert world.ask("SELECT structure FROM partner_contact") == ["CCAS de Giromagny"]
