"""The group session and the partner contact, as the worker enters them."""

from __future__ import annotations

import flet as ft
import pytest

from field_app.state.desk import Desk
from field_app.state.forms import begin
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.flet_headless import Screen, side_of, walk


async def open_form(home: Screen, name: str) -> None:
    await home.tap(name)
    await home.choose("Giromagny")


async def test_a_group_session_is_recorded_with_its_margins(home: Screen) -> None:
    await open_form(home, "Séance collective")
    await home.choose("Mairie")
    await home.tap("+5")
    await home.tap("Un participant de plus")
    assert home.says("6 personnes sans âge")
    for _ in range(3):
        await home.tap("Une personne de plus, 16-17 ans")
    assert home.says("3 personnes sans âge")
    await home.choose("Atelier")
    await home.tap("Enregistrer")
    assert home.says("Séance collective enregistrée")
    await home.tap("Journal des saisies")
    assert home.says("Séance collective · Giromagny")
    assert home.says("Atelier · 6 participants")


async def test_nothing_looks_chosen_that_nobody_chose(home: Screen) -> None:
    await home.tap("Séance collective")
    assert not home.chip("Autre").selected
    await home.choose("Autre")
    assert home.chip("Autre").selected


async def test_a_session_of_nobody_is_not_kept_and_says_why(home: Screen) -> None:
    await open_form(home, "Séance collective")
    await home.choose("Mairie")
    assert home.says("Facultatif : indiquez ce que vous savez.")
    await home.tap("Enregistrer")
    assert home.says("À revoir : Nombre de participants")


async def test_a_partner_contact_is_recorded_and_its_structure_proposed_next_time(home: Screen) -> None:
    for first in (True, False):
        await open_form(home, "Partenariat")
        await home.choose("CCAS")
        if first:
            await home.tap("Enregistrer")
            assert home.says("Écrivez le nom de la structure rencontrée")
            await home.type_in("Structure", "CCAS de Giromagny")
        else:
            await home.choose("CCAS de Giromagny")
        await home.tap("Enregistrer")
        assert home.says("Contact partenaire enregistré")
    await home.tap("Journal des saisies")
    assert home.says("CCAS · CCAS de Giromagny")


async def test_a_phone_number_is_objected_as_it_is_typed_and_never_kept(home: Screen) -> None:
    await open_form(home, "Partenariat")
    await home.choose("Club")
    await home.type_in("Structure", "Coach 06 12 34 56 78")
    assert home.says("C’est un numéro de téléphone")
    await home.tap("Enregistrer")
    assert home.says("Pas encore enregistré")


async def test_a_structure_of_several_words_is_typed_letter_by_letter(home: Screen) -> None:
    await open_form(home, "Partenariat")
    await home.type_in("Structure", "Centre ")
    assert next(f for f in home.all(ft.TextField) if f.label == "Structure").value == "Centre "


async def test_a_choice_taken_back_leaves_nothing_the_rules_refuse(home: Screen) -> None:
    await open_form(home, "Séance collective")
    await home.choose("Mairie")
    await home.tap("+5")
    for name in ("Atelier", "Lien social", "Oui"):
        await home.choose(name)
        await home.choose(name)
    await home.tap("Enregistrer")
    assert home.says("Séance collective enregistrée")


@pytest.mark.parametrize("kind", ["group_session", "partner_contact", "presence", "encounter"])
async def test_a_new_record_has_only_the_keys_of_its_kind(desk: Desk, kind: str) -> None:
    await desk.store.keep_note("last used", {"place_type": "mairie", "commune": "90052"})
    draft = await begin.new(kind, desk)
    assert ("place_type" in draft.fields) == (kind != "partner_contact")
    assert ("slot" in draft.fields) == (kind != "partner_contact")


@pytest.mark.parametrize("name", ["Séance collective", "Partenariat"])
async def test_every_control_of_the_other_forms_is_named_and_large_enough(home: Screen, name: str) -> None:
    await open_form(home, name)
    controls = list(walk(home.page))
    for button in [c for c in controls if isinstance(c, ft.IconButton)]:
        assert isinstance(button.icon, ft.Icon)
        assert button.icon.semantics_label
        assert side_of(button) >= 48
    assert all(field.label for field in controls if isinstance(field, ft.TextField))


async def test_a_partner_and_an_establishment_are_told_apart_in_a_line_each(home: Screen) -> None:
    await open_form(home, "Séance collective")
    assert home.says("Qui anime ou accueille avec vous")
    assert home.says("D’où viennent les participants")


async def test_too_many_of_an_age_is_said_once_at_its_field_once_it_is_refused(home: Screen) -> None:
    await open_form(home, "Séance collective")
    await home.choose("Mairie")
    await home.tap("Un participant de plus")
    for _ in range(2):
        await home.tap("Une personne de plus, 16-17 ans")
    assert home.says("1 personne de trop : 2 pour 1 participant.")
    await home.tap("Enregistrer")
    assert home.says("2 en tout, plus que le nombre de participants (1)")
    assert not home.says("de trop")
    assert home.says("À revoir : ")  # the bar says where
    await home.tap("Passer à 2 participants")
    await home.tap("Enregistrer")
    assert home.says("Séance collective enregistrée")


async def test_a_presence_of_two_hours_and_a_half_is_one_tap(home: Screen) -> None:
    await open_form(home, "Présence")
    for name in ("Mairie", "2 h 30"):
        await home.choose(name)
    await home.tap("Enregistrer")
    assert home.says("Présence enregistrée")
