"""The directory on the tablet: what shipped, what was pulled, what is near."""

from __future__ import annotations

import pytest

from field_app.directory import Directory
from field_app.local_store import Kept
from shared import choices, territory

RIGHTS = "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits"


def pulled(service_id: str, **fields: object) -> Kept:
    return Kept(service_id, "service", {"name": "Nouveau", **fields}, "received")


def test_a_tablet_that_never_synced_has_the_services_that_shipped() -> None:
    directory = Directory()
    assert len(directory.ids) == 27
    assert directory.name("mobijob") == "Mobijob (MIFE 90)"


def test_what_the_server_sent_replaces_what_shipped_and_adds_to_it() -> None:
    directory = Directory([pulled("mobijob", name="Mobijob"), pulled("ludotheque")])
    assert directory.name("mobijob") == "Mobijob"
    assert len(directory.ids) == 28


def test_records_that_are_no_services_are_left_alone() -> None:
    assert len(Directory([Kept("x", "encounter", {"day": "2026-01-01"})]).ids) == 27


def test_a_service_this_tablet_does_not_know_yet_is_named_by_its_id() -> None:
    assert Directory().name("later") == "later"


@pytest.mark.parametrize(
    ("commune", "nearest"),
    [
        ("90052", "france-services-giromagny"),
        ("90099", "france-services-valdoie"),
        ("90053", "france-services-grandvillars"),
    ],
)
def test_the_nearest_france_services_comes_first(commune: str, nearest: str) -> None:
    entries = Directory().for_theme(RIGHTS, commune)
    assert entries[0].id == nearest
    assert entries[0].km == pytest.approx(0, abs=0.01)


def test_distances_are_those_of_the_map() -> None:
    by_id = {entry.id: entry for entry in Directory().for_theme(RIGHTS, "90052")}
    assert by_id["france-services-valdoie"].km == pytest.approx(8.6, abs=0.3)  # Giromagny to Valdoie
    assert by_id["france-services-grandvillars"].km == pytest.approx(25.2, abs=0.5)


def test_a_service_without_a_place_comes_last_and_says_no_distance() -> None:
    entries = Directory().for_theme(RIGHTS, "90052")
    places = [entry.km is None for entry in entries]
    assert places == sorted(places)
    assert entries[-1].km is None


def test_without_a_commune_the_services_come_by_name() -> None:
    names = [entry.service.name for entry in Directory().for_theme(RIGHTS, None)]
    assert names == sorted(names)


def test_a_need_nobody_answers_proposes_nothing() -> None:
    answered = {theme for service in territory.services() for theme in service["themes"]}
    orphan = next(code for code in choices.load("theme").by_code if code not in answered)
    assert Directory().for_theme(orphan, "90010") == []
