"""The coordinator sets a target, filters, looks behind a figure, corrects a record and sees the figure changed."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from shared import ids
from tests.browser import DESK, window
from tests.journeys.conftest import World
from tests.journeys.test_correcting import arrive, press, push, sign_in
from tests.journeys.test_reports_in_a_browser import sound

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("browser")]
TODAY = date.today()  # noqa: DTZ011  # the server of a journey has the true clock


def contacts(page: Page, words: str) -> None:
    """What the page says of the contacts."""
    expect(page.get_by_role("row", name="A4-02")).to_contain_text(words)


def set_a_target(page: Page, world: World) -> None:
    expect(page.get_by_role("heading", name="Tableau de bord")).to_be_visible()
    page.goto(f"{world.console}/objectifs/A4-02")
    page.get_by_label(f"Cible {TODAY.year}").fill("120")
    press(page, "Enregistrer")
    expect(page.get_by_role("status")).to_contain_text("C’est enregistré")


def correct_one_behind(page: Page) -> None:
    """From the figure of the contacts to one of its records, which turns out to be of a man."""
    page.get_by_role("row", name="A4-02").get_by_role("link", name="voir les saisies").press("Enter")
    arrive(page, "Saisies")
    behind = page.get_by_role("note").filter(has_text="Derrière le chiffre A4-02")
    expect(behind).to_contain_text("Genre : Femme")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("row").nth(1).get_by_role("link").press("Enter")
    press(page, "Corriger")
    page.get_by_label("Genre").select_option(label="Homme")
    press(page, "Enregistrer la correction")
    expect(page.get_by_role("status")).to_contain_text("La correction est enregistrée")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_figure_leads_to_a_record_whose_correction_changes_it(world: World) -> None:
    for gender in ("femme", "femme", "homme"):
        push(world, ids.new_id(TODAY), 1, gender=gender)
    with window(DESK) as browser:
        page = browser.page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        sign_in(page, world)
        set_a_target(page, world)
        page.get_by_role("navigation", name="Principale").get_by_role("link", name="Indicateurs").press("Enter")
        contacts(page, "3 contacts")
        page.get_by_label("Genre", exact=True).first.select_option(label="Femme")
        page.get_by_label("Comparer à la période précédente").check()
        press(page, "Afficher")
        contacts(page, "2 contacts")
        contacts(page, "+2")
        expect(page.get_by_role("row", name="A4-05")).to_contain_text("Sans objet avec ce filtre")
        assert "genre=femme" in page.url
        filtered = page.url
        sound(page)
        correct_one_behind(page)
        page.goto(filtered)
        contacts(page, "1 contact")
        page.get_by_label("Indicateur", exact=True).select_option("A4-02")
        page.get_by_label("Genre", exact=True).first.select_option(label="Tous")
        page.get_by_role("checkbox", name="Genre").check()
        press(page, "Afficher")
        expect(page.get_by_role("img", name="Contacts : les valeurs sont dans le tableau")).to_be_visible()
        expect(page.get_by_role("row", name="Homme")).to_contain_text("2 contacts")
        sound(page)
        assert said == []  # the strict policy blocked nothing
        assert browser.strangers == set()
