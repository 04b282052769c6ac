"""A headcount and its margins: whatever is entered, in whatever order, is kept; too many is said, and refused only
at the end."""

from __future__ import annotations

from typing import Any

import flet as ft
import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.state.forms import margins
from field_app.widgets.number_stepper import AskedNumber, read_number
from shared import rules
from shared.models.group_session import MOST_PEOPLE
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import NOW
from tests.flet_headless import Screen, as_typed, side_of, walk

SESSION = {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052", "place_type": "mairie"}
CODES = [(part, code) for part in margins.KEYS for code in margins.codes({}, part)]
ENTRIES = st.lists(st.tuples(st.sampled_from(CODES), st.integers(-5, 3_000)), max_size=30)
OF_18 = "Combien de personnes, 18-21 ans"
BANDS = ("16-17 ans", "18-21 ans")


@given(st.integers(1, MOST_PEOPLE), ENTRIES)
def test_the_rules_refuse_a_margin_exactly_where_the_form_said_too_many(came: int, entered: list[Any]) -> None:
    fields: dict[str, Any] = {**SESSION, "headcount": came}
    for (part, code), number in entered:
        fields = {**fields, part: margins.with_people(fields, part, code, number)}
    refused = {p.field for p in rules.judge("group_session", fields, rules.Evidence(NOW.date())).refusals}
    assert refused == {part for part in margins.KEYS if margins.is_over(fields, part)}
    assert all(("de trop" in margins.describe(fields, part)) == (part in refused) for part in margins.KEYS)


@given(ENTRIES)
def test_every_number_entered_is_kept_whatever_came_before_it(entered: list[Any]) -> None:
    fields: dict[str, Any] = {}
    last: dict[tuple[str, str], int] = {}
    for (part, code), number in entered:
        fields = {**fields, part: margins.with_people(fields, part, code, number)}
        last[part, code] = min(max(number, 0), MOST_PEOPLE)
    assert {key: margins.people(fields, *key) for key in last} == last


def test_a_code_nobody_stands_under_any_more_leaves_the_margin() -> None:
    fields = {"headcount": 3, "genders": [{"gender": "femme", "people": 1}]}
    assert margins.with_people(fields, "genders", "femme", 0) == []


def test_a_number_that_changes_stays_at_its_place() -> None:
    rows = [{"age_band": band, "people": 2} for band in ("16-17", "18-21", "22-25")]
    changed = margins.with_people({"ages": rows}, "ages", "18-21", 5)
    assert [(row["age_band"], row["people"]) for row in changed] == [("16-17", 2), ("18-21", 5), ("22-25", 2)]


@pytest.mark.parametrize(
    ("came", "told", "said"),
    [
        (0, 0, "Facultatif : indiquez ce que vous savez."),
        (0, 5, "5 personnes ici : combien en tout ?"),
        (6, 3, "3 personnes sans âge."),
        (6, 5, "1 personne sans âge."),
        (6, 6, "Tout est réparti."),
        (6, 7, "1 personne de trop : 7 pour 6 participants."),
    ],
)
def test_the_sum_is_said_against_the_headcount(came: int, told: int, said: str) -> None:
    fields = {"headcount": came or None, "ages": [{"age_band": "16-17", "people": told}] if told else []}
    assert margins.describe(fields, "ages") == said


def test_a_code_that_left_the_list_is_shown_so_that_it_can_be_taken_out() -> None:
    fields = {"headcount": 2, "ages": [{"age_band": "ancien", "people": 1}]}
    assert margins.codes(fields, "ages")[-1] == "ancien"
    assert "inconnu" not in margins.codes(fields, "ages")
    assert margins.with_people(fields, "ages", "ancien", 0) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), (" 7 ", 7), ("", 0), ("0", 0), ("2000", 2000), ("2001", None), ("-3", None), ("3,5", None),
     ("douze", None), ("1²", None)],
)  # fmt: skip
def test_what_is_typed_is_a_whole_number_within_bounds_or_none(text: str, number: int | None) -> None:
    assert read_number(text, AskedNumber("Nombre", "", "", 0, MOST_PEOPLE)) == number


async def begin_session(home: Screen) -> None:
    await home.tap("Séance collective")
    for name in ("Giromagny", "Mairie"):
        await home.choose(name)


def shown(home: Screen, label: str) -> str:
    return next(str(f.value) for f in home.all(ft.TextField) if as_typed(f.label) == label)


async def test_ages_are_tapped_and_typed_and_the_rest_is_said_as_one_types(home: Screen) -> None:
    await begin_session(home)
    await home.type_in("Nombre", "6")
    await home.tap("Une personne de plus, 18-21 ans")
    assert home.says("5 personnes sans âge")
    assert shown(home, OF_18) == "1"
    await home.type_in(OF_18, "4")
    assert home.says("2 personnes sans âge")
    await home.tap("Une personne de moins, 18-21 ans")
    assert (home.says("3 personnes sans âge"), shown(home, OF_18)) == (True, "3")
    await home.type_in("Combien de personnes, femme", "6")
    assert home.says("Tout est réparti.")
    await home.tap("Enregistrer")
    [kept] = [k for k in await session_of(home)._opened.store.all() if k.kind == "group_session"]
    assert kept.fields["ages"] == [{"age_band": "18-21", "people": 3}]
    assert kept.fields["genders"] == [{"gender": "femme", "people": 6}]


