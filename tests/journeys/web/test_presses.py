"""Two taps in a hurry, far from one another: whoever knows the way need not wait for the guard of double taps."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import Window, button, tap, text
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
HURRIED = 300
"""Milliseconds from a screen to the tap on it: longer than a reaction, shorter than the guard."""
EVENTS = """() => {
  self.told = [];
  const tell = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function(message, ...more) {
    if (message.name === "pressed") self.told.push(message.value);
    return tell.call(this, message, ...more);
  };
}"""


def middle(found: Locator) -> tuple[float, float]:
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_settings_and_back_in_a_hurry(world: World, browser: Window) -> None:
    page: Page = browser.page()
    open_home(page, world)
    page.evaluate(EVENTS)
    tap(page, button(page, "Réglages"))
    back = middle(button(page, "Retour à l’accueil"))
    tap(page, button(page, "Retour à l’accueil"))
    expect(button(page, "Nouvelle rencontre")).to_be_visible()
    page.wait_for_timeout(1_000)
    tap(page, button(page, "Réglages"))
    expect(text(page, "Communes habituelles")).to_be_visible()
    page.wait_for_timeout(HURRIED)
    page.mouse.click(*back)
    expect(button(page, "Nouvelle rencontre")).to_be_visible()
    page.mouse.click(4, 4)
    page.mouse.click(10, 10)
    page.keyboard.press("Enter")
    told = page.evaluate("() => self.told")[-3:]
    assert [press["elsewhere"] for press in told] == [True, False, False]
    assert all(0 <= page.evaluate("Date.now()") / 1000 - press["fell"] < 60 for press in told)
    page.mouse.click(400, 400)
    page.evaluate("document.body.click()")  # as a screen reader does: no finger fell
    assert [press["elsewhere"] for press in page.evaluate("() => self.told.slice(-2)")] == [True, False]
