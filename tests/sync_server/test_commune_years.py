"""Communes « dépourvues d’action jeunesse », marked year by year."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server import audit, commune_years, database
from tests.sync_server.test_console import csrf

PAGE = "/console/listes/communes"


def marked(engine: Engine, year: int) -> list[str]:
    with database.reading(engine) as connection:
        return commune_years.marked(connection, TERRITORY, year)


def save(client: TestClient, year: int, communes: list[str], seen: str = "") -> Any:
    data = {"csrf": csrf(client, PAGE), "annee": year, "vues": seen, "commune": communes}
    return client.post(PAGE, data=data)


def test_every_commune_can_be_marked_under_its_epci(coordinator: TestClient) -> None:
    page = coordinator.get(PAGE).text
    assert page.count('name="commune"') == 101
    groups = [int(n) for n in re.findall(r"\(0 sur (\d+) en 2026\)", page)]
    assert groups == [52, 27, 22]


def test_the_marks_of_a_year_are_kept_and_told_in_the_log(coordinator: TestClient, engine: Engine) -> None:
    page = save(coordinator, 2026, ["90052", "90033"])
    assert "Communes enregistrées" in page.text
    assert page.text.count(" checked") == 2
    assert (marked(engine, 2026), marked(engine, 2025)) == (["90033", "90052"], [])
    save(coordinator, 2026, [], "90033 90052")
    assert marked(engine, 2026) == []
    with database.reading(engine) as connection:
        last, first = audit.entries(connection, TERRITORY)
    assert (first.subject, first.after) == ("2026", '{"communes": ["90033", "90052"]}')
    assert (last.before, last.after) == (first.after, '{"communes": []}')


def test_saving_what_stands_there_writes_nothing(coordinator: TestClient, engine: Engine) -> None:
    save(coordinator, 2026, ["90052"])
    save(coordinator, 2026, ["90052"], "90052")
    with database.reading(engine) as connection:
        assert len(audit.entries(connection, TERRITORY)) == 1


def test_the_year_before_is_proposed_and_kept_only_when_it_is_saved(
    coordinator: TestClient, engine: Engine
) -> None:
    save(coordinator, 2025, ["90052"])
    page = coordinator.get(f"{PAGE}?annee=2026&comme=2025").text
    assert 'value="90052" checked' in page
    assert "Proposition reprise de 2025" in page
    assert marked(engine, 2026) == []


def test_two_people_at_once_do_not_undo_each_other_unseen(coordinator: TestClient, engine: Engine) -> None:
    save(coordinator, 2026, ["90052"])
    answer = save(coordinator, 2026, ["90033"])  # from a page of before
    assert answer.status_code == 409
    assert 'value="90033" checked' in answer.text
    assert "Marquées par ailleurs : Giromagny" in answer.text
    assert marked(engine, 2026) == ["90052"]


@pytest.mark.parametrize("year", ["1999", "2028", "-1"])
def test_a_year_outside_the_pact_is_refused(coordinator: TestClient, year: str) -> None:
    assert coordinator.get(f"{PAGE}?annee={year}").status_code == 422


def test_a_commune_from_elsewhere_is_left_aside(coordinator: TestClient, engine: Engine) -> None:
    save(coordinator, 2026, ["75056", "90052"])
    assert marked(engine, 2026) == ["90052"]


def test_only_the_coordination_marks_communes_with_a_form_of_its_own(administrator: TestClient) -> None:
    assert administrator.get(PAGE).status_code == 403
    assert administrator.post(PAGE, data={"annee": 2026, "csrf": "x"}).status_code == 403
