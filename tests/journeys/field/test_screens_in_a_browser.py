"""The field app as eyes and fingers meet it: on a tablet, on a phone, with the text twice as large."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import (
    LOOK,
    PHONE,
    TABLET,
    Window,
    button,
    chip,
    is_clear,
    open_app,
    press,
    reach,
    tap,
    text,
    type_in,
    unlock,
    window,
)
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


@pytest.fixture
def large_print(world: World) -> Iterator[Window]:
    """A phone whose owner reads letters twice as large: hardly two fields stand on the screen at once."""
    with window(PHONE, profile=world.profile) as found:
        found.context.add_init_script(
            "addEventListener('DOMContentLoaded', () => document.documentElement.style.fontSize = '200%')"
        )
        yield found


def test_a_form_that_is_refused_goes_to_its_field_which_takes_the_keyboard(
    world: World, large_print: Window
) -> None:
    page = large_print.page()
    open_home(page, world)
    tap(page, button(page, "Partenariat"))
    reach(page, button(page, "Abandonner"))
    said = text(page, "À indiquer avant d’enregistrer").first
    press(page, button(page, "Enregistrer"))
    expect(said).to_be_visible()
    page.wait_for_timeout(LOOK)
    assert is_clear(said, PHONE[1])
    tap(page, chip(page, "Giromagny"))
    type_in(page, "Structure", "06 12 34 56 78")
    tap(page, chip(page, "Collège"))
    press(page, button(page, "Enregistrer"))
    structure = page.get_by_role("textbox", name="Structure")
    expect(structure).to_be_focused()
    assert is_clear(text(page, "C’est un numéro de téléphone").first, PHONE[1])
    page.keyboard.press("Control+A")
    page.keyboard.type("Mission locale", delay=5)
    press(page, button(page, "Enregistrer"))
    expect(text(page, "Contact partenaire enregistré")).to_be_visible()


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
