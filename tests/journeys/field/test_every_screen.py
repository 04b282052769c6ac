"""Every screen on a phone and on a tablet, with the text as it is and twice as large: nothing cut, all named."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE, TABLET, button, chip, press, tap, text, window
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home
from tests.journeys.field.test_recording import NEED, SERVICE, controls

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
SCREENS = {
    "Présence": "Durée sur place",
    "Séance collective": "Nombre de participants",
    "Partenariat": "Type de partenaire",
    "Suites": "Noté pour",
    "Annuaire": "Rechercher un service",
    "Journal des saisies": "Rencontre · Giromagny",
    "Mes chiffres": "Contacts",
    "Réglages": "Affichage",
}
"""Each way from home, and words that tell the screen is there."""


def judged(page: Page) -> tuple[set[str], set[str]]:
    """What has no name or no role, and what stands outside the window's width."""
    nameless = {html for html, named in controls(page).items() if not named}
    outside: list[str] = page.evaluate(  # at once: a control may go while another is measured
        """() => [...document.querySelectorAll('[flt-tappable]')]
            .filter(e => { const box = e.getBoundingClientRect();
                           return box.width && (box.left < -1 || box.right > innerWidth + 1); })
            .map(e => e.getAttribute('aria-label') || e.innerText)"""
    )
    return nameless, set(outside)


@pytest.mark.parametrize("text_size", ["100%", "200%"])
@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_nothing_is_cut_and_everything_has_a_name(world: World, size: tuple[int, int], text_size: str) -> None:
    with window(size, profile=world.profile) as browser:
        # Flutter takes the size of its text from the page's root, as a browser's own setting changes it.
        browser.context.add_init_script(
            f"addEventListener('DOMContentLoaded', () => document.documentElement.style.fontSize = '{text_size}')"
        )
        page = browser.page()
        open_home(page, world)
        found = {"accueil": judged(page)}
        press(page, button(page, "Nouvelle rencontre"))
        for name in ("Giromagny", "Mairie", NEED, SERVICE):
            tap(page, chip(page, name))
            found[name] = judged(page)
        tap(page, button(page, "Coupon"))
        expect(text(page, "Ce coupon ne contient pas votre nom")).to_be_visible()
        found["coupon"] = judged(page)
        tap(page, button(page, "Fermer le coupon"))
        press(page, button(page, "Enregistrer"))
        expect(text(page, "Rencontre enregistrée")).to_be_visible()
        for name, there in SCREENS.items():
            tap(page, page.get_by_role("button", name=name))
            expect(text(page, there)).to_be_visible()
            found[name] = judged(page)
            tap(page, button(page, "Retour à l’accueil"))
        assert {name: problems for name, problems in found.items() if any(problems)} == {}
        assert browser.strangers == set()
