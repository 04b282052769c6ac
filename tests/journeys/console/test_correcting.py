"""The coordinator corrects a record in a browser, by the keyboard, while a tablet changes it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from shared import ids
from shared.territory import TERRITORY
from sync_server.intake import store
from sync_server.storage import database
from sync_server.web.context import paris_now
from tests.browser import DESK, window
from tests.console import desk_page, press, sign_in, violations
from tests.journeys.conftest import World

pytestmark = pytest.mark.journey
TABLET = store.Sender(TERRITORY, "trait-dunion", "tablet-1")


def push(world: World, record_id: str, revision: int, **fields: str) -> None:
    """What a tablet of the team sends of an encounter of today at Giromagny."""
    engine = database.connect(world.env["DATABASE_URL"])
    today = paris_now().date()  # the server's day, whatever this machine's zone
    place = {"action": "trait-dunion", "day": str(today), "commune": "90052", "place_type": "mairie"}
    record = {"id": record_id, "kind": "encounter", "revision": revision, "fields": place | fields}
    [receipt] = store.accept(engine, TABLET, [record | {"base_revision": revision - 1 or None}], today)
    engine.dispose()
    assert receipt.status == "accepted"


def arrive(page: Page, heading: str) -> None:
    """Waits for the page with that title; axe finds nothing on it."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    assert violations(page) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_record_is_corrected_while_a_tablet_changes_it(world: World) -> None:
    record_id = ids.new_id(paris_now().date())
    push(world, record_id, 1, gender="femme")
    with window(DESK) as browser:
        page, said = desk_page(browser)
        sign_in(page, world)
        press(page, "Saisies")
        arrive(page, "Saisies")
        page.get_by_role("row").nth(1).get_by_role("link").press("Enter")
        arrive(page, "Rencontre du")
        press(page, "Corriger")
        press(page, "Ajouter un besoin")
        expect(page.get_by_label("Besoin (obligatoire)")).to_be_focused()
        page.get_by_label("Genre").select_option(label="Homme")
        press(page, "Enregistrer la correction")
        expect(page.get_by_role("alert")).to_contain_text("Besoin : à indiquer avant d’enregistrer")
        expect(page.get_by_label("Genre")).to_have_value("homme")
        arrive(page, "Corriger")

        push(world, record_id, 2, gender="femme", rsa="oui")  # the tablet, meanwhile
        page.get_by_label("Besoin (obligatoire)").select_option(label="Garde d’enfants")
        press(page, "Enregistrer la correction")
        expect(page.get_by_role("alert")).to_contain_text("a changé pendant votre correction")
        expect(page.get_by_label("RSA")).to_have_value("oui")
        expect(page.get_by_label("Genre")).to_have_value("homme")
        arrive(page, "Corriger")
        press(page, "Enregistrer et valider")
        expect(page.get_by_role("status")).to_contain_text("La correction est enregistrée")
        arrive(page, "Validée")
        assert said == []
        assert browser.strangers == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_record_is_deleted_and_brought_back(world: World) -> None:
    record_id = ids.new_id(paris_now().date())
    push(world, record_id, 1, gender="femme")
    with window(DESK) as browser:
        page, said = desk_page(browser)
        sign_in(page, world)
        expect(page.get_by_role("link", name="Saisies")).to_be_visible()
        page.goto(f"{world.console}/saisies/{record_id}")
        press(page, "Supprimer")
        arrive(page, "Supprimer :")
        press(page, "Supprimer cette saisie")
        arrive(page, "Supprimée")
        press(page, "Rétablir la révision 1")
        expect(page.get_by_role("status")).to_contain_text("La version est rétablie")
        expect(page.get_by_role("definition").filter(has_text="Femme")).to_be_visible()
        press(page, "Orientations")
        arrive(page, "Orientations")
        press(page, "Saisies")
        press(page, "Signalements")
        arrive(page, "Signalements")
        press(page, "En attente sur une tablette")
        arrive(page, "Saisies en attente")
        assert page.evaluate("document.documentElement.scrollWidth") <= DESK[0]
        assert said == []
        assert browser.strangers == set()