async def test_ages_told_before_the_headcount_are_kept_and_give_it_in_one_tap(home: Screen) -> None:
    await begin_session(home)
    await home.type_in("Combien de personnes, 16-17 ans", "5")
    await home.type_in(OF_18, "3")
    assert home.says("8 personnes ici : combien en tout ?")
    assert home.says("8 personnes comptées plus bas.")
    await home.tap("Noter 8 participants")
    assert shown(home, "Nombre") == "8"
    assert home.says("Tout est réparti.")


async def test_more_than_came_is_said_kept_as_entered_and_put_right_in_one_tap(home: Screen) -> None:
    await begin_session(home)
    await home.type_in("Nombre", "6")
    await home.type_in(OF_18, "7")
    assert home.says("1 personne de trop : 7 pour 6 participants.")
    await home.tap("Enregistrer")
    assert home.says("Pas encore enregistré")
    assert shown(home, OF_18) == "7"
    await home.tap("Passer à 7 participants")
    await home.tap("Enregistrer")
    assert home.says("Séance collective enregistrée")


async def test_a_headcount_typed_below_the_margins_is_no_wall(home: Screen) -> None:
    await begin_session(home)
    await home.type_in("Nombre", "12")
    await home.type_in(OF_18, "12")
    await home.type_in("Nombre", "1")  # the first digit of 15
    assert home.says("11 personnes de trop : 12 pour 1 participant.")
    await home.type_in("Nombre", "15")
    assert home.says("3 personnes sans âge")


async def test_what_is_no_number_is_objected_to_stays_to_be_mended_and_loses_nothing(home: Screen) -> None:
    await begin_session(home)
    await home.type_in("Nombre", "12")
    await home.type_in(OF_18, "4")
    for label, bad, said in (
        (OF_18, "quatre", "Écrivez un nombre entier, de 0 à 2000. Le nombre reste 4."),
        ("Nombre", "9999", "Écrivez un nombre entier, de 1 à 2000. Le nombre reste 12."),
    ):
        await home.type_in(label, bad)
        assert home.says(said)
        field = next(f for f in home.all(ft.TextField) if as_typed(f.label) == label)
        await home.event(field, "blur", value=bad)
        assert (home.says(said), shown(home, label)) == (True, bad)
    assert home.says("8 personnes sans âge")
    await home.tap("Une personne de plus, 18-21 ans")
    assert (shown(home, OF_18), home.says("Écrivez un nombre entier, de 0")) == ("5", False)


async def test_a_text_that_was_pasted_is_objected_to_and_one_fewer_than_nobody_stays_nobody(home: Screen) -> None:
    await home.tap("Séance collective")
    await home.type_in("Nombre", "9" * 5_000)
    assert home.says("Écrivez un nombre entier")
    await home.type_in("Nombre", "")
    await home.tap("Un participant de moins")
    draft = session_of(home).draft
    assert draft is not None
    assert draft.fields.get("headcount") in (None, 0)


async def test_a_number_wiped_out_is_none_and_an_empty_headcount_comes_back(home: Screen) -> None:
    await begin_session(home)
    await home.type_in("Nombre", "12")
    await home.type_in(OF_18, "4")
    for label, after in ((OF_18, ""), ("Nombre", "12")):
        await home.type_in(label, "")
        assert not home.says("Écrivez")
        field = next(f for f in home.all(ft.TextField) if as_typed(f.label) == label)
        await home.event(field, "blur", value="")
        assert shown(home, label) == after
    assert home.says("12 personnes sans âge")


@given(st.integers(0, 99), st.integers(0, 99))
def test_whatever_the_sum_it_is_one_line_on_a_phone(came: int, told: int) -> None:
    fields = {"headcount": came or None, "ages": [{"age_band": "16-17", "people": told}]}
    assert len(margins.describe(fields, "ages")) <= 50  # of some 7.5 pixels, in 368


async def test_each_tap_leaves_the_lines_above_the_steps_where_they_are(home: Screen) -> None:
    await begin_session(home)
    lines = [len(home.all(ft.Semantics))]
    for _ in range(3):
        await home.tap("Une personne de plus, 18-21 ans")
        lines.append(len(home.all(ft.Semantics)))
    assert lines == lines[:1] * 4


async def test_each_number_has_two_steps_wide_enough_with_names_of_their_own(home: Screen) -> None:
    await begin_session(home)
    steps = [c for c in walk(home.page) if isinstance(c, ft.IconButton) and isinstance(c.icon, ft.Icon)]
    sizes = {str(c.icon.semantics_label): side_of(c) for c in steps}  # type: ignore[union-attr]  # above
    for band in BANDS:
        assert sizes[f"Une personne de plus, {band}"] >= 48
        assert sizes[f"Une personne de moins, {band}"] >= 48
    fields = [as_typed(f.label) for f in home.all(ft.TextField)]
    assert len(fields) == len(set(fields))
