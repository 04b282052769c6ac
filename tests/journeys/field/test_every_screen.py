"""Every screen on a phone and on a tablet, text as it is and twice as large: nothing cut or small, all named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from tests.browser import LOOK, PHONE, TABLET, Scheme, button, chip, press, reach, tap, text, window
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home
from tests.journeys.field.test_recording import NEED, SERVICE

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
SCREENS = {
    "Présence": "Durée sur place",
    "Séance collective": "Nombre de participants",
    "Partenariat": "Type de partenaire",
    "Suites": "Rechercher une suite",
    "Annuaire": "Rechercher un service",
    "Journal des saisies": "Rencontre · Giromagny",
    "Mes chiffres": "Contacts",
    "Réglages": "Affichage",
}
"""Each way from home, and words that tell the screen is there."""
Box = dict[str, float]
"""Left, right, width and height of a control, in pixels."""
Faults = tuple[list[str], list[str]]
"""Two kinds of what is wrong with a screen."""
LARGE = "addEventListener('DOMContentLoaded', () => document.documentElement.style.fontSize = '{}')"
"""Sets the size of the browser's text."""
STEPS = 8
"""How often a screen that looks wrong is looked at again, a look apart, before it is."""


def controls(page: Page) -> dict[str, bool]:
    """What can be tapped or typed into, and whether it says a name and a role."""
    found: dict[str, bool] = page.evaluate(
        """() => Object.fromEntries(
            [...document.querySelectorAll('[flt-tappable], flt-semantics[role=checkbox], flt-semantics input')]
            .map(e => [e.outerHTML.slice(0, 300),
                       !!(e.getAttribute('aria-label') || e.innerText || '').trim()
                       && !!(e.getAttribute('role') || e.tagName === 'INPUT')]))"""
    )
    return found


def boxes(page: Page) -> dict[str, Box]:
    """The controls that stand whole on the screen, in the bar above or below it: those half scrolled away are cut
    in the tree as well, at the edge of what scrolls, wherever a notice in the bar has put it."""
    found: dict[str, Box] = page.evaluate(
        """() => {
          const edges = e => {
            while (e && !['scroll', 'auto'].includes(getComputedStyle(e).overflowY)) e = e.parentElement;
            return e && e.getBoundingClientRect();
          };
          const whole = (box, list) => !list || (box.top > list.top + 1 && box.bottom < list.bottom - 1);
          return Object.fromEntries([...document.querySelectorAll('[role=button], [role=checkbox]')]
            .map(e => [e.getAttribute('aria-label') || e.innerText, e.getBoundingClientRect(), edges(e)])
            .filter(([name, box, list]) => name && box.width && box.y > 1 && whole(box, list)
                                           && box.bottom < innerHeight - (list ? 1 : 100))
            .map(([name, {left, right, width, height}]) => [name, {left, right, width, height}]));
        }"""
    )
    return found


@dataclass
class Judge:
    """What was seen on the screens of a walk, and what is wrong with them. It `measures` targets where the text
    has its usual size: larger, most stand half under the bars, where the tree cuts them."""

    page: Page
    measures: bool
    found: dict[str, Faults] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def look(self, screen: str) -> None:
        """Look at the whole screen: what has no name or no role, and what stands outside the window's width."""
        self.found[screen] = self._once_still(self._faults)
        self.named |= controls(self.page).keys()

    def _faults(self) -> tuple[list[str], list[str]]:
        nameless = [html for html, named in controls(self.page).items() if not named]
        outside: list[str] = self.page.evaluate(  # at once: a control may go while another is measured
            """() => [...document.querySelectorAll('[flt-tappable]')]
                .filter(e => { const box = e.getBoundingClientRect();
                               return box.width && (box.left < -1 || box.right > innerWidth + 1); })
                .map(e => e.getAttribute('aria-label') || e.innerText)"""
        )
        return nameless, outside

    def measure(self) -> None:
        """Measure the targets of what is on the screen: those that are cut, and those too small for a finger."""
        if self.measures:
            self.found[f"targets {len(self.found)}"] = self._once_still(self._misfits)
            self.seen |= boxes(self.page).keys()

    def _misfits(self) -> tuple[list[str], list[str]]:
        found, width = boxes(self.page), (self.page.viewport_size or {"width": 0})["width"]
        cut = [name for name, box in found.items() if box["left"] < 0 or box["right"] > width]
        return cut, [name for name, box in found.items() if min(box["height"], box["width"]) < 47.5]

    def _once_still(self, look: Callable[[], Faults]) -> Faults:
        """Look again while something is wrong: a busy machine draws a screen, and its tree, in several steps."""
        for _ in range(STEPS):
            if not any(found := look()):
                return found
            self.page.wait_for_timeout(LOOK)
        return look()

    def pronounce(self) -> None:
        """Fail on anything found wrong."""
        assert {name: faults for name, faults in self.found.items() if any(faults)} == {}


