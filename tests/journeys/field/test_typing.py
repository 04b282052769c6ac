"""A whole word typed in every field of text, after a refusal, and while a notice comes and goes."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from playwright.sync_api import Page, expect

from shared import french
from tests.browser import (
    LOOK,
    TABLET,
    button,
    chip,
    choose_pin,
    focus,
    open_app,
    press,
    reach,
    scroll,
    select_all,
    tap,
    text,
    type_in,
    window,
)
from tests.journeys.conftest import World
from tests.journeys.enrolled import hand_in_code
from tests.journeys.field.test_recording import NEED, SERVICE

pytestmark = [
    pytest.mark.journey,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
SEARCH = "Chercher dans tout l’annuaire"
AGES = "Combien de personnes, 18-21 ans"
WORDS = {"Nombre": "12", AGES: "7", "Code à usage unique": "ABCDEF", "Code du fichier à importer": "ABCDEF"}
WORD = "Rendez-vous"
FORMS = {
    "Séance collective": ["Autre commune", "Nombre", AGES, "Partenaire", "Établissement"],
    "Partenariat": ["Autre commune", "Structure"],
    "Présence": ["Autre commune"],
    "Nouvelle rencontre": ["Autre commune", SEARCH, "Repère"],
}
"""Each form, and the fields known to be in it; one more is found and typed in all the same."""
NO_POSITION = "La position n’est pas disponible"


def find_fields(page: Page, known: Iterable[str] = ()) -> list[str]:
    """List the names of the fields of text on the screen, from top to bottom. Looks again while a known one is
    missing: a busy machine may draw it after it was looked for."""
    for _ in range(5):
        found = look_for_fields(page)
        if set(known) <= set(found):
            break
    return found


def look_for_fields(page: Page) -> list[str]:
    """Scroll once from top to bottom, and list the names of the fields of text that pass."""
    found: dict[str, None] = {}
    for half in (0.25, 0.75):  # each half of the form scrolls by itself
        scroll(page, TABLET[0] * half, -20_000)
        for _ in range(14):
            page.wait_for_timeout(150)
            boxes = page.get_by_role("textbox").all()
            named = [(box.get_attribute("aria-label") or "").replace(french.NBSP, " ") for box in boxes]
            found |= dict.fromkeys(name.splitlines()[0] for name in named if name)
            scroll(page, TABLET[0] * half, 400)
    return list(found)


def type_whole_word(page: Page, name: str, delay: int) -> None:
    """Type a word as a person does, without looking: every letter arrives and the field is still the one."""
    # An empty field that has the focus is named with its hint too: « Autre commune Nom ou code postal ».
    word, field = WORDS.get(name, WORD), page.get_by_role("textbox", name=re.compile(rf"^{re.escape(name)}(\s|$)"))
    focus(reach(page, field))
    select_all(page)
    page.keyboard.type(word, delay=delay)
    page.wait_for_timeout(700)  # an echo that comes late has come
    expect(field).to_be_focused()
    expect(field).to_have_value(word)


def test_every_field_of_every_screen_takes_a_whole_word(world: World) -> None:
    with window() as browser:
        page = browser.page()
        open_app(page, world.app)
        tap(page, button(page, "Passer"))
        tap(page, button(page, "Activer la tablette"))
        expect(text(page, "Saisissez l’adresse du serveur et le code")).to_be_visible()
        for name in find_fields(page):
            type_whole_word(page, name, 30)
        type_in(page, "Adresse du serveur", world.server)
        type_in(page, "Code à usage unique", world.code())
        tap(page, button(page, "Activer la tablette"))
        choose_pin(page)
        for form, known in FORMS.items():
            tap(page, button(page, form))
            fill_in_badly(page, form, known)
        for screen in ("Annuaire", "Réglages"):
            tap(page, button(page, screen))
            expect(
                text(page, {"Annuaire": "Rechercher un service", "Réglages": "Affichage"}[screen])
            ).to_be_visible()
            for name in find_fields(page):
                type_whole_word(page, name, 10)
            tap(page, button(page, "Retour à l’accueil"))
        assert browser.strangers == set()


def fill_in_badly(page: Page, form: str, known: list[str]) -> None:
    """A form that is refused, then told that there is no position, is typed in all the same."""
    if form == "Nouvelle rencontre":
        for name in ("Giromagny", NEED, SERVICE):
            tap(page, chip(page, name))
        tap(page, button(page, "Autres services"))
        page.wait_for_timeout(LOOK)
        if SEARCH not in find_fields(page):  # a machine too busy to tell two taps apart took one: tapped again
            tap(page, button(page, "Autres services"))
        tap(page, button(page, "Repère"))
    press(page, button(page, "Enregistrer"))
    expect(text(page, "Pas encore enregistré")).to_be_visible()
    found = find_fields(page, known)
    assert set(known) <= set(found), (form, found)
    # Eleven numbers of the same sort, the same component: one is typed in for all.
    found = [name for name in found if name == AGES or not name.startswith("Combien de personnes")]
    for delay, name in zip([60, 10] * len(found), found, strict=False):
        type_whole_word(page, name, delay)
        tap(page, button(page, "Ma commune"))
        expect(text(page, NO_POSITION)).to_be_visible()
        type_whole_word(page, name, delay)
    page.keyboard.press("Tab")
    tap(page, button(page, "Abandonner"))
    expect(button(page, "Nouvelle rencontre")).to_be_visible()


def test_a_pin_typed_into_an_input_that_flutter_no_longer_hears_is_typed_again(world: World) -> None:
    with window() as browser:
        page = browser.page()
        hand_in_code(page, world)
        expect(text(page, "Choisissez un code PIN")).to_be_visible()
        focus(page.get_by_label("Code PIN"))
        # As on a busy machine: the browser's focus goes and comes back, and Flutter sees neither.
        page.get_by_label("Code PIN").evaluate("(input) => { input.blur(); input.focus(); }")
        choose_pin(page)
