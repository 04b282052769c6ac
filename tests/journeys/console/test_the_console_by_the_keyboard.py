"""The coordinator's week without a mouse: the whole menu, a filter, a record corrected, targets, two tabs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from shared import ids
from sync_server.web.context import paris_now
from tests.browser import DESK, window
from tests.console import desk_page, press, tab_to, violations
from tests.journeys.conftest import PASSWORD, World
from tests.journeys.console.test_correcting import push

pytestmark = pytest.mark.journey
TODAY = paris_now().date()  # the server's day, whatever this machine's zone


def sign_in(page: Page, world: World) -> None:
    """The cursor stands where the typing begins."""
    page.goto(world.console)
    expect(page.get_by_label("Identifiant")).to_be_focused()
    page.keyboard.type("coordination")
    tab_to(page, page.get_by_label("Mot de passe"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tableau de bord")).to_be_visible()


def open_(page: Page, name: str, role: str = "link") -> None:
    """Tab to it, then Enter."""
    assert role in ("link", "button")
    tab_to(page, page.get_by_role("link" if role == "link" else "button", name=name, exact=True))
    page.keyboard.press("Enter")


def visit_every_entry(page: Page) -> None:
    """The way past the menu comes first, then each of its entries."""
    names = page.get_by_role("navigation", name="Principale").get_by_role("link").all_inner_texts()
    assert len(names) == 10
    for name in names:
        page.keyboard.press("Tab")
        past = page.get_by_role("link", name="Aller au contenu")
        expect(past).to_be_focused()
        expect(past).to_be_in_viewport()
        open_(page, name)
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def choose(page: Page, label: str, typed: str, value: str) -> None:
    """Tab to the list, then the first letters of the choice."""
    target = page.get_by_label(label, exact=True).first
    tab_to(page, target)
    page.keyboard.type(typed)
    expect(target).to_have_value(value)


def filter_and_correct(page: Page) -> None:
    """The figures of women, the record behind one of them, which turns out to be of a man."""
    open_(page, "Indicateurs")
    choose(page, "Genre", "Fem", "femme")
    open_(page, "Afficher", "button")
    expect(page.get_by_role("row", name="A4-02")).to_contain_text("1 contact")
    assert "genre=femme" in page.url
    tab_to(page, page.get_by_role("row", name="A4-02").get_by_role("link", name="voir les saisies"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("note").filter(has_text="Derrière le chiffre A4-02")).to_be_visible()
    tab_to(page, page.get_by_role("row").nth(1).get_by_role("link"))
    page.keyboard.press("Enter")
    open_(page, "Corriger")
    choose(page, "Genre", "Hom", "homme")
    open_(page, "Enregistrer la correction", "button")
    expect(page.get_by_role("status")).to_contain_text("La correction est enregistrée")
    expect(page.get_by_role("definition").filter(has_text="Homme")).to_be_visible()


def aim(page: Page) -> None:
    """A target, mistyped then typed."""
    target = page.get_by_label(f"Cible {TODAY.year}")
    tab_to(page, target)
    page.keyboard.type("mille")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("« mille » n’est pas un nombre")
    open_(page, f"Cible {TODAY.year}")  # from what is wrong to its field
    expect(target).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("1 000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("C’est enregistré")
    expect(page.get_by_role("row", name="A4-01")).to_contain_text("1\u202f000")


def aim_unaware(page: Page) -> None:
    """From a tab that was open before: the other value is shown, and only then replaced."""
    page.get_by_label(f"Cible {TODAY.year}").fill("800")
    press(page, "Enregistrer")
    expect(page.get_by_role("alert")).to_contain_text("« coordination » a changé cette fiche")
    expect(page.locator(f"#y{TODAY.year}-entretemps")).to_contain_text("1\u202f000")
    assert violations(page) == []
    press(page, "Enregistrer")
    press(page, "Journal")
    expect(page.get_by_text("Le journal est intact.")).to_be_visible()
    expect(page.get_by_role("row", name="Objectif modifié : A4-01 · Personnes rencontrées")).to_contain_text("800")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_week_without_a_mouse(world: World) -> None:
    push(world, ids.new_id(TODAY), 1, gender="femme")
    with window(DESK) as browser:
        page, said = desk_page(browser)
        sign_in(page, world)
        visit_every_entry(page)
        filter_and_correct(page)
        open_(page, "Objectifs")
        open_(page, "Modifier l’objectif de Personnes rencontrées")
        expect(page.get_by_role("heading", name="Personnes rencontrées")).to_be_visible()
        other = browser.page()
        other.goto(page.url)
        aim(page)
        aim_unaware(other)
        open_(page, "Se déconnecter", "button")
        expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
        assert said == []
        assert browser.strangers == set()
