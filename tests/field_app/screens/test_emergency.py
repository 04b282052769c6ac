"""The emergency card: one tap from a form, home and the directory, without a network, nothing of it kept."""

from __future__ import annotations

import re

import flet as ft
import pytest

from field_app import theme
from field_app.state import emergency
from field_app.widgets.emergency import NAME
from tests.field_app.needs.test_needs import open_form
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import PIN
from tests.flet_headless import Screen, side_of

NUMBERS = {one.number: one for one in emergency.list_numbers()}


def links(home: Screen) -> dict[str, str]:
    """What a screen reader says of each button of the card, and where it leads."""
    found = {}
    for button in home.all(ft.FilledTonalButton):
        if isinstance(button.url, ft.Url):
            assert isinstance(button.content, ft.Text)
            found[str(button.content.semantics_label)] = button.url.url
    return found


async def kept(home: Screen) -> list[object]:
    return [(k.id, k.state, k.fields) for k in await session_of(home)._opened.store.all() if k.kind != "service"]


@pytest.mark.parametrize("number", ["112", "15", "114", "115", "119", "3919", "3114"])
def test_each_number_says_in_one_line_when_it_is_called(number: str) -> None:
    one = NUMBERS[number]
    assert one.name
    assert re.fullmatch(r"[A-ZÉÀ].{20,130}\.", one.when), one.when
    assert "'" not in one.name + one.when
    assert one.url == f"{'sms' if number == '114' else 'tel'}:{number}"


@pytest.mark.parametrize(
    ("number", "read", "does"),
    [
        ("115", "115", "Appeler le 115"),
        ("3919", "39 19", "Appeler le 39 19"),
        ("114", "114", "Écrire un SMS au 114"),
    ],
)
def test_a_number_is_read_as_it_is_said(number: str, read: str, does: str) -> None:
    assert (NUMBERS[number].spoken, NUMBERS[number].action) == (read, does)


async def test_from_home_one_tap_shows_the_numbers_to_read_and_to_dial(home: Screen) -> None:
    assert links(home) == {}
    await home.tap(NAME)
    assert links(home) == {one.action: one.url for one in NUMBERS.values()}
    assert {one.spoken for one in NUMBERS.values()} <= set(home.texts)  # large, for who dials elsewhere
    assert all(home.says(one.name) for one in NUMBERS.values())
    assert all(home.says(one.when) for one in NUMBERS.values())
    await home.tap("Fermer")
    assert links(home) == {}
    assert home.button("Nouvelle rencontre")


async def test_in_a_form_it_lies_over_it_and_changes_nothing_of_it(home: Screen) -> None:
    await open_form(home, "Manger")
    draft = session_of(home).draft
    before = await kept(home)
    await home.tap(NAME)
    assert home.says("Hébergement d’urgence")
    await home.tap("Fermer")
    assert session_of(home).draft is draft
    assert home.chip("Manger").selected
    assert await kept(home) == before


async def test_opened_before_anything_was_entered_it_leaves_no_draft(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.tap(NAME)
    [sheet] = [s for s in home.all(ft.BottomSheet) if s.open]
    await home.event(sheet, "dismiss", open=False)  # a tap beside it
    assert links(home) == {}
    assert await kept(home) == []


async def test_from_the_directory_and_from_one_of_its_services(home: Screen) -> None:
    await home.tap("Annuaire")
    for there in ("", "Voir France Services Giromagny"):
        if there:
            await home.type_in("Rechercher un service", "france services giromagny")
            await home.tap(there)
        await home.tap(NAME)
        assert "Appeler le 115" in links(home)
        await home.tap("Fermer")


async def test_a_locked_tablet_shows_the_numbers_and_opens_as_before(home: Screen) -> None:
    await session_of(home).lock_now()
    await home.settle()
    await home.tap(NAME)
    assert "Appeler le 115" in links(home)
    await home.tap("Fermer")
    await home.type_in("Code PIN", PIN)
    assert home.button("Nouvelle rencontre")


async def test_the_way_to_it_is_large_enough_for_a_cold_thumb_and_has_a_name(home: Screen) -> None:
    button = home.button(NAME)
    assert isinstance(button, ft.IconButton)
    assert side_of(button) == theme.TOUCH >= 48
    await home.tap(NAME)
    styles = [b.style for b in home.all(ft.FilledTonalButton) if isinstance(b.url, ft.Url)]
    assert styles == [theme.BUTTON] * len(NUMBERS)  # as high as every other button


async def test_the_buttons_are_equally_wide_whatever_the_number(home: Screen) -> None:
    await home.tap(NAME)
    links_ = [b for b in home.all(ft.FilledTonalButton) if isinstance(b.url, ft.Url)]
    assert len(links_) == len(NUMBERS)
    [shares] = {tuple(sorted(link.col.items())) for link in links_ if isinstance(link.col, dict)}
    assert dict(shares)["xs"] == 6  # « 39 19 » and its icon twice as large, on a phone
