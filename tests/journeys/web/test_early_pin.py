"""The field « Code PIN » of the page that stands while Python starts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import PIN, Window
from tests.journeys.web.small_build import Site, Tablet

pytestmark = pytest.mark.journey
TAKE = "() => { self.tablet.page('take pin').then((digits) => { self.digits = digits; }); }"
DEAD_WORKER = """
window.Worker = class extends Worker {
  constructor(url, options) {
    const isPython = String(url).endsWith("/worker.js");
    super(isPython ? URL.createObjectURL(new Blob([""], { type: "text/javascript" })) : url, options);
    if (isPython) window.die = () => this.onerror({ message: "out of memory" });
  }
};
"""
TAKEN = "() => self.digits ?? null"
HELD = """async () => ({
  local: Object.entries(localStorage), session: Object.entries(sessionStorage), typed: document.body.innerHTML,
  databases: (await indexedDB.databases()).map((each) => each.name),
})"""


def pin_field(page: Page) -> Locator:
    return page.get_by_label("Code PIN")


@pytest.fixture
def tablet(site: Site, browser: Window) -> Tablet:
    """A tablet whose worker chose a PIN, and that starts again: Python has not asked for it yet."""
    tablet = Tablet(browser, site).open()
    expect(pin_field(tablet.page)).to_have_count(0)  # no PIN, no field
    tablet.ask("expect pin", True)
    tablet.page.goto(site.url)
    tablet.page.wait_for_function("() => opening.started")
    expect(pin_field(tablet.page)).to_be_focused()  # Flutter, beneath it, takes no key away
    return tablet


def wait_for_digits(tablet: Tablet, patience: int = 10_000) -> str:
    """Return what Python was handed."""
    for _ in range(patience // 50):
        if (digits := tablet.python.evaluate(TAKEN)) is not None:
            return str(digits)
        tablet.page.wait_for_timeout(50)
    raise AssertionError("nothing was handed over")


def test_the_splash_waits_for_the_rest_of_a_pin_and_keeps_no_trace_of_it(tablet: Tablet) -> None:
    page = tablet.page
    page.keyboard.type(PIN[:4])
    tablet.python.evaluate(TAKE)
    expect(page.get_by_text("tapez la fin du code")).to_be_visible()
    page.wait_for_timeout(500)
    assert tablet.python.evaluate(TAKEN) is None
    page.keyboard.type("x" + PIN[4:])  # what is no digit is none
    assert wait_for_digits(tablet) == PIN
    expect(pin_field(page)).to_have_count(0)
    expect(page.locator("#splash")).to_be_visible()  # until Python has drawn what it opened
    tablet.python.evaluate("() => self.draw()")
    expect(page.locator("#splash")).to_have_count(0)
    held = page.evaluate(HELD)
    assert PIN not in str(held)
    assert (held["local"], held["session"]) == ([["has a pin", "1"]], [])
    assert tablet.ask("take pin") == ""  # once


def test_a_worker_who_stops_in_the_middle_gets_the_lock_screen_with_what_was_typed(tablet: Tablet) -> None:
    tablet.page.keyboard.type(PIN[:2])
    tablet.python.evaluate(TAKE)
    assert wait_for_digits(tablet) == PIN[:2]


def test_who_types_nothing_waits_for_nothing(tablet: Tablet) -> None:
    tablet.python.evaluate(TAKE)
    assert wait_for_digits(tablet, 1_000) == ""
    tablet.python.evaluate("() => self.draw()")
    expect(tablet.page.locator("#splash")).to_have_count(0)


def test_a_python_that_never_asks_is_shown_all_the_same(tablet: Tablet) -> None:
    expect(tablet.page.locator("#splash")).to_have_count(0, timeout=30_000)
    assert tablet.ask("take pin") == ""


def test_a_tablet_that_has_no_pin_any_more_takes_the_field_away(tablet: Tablet) -> None:
    tablet.page.keyboard.type(PIN)
    tablet.ask("expect pin", False)
    expect(tablet.page.locator("#splash")).to_have_count(0, timeout=4_000)
    assert tablet.page.evaluate("() => localStorage.length") == 0
    tablet.page.reload()
    tablet.wait()
    expect(pin_field(tablet.page)).to_have_count(0)


def test_a_second_tab_asks_for_no_pin_before_its_turn(site: Site, browser: Window, tablet: Tablet) -> None:
    second = browser.page()
    second.goto(site.url)
    expect(second.get_by_text("déjà ouverte dans un autre onglet")).to_be_visible()
    expect(pin_field(second)).to_be_hidden()
    tablet.page.close()
    expect(pin_field(second)).to_be_focused()


def test_an_app_that_does_not_start_takes_no_pin(site: Site, browser: Window, tablet: Tablet) -> None:
    tablet.page.add_init_script(DEAD_WORKER)
    tablet.page.goto(site.url)
    expect(pin_field(tablet.page)).to_be_focused()
    tablet.page.keyboard.type(PIN)
    tablet.page.evaluate("() => self.die()")
    expect(tablet.page.get_by_role("button", name="Réessayer")).to_be_visible()
    expect(pin_field(tablet.page)).to_have_count(0)


def test_a_browser_that_refuses_storage_opens_as_before(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site)
    tablet.page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error(); } })")
    tablet.open()
    assert tablet.ask("take pin") == ""
    tablet.ask("expect pin", True)
