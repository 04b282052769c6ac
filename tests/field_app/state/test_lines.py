"""The national lines of the directory: a telephone and no place, proposed where nothing is near."""

from __future__ import annotations

from typing import Any

import flet as ft
import pytest

from field_app.directory import SHELTER_LINE, SLEEP, Directory, Entry, Filters
from field_app.state import services as states
from field_app.state.emergency import list_numbers
from field_app.store.local_store import Kept
from shared import territory
from shared.french import typeset
from shared.models import ServiceFields
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.flet_headless import Screen

LINES = [s for s in territory.services() if s["id"] in territory.lines()]
VIOLENCE, MORAL, ADDICTIONS = (
    "famille--surmonter-conflits-separation-violence", "sante--sante-mentale", "sante--addictions",
)  # fmt: skip


def way_to_card(home: Screen) -> list[ft.OutlinedButton]:
    """The button of the form; the bar has another one, on every screen."""
    return [b for b in home.all(ft.OutlinedButton) if b.content == typeset("Numéros d’urgence")]


def ids(theme: str, **met: Any) -> list[str]:
    return [entry.id for entry in Directory().for_theme(theme, {"commune": "90052", **met})]


@pytest.mark.parametrize("words", ["115", "samu social", "hébergement d’urgence", "3114", "31 14", "39 19"])
def test_a_number_that_everybody_knows_is_found_in_the_directory(words: str) -> None:
    found = Directory().search(Filters(words), "90052")
    assert any((e.service.phone or "") in ("115", "3114", "3919") for e in found)


@pytest.mark.parametrize(
    ("theme", "expected"),
    [
        (SLEEP, {"numero-115"}), (VIOLENCE, {"numero-119", "numero-3919"}),
        (MORAL, {"numero-3114", "sos-amitie", "fil-sante-jeunes"}),
        (ADDICTIONS, {"drogues-info-service", "alcool-info-service"}),
    ],
)  # fmt: skip
def test_no_need_of_the_street_is_a_dead_end(theme: str, expected: set[str]) -> None:
    assert expected <= set(ids(theme))


def test_a_line_comes_after_every_service_that_has_a_door() -> None:
    for theme in (SLEEP, VIOLENCE, MORAL, "remobilisation--lien-social"):
        lines = [entry.is_line for entry in Directory().for_theme(theme, {"commune": "90052"})]
        assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("met", "first"),
    [
        ({"housing": "a-la-rue"}, True), ({"housing": "squat-ou-abri-de-fortune"}, True),
        ({"place_type": "espace-public"}, True), ({"place_type": "mairie", "housing": "a-la-rue"}, True),
        ({"place_type": "mairie"}, False), ({"housing": "logement"}, False), ({}, False),
    ],
)  # fmt: skip
def test_who_sleeps_outside_is_proposed_the_115_first(met: dict[str, str], first: bool) -> None:
    assert (ids(SLEEP, **met)[0] == SHELTER_LINE) == first
    assert ids(VIOLENCE, **met) == ids(VIOLENCE)


def test_the_115_that_the_coordination_retired_is_not_proposed() -> None:
    directory = Directory([Kept(SHELTER_LINE, "service", {}, "received", deleted=True)])
    assert SHELTER_LINE not in [e.id for e in directory.for_theme(SLEEP, {"housing": "a-la-rue"})]


def test_each_line_says_its_number_its_hours_and_where_it_was_read() -> None:
    assert len(LINES) == 8
    for raw in LINES:
        service = ServiceFields.model_validate({k: v for k, v in raw.items() if k != "id"})
        assert states.call(service) == f"tel:{(service.phone or '').replace(' ', '')}"
        assert (service.latitude, service.address, bool(service.opening_hours)) == (None, None, True)
        assert states.distance(Entry(raw["id"], service)) == "par téléphone, de partout"
        assert "." in (service.source or "")


def test_the_lines_and_the_emergency_card_say_the_same_numbers() -> None:
    card = {one.number for one in list_numbers()}
    short = {raw["phone"] for raw in LINES if len(raw["phone"]) <= 4}
    assert short == card - {"112", "15", "114"}  # where one sends an ambulance, nobody is referred


async def test_who_sleeps_outside_is_referred_to_the_115_and_the_emergency_card_is_there(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Espace public", "Où dormir"):
        await home.choose(name)
    await home.choose("115, hébergement d’urgence (Samu social)")
    assert home.says("Orientation vers 115, hébergement d’urgence")
    await home.event(way_to_card(home)[0], "click")
    assert home.says("La personne ne sait pas où dormir ce soir")


async def test_a_need_that_no_emergency_number_answers_shows_no_way_to_them(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "Permis"):
        await home.choose(name)
    assert way_to_card(home) == []


def test_a_service_whose_address_nobody_knows_is_no_line() -> None:
    directory = Directory([Kept("udaf-90", "service", {"name": "UDAF 90", "phone": "03 84 00 00 00"}, "received")])
    [entry] = directory.search(Filters("udaf"), "90052")
    assert (entry.is_line, states.distance(entry)) == (False, "distance inconnue")
