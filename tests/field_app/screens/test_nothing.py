"""A screen that holds nothing: it says what comes there and leads to the next act, on the first day as later."""

from __future__ import annotations

from pathlib import Path

import flet as ft
import pytest

from field_app.app import ASSETS
from field_app.screens import services
from field_app.state.follow_ups.follow_ups import FollowUps
from field_app.state.session import Session
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import record
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.flet_headless import Screen, as_typed, walk
from tools.web_build import places

MOST = 2_000
"""Bytes of a drawing: it is sent at the first visit."""


def drawings(screen: Screen) -> list[str]:
    """The drawings on the screen, none of which a screen reader speaks of."""
    found = [i for i in screen.all(ft.Image) if str(i.src).startswith("rien-")]
    assert all(i.exclude_from_semantics for i in found)
    return [str(i.src) for i in found]


@pytest.mark.parametrize(
    ("way", "drawing", "comes"),
    [
        ("Journal des saisies", "rien-journal.svg", "Ce que vous enregistrez arrive ici"),
        ("Suites", "rien-suites.svg", "se suivent ici"),
        ("Mes chiffres", "rien-chiffres.svg", "s’y comptent dès qu’ils sont enregistrés"),
    ],
)
async def test_on_the_first_day_a_screen_says_what_comes_there_and_leads_to_an_encounter(
    home: Screen, way: str, drawing: str, comes: str
) -> None:
    await home.tap(way)
    assert drawings(home) == [drawing]
    assert home.says(comes)
    await home.tap("Nouvelle rencontre")
    assert home.chip("Giromagny")


async def test_the_words_are_read_out_when_they_come(home: Screen) -> None:
    await home.tap("Mes chiffres")
    said = [c for c in walk(home.page) if isinstance(c, ft.Semantics) and c.live_region]
    inside = [as_typed(c.content.value) for c in said if isinstance(c.content, ft.Text)]
    assert any(words.startswith("Rien d’enregistré ici sur cette période.") for words in inside)


async def test_once_something_is_recorded_the_drawing_is_gone(home: Screen) -> None:
    await record(home)
    for way in ("Journal des saisies", "Mes chiffres"):
        await home.tap(way)
        assert drawings(home) == []
        await home.tap("Retour à l’accueil")


async def test_of_a_week_gone_by_the_figures_lead_back_to_the_present_one(home: Screen) -> None:
    await record(home)
    await home.tap("Mes chiffres")
    for span, earlier, back in (
        ("Jour", "Jour précédent", "Revenir à aujourd’hui"),
        ("Semaine", "Semaine précédente", "Revenir à cette semaine"),
        ("Mois", "Mois précédent", "Revenir à ce mois-ci"),
    ):
        await home.choose(span)
        await home.tap(earlier)
        assert drawings(home) == ["rien-chiffres.svg"]
        await home.tap(back)
        assert drawings(home) == []
        assert home.says("Contacts")


async def test_a_filter_whose_last_record_went_can_be_left(home: Screen) -> None:
    await record(home)
    session = session_of(home)
    await session.show_journal("draft")  # as « 1 brouillon à terminer » does, its draft being thrown away since
    await home.settle()
    assert home.says("aucune saisie « Brouillon »")
    await home.tap("Tout afficher")
    assert home.says("Rencontre · Giromagny")


async def test_words_that_no_service_holds_are_taken_out_in_one_tap(home: Screen) -> None:
    await home.tap("Annuaire")
    await home.type_in("Rechercher un service", "zzzz")
    assert drawings(home) == ["rien-annuaire.svg"]
    assert home.says(services.NOTHING)
    await home.tap("Tout afficher")
    [box] = [c for c in home.all(ft.TextField) if c.label == as_typed(c.label) == "Rechercher un service"]
    assert not box.value
    assert drawings(home) == []


def follow_ups_of(home: Screen) -> FollowUps:
    session: Session = session_of(home)
    return session.follow_ups


async def test_a_search_or_a_filter_of_the_suites_is_left_in_one_tap(home: Screen) -> None:
    await home.tap("Suites")
    await home.type_in("Rechercher une suite", "manteau")
    await home.tap("Effacer la recherche")
    assert follow_ups_of(home).words == ""
    await home.choose("Filtres")
    for name in ("Droits", "Terminées"):
        await home.choose(name)
        await home.tap("Ôter les filtres")
        state = follow_ups_of(home)
        assert (state.kind, state.closed, state.only_due) == ("", False, False)
    assert home.says("tout est à jour")


async def test_the_suites_of_colleagues_are_spoken_of_until_they_are_shown(home: Screen) -> None:
    await home.tap("Suites")
    assert home.says("« Toute l’équipe » montre aussi les suites de vos collègues.")
    await home.choose("Toute l’équipe")
    assert not home.says("montre aussi")


def drawn_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("rien-*.svg"))


def test_each_drawing_is_small_and_comes_with_the_app() -> None:
    found = drawn_in(ASSETS)
    assert [p.stem.removeprefix("rien-") for p in found] == ["annuaire", "chiffres", "journal", "suites"]
    assert set(found) <= set(places.PICTURES)
    assert all(
        p.stat().st_size < MOST and "http:" not in p.read_text().replace("http://www.w3.org", "") for p in found
    )


async def test_a_service_begins_at_its_top_wherever_the_list_was_scrolled_to(home: Screen) -> None:
    await home.tap("Annuaire")
    await home.type_in("Rechercher un service", "giromagny")
    [listed] = home.all(ft.ListView)
    await home.tap("Voir France Services Giromagny")
    [shown] = home.all(ft.ListView)
    assert shown._i != listed._i  # the client would keep the place of the one it knows
