"""Communes « dépourvues d’action jeunesse », marked year by year."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.figures import counts
from sync_server.figures.counts import Period
from sync_server.steering import deprived_communes
from sync_server.storage import audit_log, database
from tests.sync_server.web.test_console import csrf

PAGE = "/console/listes/communes"


def marked(engine: Engine, year: int) -> list[str]:
    with database.reading(engine) as connection:
        return deprived_communes.list_marked(connection, TERRITORY, year)


def save(client: TestClient, year: int, communes: list[str], seen: str = "", confirmed: str = "") -> Any:
    data = {"csrf": csrf(client, PAGE), "annee": year, "vues": seen, "commune": communes, "confirme": confirmed}
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
    save(coordinator, 2026, [], "90033 90052", "oui")
    assert marked(engine, 2026) == []
    with database.reading(engine) as connection:
        last, first = audit_log.entries(connection, TERRITORY)
    assert (first.subject, first.after) == ("2026", '{"communes": ["90033", "90052"]}')
    assert json.loads(last.before) == {"communes": ["90033", "90052"], "T0 de A3-05": "2026 (2 communes)"}
    assert json.loads(last.after) == {"communes": [], "T0 de A3-05": "aucune commune marquée"}


def test_saving_what_stands_there_writes_nothing(coordinator: TestClient, engine: Engine) -> None:
    save(coordinator, 2026, ["90052"])
    save(coordinator, 2026, ["90052"], "90052")
    with database.reading(engine) as connection:
        assert len(audit_log.entries(connection, TERRITORY)) == 1


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


@pytest.mark.parametrize(
    "address", [f"comme={'9' * 24}", "comme=99999999999", "comme=-5", f"annee={'9' * 24}", "annee=0"]
)
def test_a_year_that_cannot_be_says_which_can(coordinator: TestClient, address: str) -> None:
    answer = coordinator.get(f"{PAGE}?annee=2024&{address}" if "comme" in address else f"{PAGE}?{address}")
    assert answer.status_code == 422
    assert "Choisissez une année dans la liste" in answer.text


def share(engine: Engine) -> tuple[float | None, float | None]:
    """A3-05 of the year: the communes covered, and those it divides by."""
    year = Period(date(2026, 1, 1), date(2026, 12, 31), date(2026, 12, 31))
    with database.reading(engine) as connection:
        figure = counts.compute(connection, TERRITORY, year)["A3-05"][()]
    return figure.value, figure.denominator


def test_an_earlier_year_does_not_move_the_t0_unless_it_is_confirmed(
    coordinator: TestClient, engine: Engine
) -> None:
    save(coordinator, 2025, ["90052", "90033", "90008"])
    assert share(engine) == (0, 3)
    answer = save(coordinator, 2024, ["90052"])
    assert answer.status_code == 409
    assert "changent le T0 de l’indicateur A3-05, de 2025 (3 communes) à 2024 (1 commune)" in answer.text
    assert 'name="confirme"' in answer.text
    assert 'value="90052" checked' in answer.text  # what was chosen is not lost
    assert (marked(engine, 2024), share(engine)) == ([], (0, 3))
    save(coordinator, 2024, ["90052"], "", "oui")
    assert (marked(engine, 2024), share(engine)) == (["90052"], (0, 1))
    with database.reading(engine) as connection:
        entry = audit_log.entries(connection, TERRITORY)[0]
    assert json.loads(entry.before)["T0 de A3-05"] == "2025 (3 communes)"
    assert json.loads(entry.after)["T0 de A3-05"] == "2024 (1 commune)"


def test_to_correct_the_t0_itself_is_confirmed_too(coordinator: TestClient, engine: Engine) -> None:
    save(coordinator, 2025, ["90052", "90033"])
    assert save(coordinator, 2025, ["90052"], "90033 90052").status_code == 409
    assert share(engine)[1] == 2


def test_belfort_and_later_years_change_no_t0_and_ask_nothing(coordinator: TestClient, engine: Engine) -> None:
    save(coordinator, 2025, ["90052"])
    assert "Communes enregistrées" in save(coordinator, 2026, ["90033"]).text
    assert "Communes enregistrées" in save(coordinator, 2025, ["90052", "90010"], "90052").text
    assert share(engine)[1] == 1


def test_a_commune_from_elsewhere_is_left_aside(coordinator: TestClient, engine: Engine) -> None:
    save(coordinator, 2026, ["75056", "90052"])
    assert marked(engine, 2026) == ["90052"]


def test_only_the_coordination_marks_communes_with_a_form_of_its_own(administrator: TestClient) -> None:
    assert administrator.get(PAGE).status_code == 403
    assert administrator.post(PAGE, data={"annee": 2026, "csrf": "x"}).status_code == 403
