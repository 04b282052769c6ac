"""Back in the browser: it closes what is open in the app, and leaves the app from home only."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Window, button, chip, tap, text
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def step_back(page: Page) -> None:
    """Tap Back; a person sees what came of it before the next."""
    page.evaluate("() => history.back()")
    page.wait_for_timeout(1_200)


def test_back_never_leaves_the_app_from_a_form_and_does_from_home(world: World, browser: Window) -> None:
    page = browser.page()
    open_home(page, world)
    before = page.evaluate("() => history.length")
    tap(page, button(page, "Nouvelle rencontre"))
    tap(page, chip(page, "Giromagny"))
    for _ in range(2):  # twice without a tap between: the question, then the form again
        step_back(page)
    expect(button(page, "Enregistrer")).to_be_visible()
    expect(button(page, "Rester")).to_have_count(0)
    tap(page, chip(page, "Giromagny"))
    step_back(page)
    tap(page, button(page, "Quitter"))
    expect(button(page, "Nouvelle rencontre")).to_be_visible()
    tap(page, button(page, "Annuaire"))
    tap(page, page.get_by_role("button", name="Voir ").first)
    expect(text(page, "Signaler une erreur")).to_be_visible()
    step_back(page)
    expect(text(page, "Rechercher un service")).to_be_visible()
    step_back(page)
    expect(button(page, "Nouvelle rencontre")).to_be_visible()
    tap(page, button(page, "Réglages"))
    tap(page, button(page, "Retour à l’accueil"))
    expect(button(page, "Nouvelle rencontre")).to_be_visible()
    assert page.evaluate("() => history.state?.held ?? 0") == 0  # home is the app’s first page again
    assert page.evaluate("() => history.length") - before <= 2
    page.go_back(wait_until="commit")
    assert page.url == "about:blank"
    assert browser.strangers == set()
