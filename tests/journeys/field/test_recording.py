"""How many taps an encounter takes, and that a keyboard alone records it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import LOOK, PHONE, TABLET, Window, button, chip, press, tap, text, window
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
README = Path(__file__).resolve().parents[3] / "README.md"
NEED = "Accompagnement aux démarches administratives"
SERVICE = "France Services Giromagny · 0 km"


class Thumb:
    """Taps, and counts: scrolling is no tap."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    def tap(self, *targets: Locator) -> None:
        for target in targets:
            tap(self.page, target)
            self.taps += 1

    def count(self) -> int:
        """The taps since the last count, once the record is saved."""
        expect(text(self.page, "Rencontre enregistrée")).to_be_visible()
        taps, self.taps = self.taps, 0
        return taps


def test_taps_from_the_home_screen_save_included(
    world: World, browser: Window, capsys: pytest.CaptureFixture[str]
) -> None:
    page = browser.page()
    open_home(page, world)
    thumb = Thumb(page)
    new, save = button(page, "Nouvelle rencontre"), button(page, "Enregistrer")

    thumb.tap(new, chip(page, "Giromagny"), chip(page, "Espace public"), save)
    counts = {"la toute première, sans lieu proposé": thumb.count()}
    thumb.tap(new, save)
    counts["minimale"] = thumb.count()
    thumb.tap(new, chip(page, "18-21 ans"), chip(page, "Femme"), chip(page, NEED), chip(page, SERVICE), save)
    counts["typique"] = thumb.count()
    thumb.tap(new, chip(page, "18-21 ans"), chip(page, "Homme"))
    thumb.taps = 0
    thumb.tap(button(page, "Enregistrer et suivante"), button(page, "Même profil"), save)
    counts["et suivante, même profil"] = thumb.count()

    with capsys.disabled():
        print(f"\nTaps, save included: {counts}")
    assert counts["minimale"] <= 5
    assert counts["la toute première, sans lieu proposé"] <= 5
    assert counts["typique"] <= 9
    assert counts["et suivante, même profil"] <= 3
    said = README.read_text("utf-8")
    assert f"minimale {counts['minimale']}, typique {counts['typique']}, suivante" in said
    tap(page, button(page, "Journal des saisies"))
    expect(text(page, "18-21 ans · 1 besoin")).to_be_visible()
    expect(chip(page, "Envoyée (5)")).to_be_visible()  # each of them was really kept


def focused(page: Page) -> str:
    """The name of what the keyboard is on."""
    return str(
        page.evaluate("(a => a.getAttribute('aria-label') || a.innerText || '')(document.activeElement)")
    ).strip()


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
        for name in ("Giromagny", "Mairie", "26-39 ans", "Femme", "Oui", NEED, SERVICE, "Prise de rendez-vous"):
            tab_to(page, name)
            page.keyboard.press("Space")
            expect(chip(page, name).first).to_be_checked()
        tab_to(page, "Enregistrer")
        page.keyboard.press("Enter")
        expect(text(page, "Rencontre enregistrée")).to_be_visible()
        page.wait_for_timeout(LOOK)
        tab_to(page, "Journal des saisies")
        page.keyboard.press("Enter")
        expect(text(page, "Mairie · 26-39 ans · 1 besoin")).to_be_visible()


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
