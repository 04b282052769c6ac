"""A code of the territory's own counts under its national one wherever a figure is told: total, breakdown, filter,
records behind it, funnel, and what is kept ready."""

from __future__ import annotations

import html
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared import choices
from shared.territory import TERRITORY
from sync_server.figures import counts, tallies, tally_version
from sync_server.figures.counts import Figure
from sync_server.figures.vocabulary import codes_of
from sync_server.reports import referrals
from sync_server.storage import database, local_codes
from tests.sync_server.figures.test_tallies import QUARTER, figures, recomputed
from tests.sync_server.web.test_console import csrf
from tests.sync_server.world import encounter, follow_up, new_id, of_kind, push

PAGE = "/console/listes"
CARE = "sante--acces-aux-soins"
MARCH = "du=2026-03-01&au=2026-03-31&arrete=2026-03-10"


def add(client: TestClient, name: str, label: str, national: str) -> str:
    """The code that the coordinator gets for that label."""
    before = set(choices.load(name).by_code)
    values = {"csrf": csrf(client, PAGE), "liste": name, "label": label, "national": national}
    assert client.post(PAGE, data=values).status_code == 200
    [code] = set(choices.load(name).by_code) - before
    return code


def accepted(engine: Engine, *records: Any) -> None:
    assert {r.status for r in push(engine, *records)} == {"accepted"}


def cells(engine: Engine, code: str, by: str) -> dict[str, Figure]:
    """The figures of that indicator by value, those that count nothing left out."""
    found = figures(engine, QUARTER, (by,))[code]
    return {cell[0]: figure for cell, figure in found.items() if cell and figure.value}


def behind(engine: Engine, code: str, **cell: tuple[str, ...]) -> int:
    with database.reading(engine) as connection:
        return len(counts.behind(connection, TERRITORY, QUARTER, code, cell))


def test_a_skatepark_counts_as_a_public_place_in_the_breakdown_the_filter_and_behind(
    coordinator: TestClient, engine: Engine
) -> None:
    skatepark = add(coordinator, "place_type", "Skatepark", "espace-public")
    accepted(engine, *(encounter(place_type="espace-public") for _ in range(4)), encounter(place_type=skatepark))
    assert {place: f.value for place, f in cells(engine, "A4-02", "place_type").items()} == {"espace-public": 5}
    assert figures(engine, QUARTER, (), {"place_type": ("espace-public",)})["A4-02"][()].value == 5
    assert behind(engine, "A4-02", place_type=("espace-public",)) == 5
    page = html.unescape(coordinator.get(f"/console/indicateurs?{MARCH}&par=lieu").text)
    assert "Skatepark" not in page
    old = html.unescape(coordinator.get(f"/console/indicateurs?{MARCH}&lieu={skatepark}&indicateur=A4-02").text)
    assert '<option value="espace-public" selected>' in old  # an address kept from before says the same
    where = f"indicateur=A4-02&{MARCH}&ou=place_type:{skatepark}"
    assert html.unescape(coordinator.get(f"/console/saisies?{where}").text).count('<th scope="row"><a') == 5


def test_a_local_sort_of_lycee_is_among_the_five_lycees(coordinator: TestClient, engine: Engine) -> None:
    farm = add(coordinator, "partner_type", "Lycée agricole", "lycee")
    young = {"action": "jeunes"}
    accepted(
        engine,
        of_kind("partner_contact", partner_type="lycee", structure="Lycée Condorcet", **young),
        of_kind("partner_contact", partner_type=farm, structure="Lycée de Valdoie", **young),
    )
    assert {sort: (f.value, f.denominator) for sort, f in cells(engine, "A3-11", "partner_type").items()} == {
        "lycee": (2, 5)
    }
    narrowed = figures(engine, QUARTER, (), {"partner_type": ("lycee",)})["A3-11"][()]
    assert (narrowed.value, narrowed.denominator) == (2, 5)
    assert behind(engine, "A3-11", partner_type=("lycee",)) == 2


def test_a_theme_said_twice_in_one_encounter_counts_once_also_under_its_local_name(
    coordinator: TestClient, engine: Engine
) -> None:
    dentist = add(coordinator, "theme", "Dentiste", CARE)
    other = add(coordinator, "theme", "Ophtalmologue", CARE)
    accepted(
        engine,
        encounter(needs=[{"theme": CARE, "last_mile": "social"}, {"theme": dentist, "last_mile": "numerique"}]),
        encounter(needs=[{"theme": dentist}, {"theme": other}, {"theme": "famille--garde-denfants"}]),
    )
    for _ in ("counted", "kept ready"):
        found = figures(engine, QUARTER, ("theme",))["A4-06"]
        assert (found[()].value, found[CARE,].value, found["famille--garde-denfants",].value) == (3, 2, 1)
        tallies.recount_stale(engine, TERRITORY)
    miles = cells(engine, "A4-06", "last_mile")
    assert {mile: f.value for mile, f in miles.items()} == {"social": 1, "numerique": 1, "non-precise": 2}
    assert figures(engine, QUARTER, (), {"theme": (CARE,)})["A4-06"][()].value == 2


