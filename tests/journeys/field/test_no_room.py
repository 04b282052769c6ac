"""The browser grants the tablet no more room: it says so in words, and what was saved stays saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Worker, expect

from field_app.locking.entrance import DAMAGED
from field_app.state.forms.drafts import FULL
from tests.browser import (
    Window,
    button,
    chip,
    expose_names,
    open_app,
    press,
    tap,
    text,
    type_pin,
    unlock,
)
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_without_server
from tests.journeys.field.test_straight_line import record

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.installs,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
NO_ROOM = """() => {
  const handles = FileSystemSyncAccessHandle.prototype;
  self.write = handles.write;
  handles.write = () => { throw new DOMException("No space available for this operation", "QuotaExceededError"); };
}"""
"""What Chromium says where its quota is used up: `tests/conformance` uses a real one up, a megabyte."""
ROOM_AGAIN = "() => { FileSystemSyncAccessHandle.prototype.write = self.write; }"


def python_of(page: Page) -> Worker:
    """The worker that Python runs in."""
    [found] = [worker for worker in page.workers if worker.url.endswith("/worker.js")]
    return found


def test_a_browser_without_room_refuses_in_words_and_keeps_what_it_saved(world: World, browser: Window) -> None:
    page = browser.page()
    open_without_server(page, world)
    record(page, "Giromagny", "Mairie", "Homme")
    press(page, button(page, "Nouvelle rencontre"))
    tap(page, chip(page, "Femme"))
    python_of(page).evaluate(NO_ROOM)
    press(page, button(page, "Enregistrer"))
    expect(text(page, FULL)).to_be_visible()
    expect(text(page, "Rencontre enregistrée")).to_have_count(0)
    expect(chip(page, "Femme")).to_be_checked()  # the form is still there, with what was entered
    press(page, button(page, "Enregistrer"))
    expect(text(page, FULL)).to_be_visible()
    python_of(page).evaluate(ROOM_AGAIN)
    press(page, button(page, "Enregistrer"))
    expect(text(page, "Rencontre enregistrée")).to_be_visible()
    page = browser.pull_battery()
    open_app(page, world.app)
    unlock(page)
    expect(text(page, "2 saisies à envoyer")).to_be_visible()


def test_a_tablet_that_starts_without_room_says_so_at_its_pin_and_loses_nothing(
    world: World, browser: Window
) -> None:
    page = browser.page()
    open_without_server(page, world)
    record(page, "Giromagny", "Mairie", "Homme")
    page = browser.pull_battery()
    with page.expect_worker(lambda worker: worker.url.endswith("/worker.js")) as starting:
        page.goto(world.app)
    starting.value.evaluate(NO_ROOM)  # before Python is there
    expose_names(page)
    expect(text(page, "Tablette verrouillée")).to_be_visible()
    type_pin(page)
    expect(text(page, DAMAGED)).to_be_visible()
    open_app(page, world.app)
    unlock(page)
    expect(text(page, "1 saisie à envoyer")).to_be_visible()
