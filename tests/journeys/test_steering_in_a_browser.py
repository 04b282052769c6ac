"""The coordinator's week in Chromium: targets by the keyboard alone, two tabs at once, every page read by axe."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser import DESK, window
from tests.journeys.conftest import PASSWORD, World

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("browser")]
ZOOMED: ViewportSize = {"width": DESK[0] // 2, "height": DESK[1] // 2}
"""What is left of a desk's window at 200 %."""
PAGES = ["tableau-de-bord", "objectifs", "objectifs/A4-01", "objectifs/financements", "objectifs/echeances",
         "objectifs/nationaux/nouveau", "journal"]  # fmt: skip


def sign_in(page: Page, world: World) -> None:
    page.goto(world.console)
    page.get_by_label("Identifiant").fill("coordination")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tableau de bord")).to_be_visible()


def press_until(page: Page, name: str) -> None:
    """Tab until the control of that name has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        said = page.evaluate("document.activeElement.textContent || document.activeElement.id")
        if " ".join(said.split()) == name:
            return
    raise AssertionError(f"{name} is out of the keyboard's reach")


def serious(page: Page) -> list[str]:
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [v["id"] for v in violations if v["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_targets_by_the_keyboard_then_a_second_tab_that_had_not_seen_them(world: World) -> None:
    with window(DESK) as browser:
        page = browser.page()
        sign_in(page, world)
        press_until(page, "Objectifs")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Objectifs", level=1)).to_be_visible()
        press_until(page, "Modifier l’objectif de Personnes rencontrées")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Personnes rencontrées")).to_be_visible()
        other = browser.page()
        other.goto(f"{world.console}/objectifs/A4-01")
        press_until(page, "y2026")
        page.keyboard.type("mille")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("« mille » n’est pas un nombre")
        assert serious(page) == []
        page.get_by_label("Cible 2026").fill("1 000")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("C’est enregistré")
        expect(page.get_by_role("row", name="A4-01")).to_contain_text("1\u202f000")

        other.get_by_label("Cible 2026").fill("800")
        other.get_by_role("button", name="Enregistrer").click()
        expect(other.get_by_role("alert")).to_contain_text("« coordination » a changé cette fiche")
        expect(other.locator("#y2026-entretemps")).to_contain_text("1\u202f000")
        assert serious(other) == []
        other.get_by_role("button", name="Enregistrer").click()
        other.get_by_role("link", name="Journal", exact=True).click()
        expect(other.get_by_text("Le journal est intact.")).to_be_visible()
        changed = other.get_by_role("row", name="Objectif modifié : A4-01 · Personnes rencontrées")
        expect(changed).to_contain_text("800")
        other.get_by_role("link", name="Tableau de bord").click()
        expect(other.get_by_role("row", name="A4-01")).to_contain_text("800")
        assert browser.strangers == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_of_the_steering_is_accessible_and_fits_at_twice_the_size(world: World) -> None:
    with window(DESK) as browser:
        page = browser.page()
        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
        sign_in(page, world)
        for path in PAGES:
            page.goto(f"{world.console}/{path}")
            assert page.locator("h1").count() == 1
            assert serious(page) == [], path
            page.set_viewport_size(ZOOMED)
            assert page.evaluate("document.documentElement.scrollWidth") <= ZOOMED["width"], path
            page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        assert refused == []  # nothing inline: the policy would have said so here
