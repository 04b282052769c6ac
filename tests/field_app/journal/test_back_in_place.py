"""What is corrected or copied from the journal leads back to where one was in it; the form to correct it shows who
and what for at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import flet as ft
import pytest

from field_app.state.journal import PAGE
from shared import french
from tests.field_app.screens.test_double_tap import session_of
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import record
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.world import encounter, kept
from tests.flet_headless import Screen, walk

FAR, LONG = 1234.0, 5700.0
"""How far down the list stands and how long it is, in pixels."""


async def scroll(home: Screen, pixels: float) -> None:
    """A thumb moves the list: the client tells how far down it stands."""
    [listing] = home.all(ft.ListView)
    told = {"t": "update", "p": pixels, "minse": 0.0, "maxse": 5000.0, "vd": 700.0, "sd": 10.0}
    names = {"event_type": "update", "pixels": pixels, "min_scroll_extent": 0.0, "max_scroll_extent": 5000.0}
    await home.event(listing, "scroll", told | names | {"viewport_dimension": 700.0})


def stands(home: Screen) -> list[Any]:
    """Where the client was asked to put a list, in order."""
    return [args["offset"] for name, args in home.connection.invoked if name == "scroll_to"]


def older(home: Screen) -> list[str]:
    """The button that unfolds the list."""
    words = (str(button.content) for button in home.all(ft.OutlinedButton))
    return [said.replace(french.NBSP, " ") for said in words if said.startswith("Voir plus ancien")]


async def many(home: Screen) -> None:
    """A journal of more than a page, opened whole and scrolled down."""
    store = session_of(home)._opened.store
    for _ in range(PAGE + 4):
        await store.keep(kept())
    await home.tap("Journal des saisies")
    await home.tap("Voir plus ancien (4)")
    await scroll(home, FAR)


@pytest.mark.parametrize("leaving", ["Enregistrer", "Annuler mes changements", "Retour au journal"])
async def test_a_correction_leads_back_to_where_one_was(home: Screen, leaving: str) -> None:
    await many(home)
    assert stands(home) == []
    await home.tap("Modifier")
    await home.tap(leaving)
    assert stands(home) == [FAR]
    assert not older(home)  # what was unfolded is
    assert home.says("Correction enregistrée") is (leaving == "Enregistrer")


async def test_a_copy_leads_back_too_and_is_said_in_sight(home: Screen) -> None:
    await many(home)
    await home.tap(f"Dupliquer Rencontre · Giromagny, 09/03/2026 · Mairie, n° {PAGE + 1}")
    await home.tap("Enregistrer")
    above = LONG / (PAGE + 5)  # the copy stands at the top: what was opened moved by as much
    assert stands(home) == [pytest.approx(FAR + above)]
    [listing] = home.all(ft.ListView)

    inside = [str(c.value) for c in walk(listing) if isinstance(c, ft.Text)]
    assert "Rencontre enregistrée sans détail" in home.texts
    assert not any("enregistrée" in words for words in inside)  # in the bar below, not at the top of the list


async def test_a_day_put_right_is_followed_to_where_it_is_now(home: Screen) -> None:
    await many(home)
    first = session_of(home).journal.visible[0]
    await home.tap("Modifier")
    await home.tap("Changer")
    await home.tap("Jour précédent")
    await home.tap("Enregistrer")
    journal = session_of(home).journal
    assert journal.visible[-1].id == first.id  # a day older than all others
    assert stands(home) == [pytest.approx(FAR + (PAGE + 3) * LONG / (PAGE + 4))]


async def test_a_record_that_moved_beyond_what_is_drawn_is_drawn(home: Screen) -> None:
    store = session_of(home)._opened.store
    for _ in range(PAGE + 4):
        await store.keep(kept())
    await home.tap("Journal des saisies")
    await home.tap("Modifier")
    await home.tap("Changer")
    await home.tap("Jour précédent")
    await home.tap("Enregistrer")
    assert home.says("08/03/2026")


async def test_a_search_and_a_filter_are_kept_meanwhile(home: Screen) -> None:
    await record(home, "18-21 ans")
    await record_another(home)
    await home.tap("Journal des saisies")
    await home.type_in("Rechercher une saisie", "18 21")
    await home.tap("Modifier")
    await home.choose("Femme")
    await home.tap("Enregistrer")
    assert home.says("18-21 ans · Femme")
    assert not home.says("40-59 ans")
    assert [box.value for box in home.all(ft.TextField)] == ["18 21"]


async def record_another(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    await home.choose("40-59 ans")
    await home.tap("Enregistrer")


async def test_a_colleagues_record_that_was_read_leads_back_too(home: Screen) -> None:
    store = session_of(home)._opened.store
    await store.keep(kept(state="received"))
    await home.tap("Journal des saisies")
    await home.choose("Reçue de l’équipe (1)")
    await scroll(home, FAR)
    await home.tap("Lire")
    await home.tap("Retour au journal")
    assert stands(home) == [FAR]


async def test_the_journal_opened_anew_begins_at_its_top(home: Screen) -> None:
    await many(home)
    await home.tap("Retour à l’accueil")
    await home.tap("Journal des saisies")
    assert stands(home) == []
    assert older(home) == ["Voir plus ancien (4)"]


async def test_a_screen_that_has_gone_meanwhile_ends_nothing(
    home: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(home)

    async def gone(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(ft.ListView, "scroll_to", gone)
    await home.tap("Modifier")
    await home.tap("Enregistrer")
    assert home.says("Correction enregistrée")


async def test_the_form_to_correct_shows_whom_and_what_for_at_once(home: Screen) -> None:
    await record(home, "18-21 ans", "Garder son logement")
    await home.tap("Modifier")
    assert home.says("Giromagny · Mairie")
    assert home.button("Changer")
    assert "Autres lieux" not in [str(getattr(b, "content", "")) for b in home.all(ft.OutlinedButton)]
    assert home.chip("18-21 ans").selected
    assert home.chip("Garder son logement").selected
    await home.tap("Changer")
    assert home.chip("Mairie").selected


async def test_a_place_that_the_server_refused_lies_open(home: Screen) -> None:
    store = session_of(home)._opened.store
    blamed = [{"field": "place_type", "code": "x", "message": "Lieu refusé"}]
    await store.keep(replace(kept(fields=encounter()), state="to_correct", reasons=blamed))
    await home.tap("Journal des saisies")
    await home.tap("Corriger")
    assert home.says("Lieu refusé")
    assert home.chip("Mairie").selected  # nothing to unfold
