"""The field app as eyes and fingers meet it: on a tablet, on a phone, with the text twice as large."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import PHONE, TABLET, Window, button, chip, open_app, press, reach, tap, text, unlock, window
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home
from tests.journeys.field.test_straight_line import record

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture(params=[TABLET, PHONE], ids=["tablet", "phone"])
def browser(world: World, request: pytest.FixtureRequest) -> Iterator[Window]:
    with window(request.param, profile=world.profile) as found:
        yield found


def test_a_record_made_by_mistake_is_corrected_then_deleted(world: World, browser: Window) -> None:
    page = browser.page()
    open_home(page, world)
    record(page, "Giromagny", "Mairie", "60-74 ans")
    expect(text(page, "Tout est envoyé")).to_be_visible()
    tap(page, button(page, "Journal des saisies"))
    expect(text(page, "60-74 ans")).to_be_visible()
    tap(page, button(page, "Modifier"))
    tap(page, chip(page, "18-21 ans"))
    press(page, button(page, "Enregistrer"))
    expect(text(page, "Correction enregistrée")).to_be_visible()
    expect(text(page, "Journal des saisies")).to_be_visible()
    expect(text(page, "18-21 ans")).to_be_visible()
    for answer in ("Garder", "Oui, supprimer"):
        tap(page, page.get_by_role("button", name="Supprimer Rencontre · Giromagny"))
        expect(text(page, "Supprimer cette rencontre ?")).to_be_visible()
        tap(page, page.get_by_role("button", name=f"{answer} Rencontre · Giromagny"))
    expect(chip(page, "Supprimée (1)")).to_be_visible()
    tap(page, page.get_by_role("button", name="Annuler la suppression de Rencontre · Giromagny"))
    expect(chip(page, "Supprimée (1)")).not_to_be_visible()
    expect(text(page, "18-21 ans")).to_be_visible()
    assert browser.strangers == set()


def test_a_draft_survives_the_death_of_the_tablet(world: World, browser: Window) -> None:
    page = browser.page()
    open_home(page, world)
    press(page, button(page, "Nouvelle rencontre"))
    for name in ("Delle", "Domicile", "Femme"):
        tap(page, chip(page, name))
        expect(chip(page, name)).to_be_checked()
    page = browser.pull_battery()  # SIGKILL: nothing is saved in haste
    open_app(page, world.app)
    unlock(page)
    tap(page, button(page, "Journal des saisies"))
    tap(page, button(page, "Reprendre"))
    expect(text(page, "Delle · Domicile")).to_be_visible()
    expect(reach(page, chip(page, "Femme"))).to_be_checked()
    press(page, button(page, "Enregistrer"))
    expect(text(page, "Rencontre enregistrée")).to_be_visible()
