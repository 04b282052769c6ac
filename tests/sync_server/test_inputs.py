"""One input of a form: whatever the page, it is drawn alike, and says what is wrong with it to who cannot see."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from sync_server.inputs import Input
from tests.sync_server.world import encounter, push

FORMS = ("/console/annuaire/nouveau", "/console/objectifs/A4-01", "/console/objectifs/nationaux/nouveau",
         "/console/objectifs/financements", "/console/objectifs/echeances")  # fmt: skip


def names_nothing_that_is_missing(page: str) -> bool:
    tied = " ".join(re.findall(r'aria-describedby="([^"]*)"', page)).split()
    ids = re.findall(r'\bid="([^"]*)"', page)
    return {*re.findall(r'\bfor="([^"]*)"', page), *tied} <= set(ids) and len(ids) == len(set(ids))


def test_every_label_and_hint_belongs_to_a_box_that_is_there(coordinator: TestClient, engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    for address in (*FORMS, f"/console/saisies/{met['id']}/corriger"):
        page = coordinator.get(address).text
        assert names_nothing_that_is_missing(page), address
        assert 'autocomplete="off"' in page or "<select" in page, address


def test_a_service_without_a_name_says_so_beside_its_box(coordinator: TestClient) -> None:
    page = coordinator.get("/console/annuaire/nouveau").text
    [csrf] = set(re.findall(r'name="csrf" value="([^"]+)"', page))
    answer = coordinator.post("/console/annuaire/nouveau", data={"csrf": csrf, "name": "", "latitude": "nord"})
    assert answer.status_code == 422
    assert names_nothing_that_is_missing(answer.text)
    for name in ("name", "latitude"):
        assert re.search(
            rf'id="{name}"[^>]*aria-describedby="[^"]*{name}-erreur"[^>]*aria-invalid="true"', answer.text
        )


@pytest.mark.parametrize(("value", "drawn"), [("", "date"), ("2026-06-30", "date"), ("fin juin", "text")])
def test_a_text_that_is_no_day_stays_in_its_box_to_be_mended(value: str, drawn: str) -> None:
    assert Input("day", "Pour le", "day", value=value).html_type == drawn


def test_a_long_choice_takes_two_columns() -> None:
    short, long = [("", [("a", "Mairie")])], [("thème", [("a", "Accès aux droits et aux services")])]
    assert [Input("x", "X", "choice", choices=one).wide for one in (short, long)] == [False, True]