@pytest.mark.parametrize("text_size", ["100%", "200%"])
@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_nothing_is_cut_or_too_small_and_everything_has_a_name(
    world: World, size: tuple[int, int], text_size: str
) -> None:
    with window(size, profile=world.profile) as browser:
        # Flutter takes the size of its text from the page's root, as a browser's own setting changes it.
        browser.context.add_init_script(LARGE.format(text_size))
        page = browser.page()
        open_home(page, world)
        judge = Judge(page, measures=text_size == "100%")
        judge.look("accueil")
        judge.measure()
        fill_in(page, judge)
        for name, there in SCREENS.items():
            tap(page, page.get_by_role("button", name=name))
            expect(text(page, there)).to_be_visible()
            judge.look(name)
            tap(page, button(page, "Retour à l’accueil"))
        judge.pronounce()
        assert len(judge.named) > 50
        assert len(judge.seen) > 20 or not judge.measures
        assert browser.strangers == set()


def test_a_tired_eye_by_night_has_icons_as_large_as_by_day(world: World) -> None:
    found = {}
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        with window(TABLET, scheme, profile=world.profile) as browser:
            browser.context.add_init_script(LARGE.format("200%"))
            page = browser.page()
            open_home(page, world)
            press(page, button(page, "Nouvelle rencontre"))
            expect(button(page, "Enregistrer")).to_be_visible()
            page.wait_for_timeout(LOOK)
            found[scheme] = {name: (box["width"], box["height"]) for name, box in boxes(page).items()}
    assert found["light"] == found["dark"]
    assert found["dark"]["Numéros d’urgence"][0] > 60  # twice 24 pixels, and what is around it


def fill_in(page: Page, judge: Judge) -> None:
    """An encounter with a slip from one end of its form to the other, saved."""
    press(page, button(page, "Nouvelle rencontre"))
    expect(button(page, "Enregistrer")).to_be_visible()
    for name in ("Giromagny", "Mairie", "Femme", NEED, SERVICE):
        judge.measure()
        before = reach(page, chip(page, name)).bounding_box()
        tap(page, chip(page, name))
        after = chip(page, name).bounding_box()  # a chip that grew would push its neighbour under the finger
        assert before
        assert after
        assert abs(before["width"] - after["width"]) < 1, name
        judge.look(name)
    tap(page, button(page, "Numéros d’urgence"))
    expect(button(page, "Fermer")).to_be_visible()
    judge.look("urgence")
    judge.measure()
    tap(page, button(page, "Fermer"))
    tap(page, button(page, "Autres besoins"))
    expect(button(page, "Fermer")).to_be_visible()
    judge.look("autres besoins")
    judge.measure()
    tap(page, button(page, "Fermer"))
    expect(button(page, "Enregistrer").first).to_be_visible()
    for name in ("Compléter le profil", "Abandonner"):
        reach(page, button(page, name))
        judge.look(name)
        judge.measure()
    tap(page, button(page, "Coupon"))
    expect(text(page, "Ce coupon ne contient pas votre nom")).to_be_visible()
    judge.look("coupon")
    tap(page, button(page, "Fermer le coupon"))
    press(page, button(page, "Enregistrer"))
    expect(text(page, "Rencontre enregistrée")).to_be_visible()
