"""The files of the indicators when the page compares: the same two columns, as numbers, in the three formats."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from fastapi.testclient import TestClient
from odfdo import Document
from openpyxl import load_workbook
from sqlalchemy import Engine

from tests.sync_server.world import encounter, follow_up, new_id, push

MARCH = "du=2026-03-01&au=2026-03-31&arrete=2026-03-10"
THEN = "Période précédente"


def _of_csv(content: bytes) -> list[list[Any]]:
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    return [[_number(cell) for cell in row] for row in rows]


def _number(text: str) -> Any:
    try:
        return float(text.replace(",", ".")) if text else None
    except ValueError:
        return text


def _of_xlsx(content: bytes) -> list[list[Any]]:
    return [list(row) for sheet in load_workbook(io.BytesIO(content)) for row in sheet.iter_rows(values_only=True)]


def _of_ods(content: bytes) -> list[list[Any]]:
    return [row for sheet in Document(io.BytesIO(content)).body.tables for row in sheet.get_values()]


READ = {"csv": _of_csv, "xlsx": _of_xlsx, "ods": _of_ods}


def lines(client: TestClient, ending: str, query: str, code: str) -> list[dict[str, Any]]:
    """The rows of that indicator in the file, by the names of the columns above them."""
    answer = client.get(f"/console/indicateurs.{ending}?{query}")
    assert answer.status_code == 200
    found, head = [], []
    for row in READ[ending](answer.content):
        if row[:2] == ["Code", "Indicateur"]:
            head = row
        elif row[:1] == [code] and "Valeur" in head:
            found.append(dict(zip(head, row, strict=False)))
    return found


def referred(outcome: str, day: str) -> list[dict[str, Any]]:
    """A young person sent to a service that day, and what is known of it since."""
    there = {"service": "mobijob", "theme": "mobilite--acceder-a-un-vehicule", "mode": "information"}
    one = new_id()
    fields: dict[str, Any] = {"action": "jeunes", "age_band": "18-21", "day": day}
    return [
        encounter(**fields, referrals=[{"id": one, "accepted": True} | there]),
        follow_up(one, day, outcome),
    ]


@pytest.mark.parametrize("ending", READ)
def test_the_file_has_the_period_before_that_the_page_shows(
    coordinator: TestClient, engine: Engine, ending: str
) -> None:
    push(engine, encounter(first_contact_year="oui"), encounter(first_contact_year="ne-sait-pas"))
    push(engine, *(encounter(day="2026-02-27", first_contact_year="oui") for _ in range(3)))
    [contacts] = lines(coordinator, ending, f"{MARCH}&comparer=oui", "A4-02")
    assert (contacts["Valeur"], contacts[THEN], contacts["Écart"]) == (2, 3, -1)
    [persons] = lines(coordinator, ending, f"{MARCH}&comparer=oui", "A4-01")
    assert (persons["Valeur"], persons["Haut de fourchette"]) == (1, 2)
    assert (persons[THEN], persons[f"{THEN}, haut de fourchette"]) == (3, 3)
    assert (persons["Écart"], persons["Écart, haut de fourchette"]) == (-2, -1)
    [alone] = lines(coordinator, ending, MARCH, "A4-02")
    assert not {THEN, "Écart"} & alone.keys()


@pytest.mark.parametrize("ending", READ)
def test_the_difference_of_two_rates_is_a_number_of_points(
    coordinator: TestClient, engine: Engine, ending: str
) -> None:
    push(engine, *referred("honoree", "2026-03-02"), *referred("honoree", "2026-02-02"))
    push(engine, *referred("absente", "2026-02-03"))
    [rate] = lines(coordinator, ending, f"{MARCH}&comparer=oui", "A3-09")
    assert (rate["Valeur"], rate[THEN], rate["Écart"]) == (1, 0.5, 0.5)
    [nothing_before] = lines(coordinator, ending, "du=2026-02-01&au=2026-02-28&comparer=oui", "A3-09")
    assert (nothing_before[THEN], nothing_before["Écart"]) == (None, None)


def test_the_file_says_which_period_it_compares_with(coordinator: TestClient, engine: Engine) -> None:
    push(engine, encounter(), encounter(day="2026-02-27"))
    told = coordinator.get(f"/console/indicateurs.csv?{MARCH}&comparer=oui").content.decode()
    assert f"{THEN} : du 01/02/2026 au 28/02/2026, issues connues au 07/02/2026." in told
    assert "L’écart de deux taux se lit en points." in told
    assert THEN not in coordinator.get(f"/console/indicateurs.csv?{MARCH}").content.decode()


@pytest.mark.parametrize("ending", READ)
def test_month_by_month_the_file_compares_the_total_alone(
    coordinator: TestClient, engine: Engine, ending: str
) -> None:
    push(engine, encounter(), encounter(day="2026-02-27"))
    month, total = lines(coordinator, ending, f"{MARCH}&comparer=oui&par=mois&indicateur=A4-02", "A4-02")
    assert (month["Valeur"], month[THEN], month["Écart"]) == (1, None, None)
    assert (total["Valeur"], total[THEN], total["Écart"]) == (1, 1, 0)


def test_a_commune_met_before_and_not_since_keeps_its_loss(coordinator: TestClient, engine: Engine) -> None:
    push(engine, encounter(commune="90033", day="2026-02-27"))
    query = f"{MARCH}&comparer=oui&par=commune&indicateur=A4-02"
    [delle] = [r for r in lines(coordinator, "xlsx", query, "A4-02") if r["Code INSEE"] == "90033"]
    assert (delle["Commune"], delle["Valeur"], delle[THEN], delle["Écart"]) == ("Delle", 0, 1, -1)