def test_obstacles_rights_and_modes_of_contact_too(coordinator: TestClient, engine: Engine) -> None:
    scooter = add(coordinator, "obstacle", "Panne de scooter", "mobilite")
    bonus = add(coordinator, "right", "Chèque eau", "rsa")
    fair = add(coordinator, "contact_mode", "Stand de marché", "presence-de-rue")
    noticed = [{"id": new_id(), "right": bonus}]
    accepted(engine, encounter(rights=noticed, contact_mode=fair, first_contact_year="oui"))
    accepted(engine, encounter(action="jeunes", obstacles=[{"id": new_id(), "kind": scooter}]))
    by_right = figures(engine, QUARTER, ("right",))
    assert [by_right[code]["rsa",].value for code in ("A4-07", "A4-08")] == [1, 0]
    assert figures(engine, QUARTER, ("obstacle",))["A3-07"]["mobilite",].denominator == 1
    assert set(cells(engine, "A4-02", "contact_mode")) == {"presence-de-rue"}


def test_the_funnel_by_need_puts_them_together(coordinator: TestClient, engine: Engine) -> None:
    dentist = add(coordinator, "theme", "Dentiste", CARE)
    sent = [{"id": new_id(), "service": "mobijob", "theme": theme} for theme in (CARE, dentist)]
    for one in sent:
        accepted(engine, encounter(needs=[{"theme": one["theme"]}], referrals=[one]))
    with database.reading(engine) as connection:
        found = referrals.funnel(connection, TERRITORY, QUARTER, {})
    assert [(line.code, line.made) for line in found.by_theme] == [(CARE, 2)]


def test_a_code_added_after_the_records_leaves_no_old_count(coordinator: TestClient, engine: Engine) -> None:
    accepted(engine, encounter(needs=[{"theme": CARE}]))
    tallies.recount_stale(engine, TERRITORY)
    before = tally_version.compute_version()
    dentist = add(coordinator, "theme", "Dentiste", CARE)
    assert tally_version.compute_version() != before
    accepted(engine, encounter(needs=[{"theme": CARE}, {"theme": dentist}]))
    for _ in ("not fresh", "fresh"):
        assert figures(engine, QUARTER, ("month",)) == recomputed(engine, QUARTER, ("month",))
        assert figures(engine, QUARTER, ())["A4-06"][()].value == 2
        tallies.recount_stale(engine, TERRITORY)


def test_a_server_that_never_heard_of_the_code_does_not_read_the_tallies_of_one_that_has(
    coordinator: TestClient, engine: Engine
) -> None:
    dentist = add(coordinator, "theme", "Dentiste", CARE)
    accepted(engine, encounter(needs=[{"theme": CARE}, {"theme": dentist}]))
    tallies.recount_stale(engine, TERRITORY)
    knowing = tally_version.compute_version()
    choices.adopt(())
    assert tally_version.compute_version() != knowing
    with database.reading(engine) as connection:
        local_codes.adopt(connection, TERRITORY)
    assert tally_version.compute_version() == knowing


def test_a_place_of_ours_does_not_have_everything_counted_anew(coordinator: TestClient, engine: Engine) -> None:
    """No count that is kept ready depends on it."""
    before = tally_version.compute_version()
    add(coordinator, "place_type", "Skatepark", "espace-public")
    assert tally_version.compute_version() == before


def test_another_order_of_outcomes_has_everything_counted_anew(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"id": new_id(), "service": "mobijob"}
    accepted(engine, encounter(referrals=[sent]))
    accepted(engine, *(follow_up(sent["id"], "2026-03-10", outcome) for outcome in ("honoree", "sans-suite")))
    tallies.recount_stale(engine, TERRITORY)
    assert figures(engine, QUARTER, ())["A4-10"][()].numerator == 1
    shipped, turned = choices.ranks, {"honoree": 1, "sans-suite": 2}
    monkeypatch.setattr(choices, "ranks", lambda name: turned if name == "outcome_referral" else shipped(name))
    assert figures(engine, QUARTER, ())["A4-10"][()].numerator == 0
    tallies.recount_stale(engine, TERRITORY)
    assert figures(engine, QUARTER, ())["A4-10"][()].numerator == 0


def test_a_declaration_cannot_name_a_local_code() -> None:
    """It would count nothing: what is counted is told by its national code."""
    choices.adopt([("partner_type", choices.Choice("local-lycee-agricole", "Lycée agricole", 100, None, "lycee"))])
    assert "local-lycee-agricole" in choices.load("partner_type")
    assert "local-lycee-agricole" not in (codes_of("fact_partner", "partner_type") or ())
