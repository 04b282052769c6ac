"""What a tap changes moves nothing else: the next one, in a hurry, falls on what it was aimed at."""

from __future__ import annotations

import flet as ft

from field_app.screens.forms.first_contact import COUNTS
from tests.field_app.screens.test_screens import home, screen  # noqa: F401  # the fixtures of the screens
from tests.flet_headless import Screen, walk

SAVED = "Rencontre enregistrée"


def list_lines(home: Screen) -> list[str]:  # noqa: F811
    """All that is written in what scrolls, from top to bottom: a line more or less moves what stands below it."""
    inside = [control for listing in home.all(ft.ListView) for control in walk(listing)]
    return [str(control.value) for control in inside if isinstance(control, ft.Text)]


async def begin_second(home: Screen) -> None:  # noqa: F811
    """Save somebody, and stand before the form of the next."""
    await home.tap("Nouvelle rencontre")
    await home.choose("Giromagny")
    await home.choose("Mairie")
    await home.choose("40-59 ans")
    await home.choose("Femme")
    await home.choose("Manger")
    await home.tap("Enregistrer et suivante")
    assert home.says(SAVED)


async def test_what_is_said_of_the_one_before_goes_without_moving_the_form(home: Screen) -> None:  # noqa: F811
    await begin_second(home)
    before = list_lines(home)
    assert SAVED not in before
    await home.choose("40-59 ans")
    assert not home.says(SAVED)
    assert list_lines(home) == before


async def test_an_answer_leaves_as_many_lines_as_there_were(home: Screen) -> None:  # noqa: F811
    await home.tap("Nouvelle rencontre")
    before = list_lines(home)
    await home.choose("Oui")
    after = list_lines(home)
    assert len(after) == len(before)
    assert [i for i, line in enumerate(after) if line != before[i]] == [after.index(COUNTS["non"])]


async def test_the_profile_of_a_friend_is_taken_and_its_button_stays(home: Screen) -> None:  # noqa: F811
    await begin_second(home)
    before = list_lines(home)
    await home.tap("Même profil")
    assert list_lines(home) == before
    await home.tap("Mêmes besoins")
    assert home.button("Même profil")
    assert home.button("Mêmes besoins")
    await home.tap("Mêmes besoins")  # twice is once
    await home.tap("Enregistrer")
    assert home.says(SAVED)


async def test_a_warning_stands_over_the_buttons_and_moves_nothing(home: Screen) -> None:  # noqa: F811
    await home.tap("Nouvelle rencontre")
    await home.choose("Giromagny")
    await home.choose("Mairie")
    await home.choose("Aller-vers les jeunes précaires (16-25 ans)")
    before = list_lines(home)
    await home.choose("40-59 ans")
    assert home.says("en dehors des 16-25 ans de cette action")
    assert list_lines(home) == before
