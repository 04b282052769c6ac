"""A real double click, by the mouse: what slides under the finger is not decided on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import LOOK, Window, button, chip, press, reach, tap, text
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home
from tests.journeys.field.test_recording import NEED, SERVICE

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def click_twice(page: Page, target: Locator, milliseconds: int) -> None:
    """Two clicks of the mouse in one place, whatever comes under it in between."""
    reach(page, target)
    page.wait_for_timeout(LOOK)
    box = target.first.bounding_box()
    assert box is not None
    place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for _ in range(2):
        page.mouse.click(*place)
        page.wait_for_timeout(milliseconds)
    page.wait_for_timeout(LOOK)


def refer(page: Page, *where: str) -> None:
    """An encounter with one referral, saved."""
    press(page, button(page, "Nouvelle rencontre"))
    for name in (*where, NEED, SERVICE, "Elle accepte"):
        tap(page, chip(page, name))
    press(page, button(page, "Enregistrer"))
    expect(text(page, "Rencontre enregistrée")).to_be_visible()


def test_a_double_tap_in_the_field_is_one_decision(world: World, browser: Window) -> None:
    page = browser.page()
    open_home(page, world)
    refer(page, "Giromagny", "Mairie")
    for _ in range(5):
        refer(page)

    tap(page, page.get_by_role("button", name="Suites"))
    for milliseconds in (120, 450):  # six persons: two are honoured
        click_twice(page, button(page, "Honorée"), milliseconds)
        expect(text(page, "Noté : Honorée · France Services Giromagny")).to_be_visible()
    tap(page, button(page, "Retour à l’accueil"))

    press(page, button(page, "Nouvelle rencontre"))
    click_twice(page, button(page, "Enregistrer et suivante"), 450)  # seven encounters
    click_twice(page, button(page, "Enregistrer et suivante"), 120)  # eight
    tap(page, button(page, "Retour à l’accueil"))

    tap(page, button(page, "Journal des saisies"))
    expect(chip(page, "Envoyée (10)")).to_be_visible()
    for milliseconds in (120, 450):
        click_twice(page, page.get_by_role("button", name="Supprimer").first, milliseconds)
        expect(text(page, "Supprimer cette rencontre ?")).to_be_visible()  # the second half answered nothing
        click_twice(page, page.get_by_role("button", name="Oui, supprimer").first, milliseconds)
    expect(chip(page, "Envoyée (8)")).to_be_visible()
