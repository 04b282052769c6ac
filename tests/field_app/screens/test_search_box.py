"""What is looked for goes with one tap, and a field that was asked for is ready to be typed in."""

from __future__ import annotations

import flet as ft
import pytest

from field_app.widgets.text_box import CLEAR
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import record, referred
from tests.field_app.screens.test_screens import screen as screen
from tests.flet_headless import Screen


@pytest.mark.parametrize(
    ("way", "label"),
    [
        ("Journal des saisies", "Rechercher une saisie"),
        ("Suites", "Rechercher une suite"),
        ("Annuaire", "Rechercher un service"),
    ],
)
async def test_a_search_is_emptied_with_one_tap(home: Screen, way: str, label: str) -> None:
    await referred(home)
    await home.tap(way)
    with pytest.raises(StopIteration):
        home.button(CLEAR)
    before = home.texts
    await home.type_in(label, "gir")
    await home.tap(CLEAR)
    [box] = [each for each in home.all(ft.TextField) if each.label == label]
    assert box.value == ""
    assert home.texts == before


async def test_a_filter_counts_nothing_that_is_not_looked_for(home: Screen) -> None:
    await record(home, "18-21 ans")
    await record_again(home)
    await home.tap("Journal des saisies")
    assert home.chip("Mes saisies (2)")
    await home.type_in("Rechercher une saisie", "18 21")
    assert home.chip("Mes saisies").selected


async def record_again(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("40-59 ans")
    await home.tap("Enregistrer")


async def test_a_repere_that_was_asked_for_has_the_keyboard(home: Screen) -> None:
    await referred(home)
    await home.tap("Suites")
    home.connection.invoked.clear()
    await home.tap("Repère")
    assert "focus" in [name for name, _ in home.connection.invoked]
