"""A form that is not saved shows what to mend: the first field at fault comes into sight, ready to be typed in."""

from __future__ import annotations

from typing import Any

import flet as ft
import pytest
from sqlalchemy import Engine

from field_app.widgets import sight
from tests.field_app.conftest import a_code
from tests.field_app.needs.test_needs import open_form
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.flet_headless import Screen, walk

SEEN = ("scroll_to", "focus", "announce_message")


def shown(screen: Screen) -> list[tuple[str, Any]]:
    """What the client was asked to do since it was last looked at, without what it was only asked to tell."""
    asked = [(name, given) for name, given in screen.connection.invoked if name in SEEN]
    screen.connection.invoked.clear()
    return asked


def goals(screen: Screen) -> list[str]:
    """The headings scrolled to since it was last looked at."""
    return [
        str(given["scroll_key"]).removeprefix(sight.MARK) for name, given in shown(screen) if name == "scroll_to"
    ]


def stands_above(screen: Screen, title: str) -> str:
    """The sentence below the heading of that title."""
    after = screen.texts[screen.texts.index(title) + 1 :]
    return after[0]


async def test_an_encounter_without_a_place_shows_its_first_field_then_the_next(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    shown(home)
    await home.tap("Enregistrer")
    assert goals(home) == ["Commune"]
    assert stands_above(home, "Commune") == "À indiquer avant d’enregistrer"
    await home.choose("Giromagny")
    await home.tap("Enregistrer")
    assert goals(home) == ["Lieu"]
    await home.choose("Mairie")
    await home.tap("Enregistrer")
    assert shown(home) == []
    assert home.says("Rencontre enregistrée")


async def test_the_next_of_a_series_is_refused_in_the_same_way(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("Giromagny")
    await home.tap("Enregistrer et suivante")
    assert goals(home) == ["Lieu"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ("Présence", "Durée sur place"), ("Séance collective", "Nombre de participants"),
        ("Partenariat", "Type de partenaire"),
    ],
)  # fmt: skip
async def test_each_form_shows_what_it_misses_once_the_place_is_known(home: Screen, form: str, field: str) -> None:
    await home.tap(form)
    await home.tap("Enregistrer")
    assert goals(home) == ["Commune"]
    await home.choose("Giromagny")
    if form != "Partenariat":
        await home.choose("Mairie")
    await home.tap("Enregistrer")
    assert goals(home) == [field]
    assert home.says("Pas encore enregistré. À revoir :")


async def test_the_way_there_glides_unless_the_tablet_asks_for_stillness(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for feature, takes in (("", sight.GLIDE), ("reduce_motion", 0), ("disable_animations", 0)):
        home.connection.answers["get_accessibility_features"] |= {feature: True} if feature else {}
        await home.tap("Enregistrer")
        [scroll] = [given for name, given in shown(home) if name == "scroll_to"]
        assert scroll["duration"] == takes
        home.connection.answers["get_accessibility_features"] |= {feature: False} if feature else {}


async def test_refused_again_in_the_same_words_it_is_said_again(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.tap("Enregistrer")
    assert "announce_message" not in dict(shown(home))  # the live regions have just said it
    await home.tap("Enregistrer")
    assert dict(shown(home))["announce_message"]["message"] == "Pas encore enregistré. À revoir : Commune, Lieu"


async def test_a_field_of_text_takes_the_focus_and_chips_leave_the_keyboard_closed(home: Screen) -> None:
    await home.tap("Partenariat")
    await home.choose("Giromagny")
    await home.tap("Enregistrer")
    assert [name for name, _ in shown(home)] == ["scroll_to"]
    await home.choose("Collège")
    await home.type_in("Structure", "06 12 34 56 78")
    await home.tap("Enregistrer")
    assert [name for name, _ in shown(home)] == ["scroll_to", "focus", "announce_message"]
    assert stands_above(home, "Structure").startswith("C’est un numéro de téléphone")


async def test_a_presence_ended_at_once_shows_what_is_odd_about_it(home: Screen) -> None:
    await home.tap("Présence")
    await home.choose("Giromagny")
    await home.choose("Mairie")
    await home.tap("Commencer")
    await home.tap("Terminer et enregistrer")
    assert goals(home) == ["Chronomètre"]


async def test_a_field_folded_away_is_there_when_it_is_shown(home: Screen) -> None:
    await open_form(home, "Manger")
    draft = session_of(home).draft
    assert draft is not None
    await home.tap("Enregistrer et suivante")  # the next one has its place folded into one line
    following = session_of(home).draft
    assert following is not None
    await following.enter({**following.fields, "day": "2099-01-01"})  # as a clock that was wrong left it
    await home.settle()
    assert "Jour" not in home.texts
    await home.tap("Enregistrer")
    assert goals(home) == ["Jour"]
    [marked] = [each for each in walk(home.page) if isinstance(getattr(each, "key", None), ft.ScrollKey)]
    assert isinstance(marked, ft.Text)


async def test_a_client_that_cannot_scroll_does_not_end_the_session(home: Screen) -> None:
    home.connection.errors["scroll_to"] = "no such control"
    await home.tap("Nouvelle rencontre")
    await home.tap("Enregistrer")
    await home.choose("Giromagny")
    assert home.chip("Giromagny").selected


async def test_a_tablet_that_is_not_enrolled_says_which_field_is_to_be_mended(
    screen: Screen, server_engine: Engine
) -> None:
    await screen.type_in("Code à usage unique", "0000-0000-0000")
    shown(screen)
    await screen.tap("Activer la tablette")
    assert [name for name, _ in shown(screen)] == ["scroll_to", "focus"]
    boxes = [c for c in walk(screen.page) if isinstance(c, ft.TextField | ft.Text) and c.visible]
    labels = [c.label if isinstance(c, ft.TextField) else c.value for c in boxes]
    assert labels.index("Code à usage unique") == labels.index("Adresse du serveur") + 2  # the reason between them
    await screen.type_in("Code à usage unique", a_code(server_engine))
    await screen.tap("Activer la tablette")
    assert shown(screen) == []
    assert screen.says("Choisissez un code PIN")
