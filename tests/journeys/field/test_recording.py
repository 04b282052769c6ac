"""How many taps an encounter takes, and that a keyboard alone records it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from field_app.screens.forms.first_contact import MET
from shared import french
from tests.browser import (
    FLAT,
    LOOK,
    PHONE,
    TABLET,
    Window,
    button,
    chip,
    is_clear,
    press,
    scroll,
    tap,
    text,
    window,
)  # fmt: skip
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
README = Path(__file__).resolve().parents[3] / "README.md"
NEED = "Papiers, démarches"
SWIPE = 0.6
"""How much of the screen a swipe of the thumb moves."""
LEFT, RIGHT = 0.25, 0.75
"""How far across a tablet that lies flat each half of the form stands."""
PATIENT = 4
"""How many looks a thumb waits before it swipes: a busy machine scrolls by itself more slowly than it looks."""
SERVICE = "France Services Giromagny · 0 km"


class Thumb:
    """Taps and swipes as little as it takes, and counts both; knows what stands in the left half of the form."""

    def __init__(self, page: Page, *left: Locator) -> None:
        self.page, self.left = page, left
        self.taps = self.swipes = 0

    def tap(self, *targets: Locator) -> None:
        for target in targets:
            self._swipe_to(target)
            tap(self.page, target)
            self.taps += 1

    def _swipe_to(self, target: Locator) -> None:
        """Swipe up by most of the screen until the control is in sight: what is below is not in the tree."""
        size = self.page.viewport_size or {"width": 0, "height": 0}
        for _ in range(8):
            for _ in range(PATIENT):  # the form brings into sight by itself what it asks next
                self.page.wait_for_timeout(LOOK)
                if target.count() and is_clear(target, size["height"]):
                    return
            half = LEFT if any(target is each for each in self.left) else RIGHT
            scroll(self.page, size["width"] * (half if size["width"] >= FLAT else 0.5), size["height"] * SWIPE)
            self.swipes += 1

    def press(self, target: Locator) -> None:
        """Tap what is always in reach, below the form."""
        press(self.page, target)
        self.taps += 1

    def count(self) -> tuple[int, int]:
        """The taps and the swipes since the last count, once the record is saved."""
        expect(text(self.page, "Rencontre enregistrée")).to_be_visible()
        found = self.taps, self.swipes
        self.taps = self.swipes = 0
        return found


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_taps_and_swipes_from_the_home_screen_save_included(
    world: World, size: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    with window(size, profile=world.profile) as browser:
        page = browser.page()
        open_home(page, world)
        new, save = button(page, "Nouvelle rencontre"), button(page, "Enregistrer")
        met = page.get_by_label(MET).get_by_role("checkbox", name="Oui", exact=True)
        place, age = [chip(page, "Giromagny"), chip(page, "Espace public")], chip(page, "18-21 ans")
        woman, man, alike = chip(page, "Femme"), chip(page, "Homme"), button(page, "Même profil")
        thumb = Thumb(page, *place, met, age, woman, man, alike)

        thumb.tap(new, *place)
        thumb.press(save)
        counts = {"first of all": thumb.count()}
        thumb.tap(new)
        thumb.press(save)
        counts["tally"] = thumb.count()
        thumb.tap(new, met, age, woman, chip(page, NEED), chip(page, SERVICE))
        thumb.tap(chip(page, "Elle accepte"))
        thumb.press(save)
        counts["useful"] = thumb.count()
        thumb.tap(new, met, age, man)
        thumb.press(button(page, "Enregistrer et suivante"))
        thumb.tap(alike, met)
        thumb.press(save)
        counts["two friends"] = thumb.count()

        where = "tablet" if size == TABLET else "phone"
        with capsys.disabled():
            print(f"\n{where}: taps and swipes, save included: {counts}")
        assert counts["first of all"][0] <= 5
        assert counts["tally"] == (2, 0)
        assert counts["useful"][0] <= 8
        assert counts["useful"][1] <= (1 if size == TABLET else 2)
        assert counts["two friends"][0] <= 8
        said = README.read_text("utf-8")
        assert [name for name, (taps, _) in counts.items() if f"{name} {taps} taps" not in said] == []
        assert f"{counts['useful'][1]} on a {where}" in said  # a tablet lies flat here
        tap(page, button(page, "Journal des saisies"))
        expect(text(page, "18-21 ans · Homme")).to_be_visible()
        expect(chip(page, "Envoyée (5)")).to_be_visible()  # each of them was really kept


BY_KEYBOARD = {
    TABLET: ("Giromagny", NEED, "Mairie", SERVICE, "Prise de rendez-vous", "Oui", "26-39 ans", "Femme"),
    PHONE: ("Giromagny", "Mairie", "Oui", "26-39 ans", "Femme", NEED, SERVICE, "Prise de rendez-vous"),
}
"""The chips in the order that Tab comes to them: line by line, across both halves of the form where it has two."""


def focused(page: Page) -> str:
    """The name of what the keyboard is on, with ordinary spaces."""
    found = str(page.evaluate("(a => a.getAttribute('aria-label') || a.innerText || '')(document.activeElement)"))
    return found.replace(french.NBSP, " ").strip()


def tab_to(page: Page, name: str) -> None:
    for _ in range(120):
        page.keyboard.press("Tab")
        page.wait_for_timeout(40)
        if focused(page) == name:
            return
    raise AssertionError(f"the keyboard never reaches « {name} »")


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_a_whole_encounter_is_recorded_by_keyboard_alone(world: World, size: tuple[int, int]) -> None:
    with window(size, profile=world.profile) as browser:
        page = browser.page()
        open_home(page, world)
        page.wait_for_timeout(LOOK)
        tab_to(page, "Nouvelle rencontre")
        page.keyboard.press("Enter")
        expect(button(page, "Enregistrer")).to_be_visible()
        page.wait_for_timeout(LOOK)
        for name in BY_KEYBOARD[size]:
            tab_to(page, name)
            page.keyboard.press("Space")
            expect(chip(page, name).first).to_be_checked()
        tab_to(page, "Enregistrer")
        page.keyboard.press("Enter")
        expect(text(page, "Rencontre enregistrée")).to_be_visible()
        page.wait_for_timeout(LOOK)
        tab_to(page, "Journal des saisies")
        page.keyboard.press("Enter")
        expect(text(page, "Mairie · 26-39 ans · Femme")).to_be_visible()


def test_the_device_proposes_its_commune_and_no_other_machine_hears_of_it(world: World, browser: Window) -> None:
    browser.context.grant_permissions(["geolocation"])
    browser.context.set_geolocation({"latitude": 47.7587, "longitude": 6.8142})
    page = browser.page()
    open_home(page, world)
    press(page, button(page, "Nouvelle rencontre"))
    tap(page, button(page, "Ma commune"))
    expect(text(page, "Commune proposée : Lepuix")).to_be_visible()
    expect(chip(page, "Lepuix")).to_be_checked()
    assert browser.strangers == set()
