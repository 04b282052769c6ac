"""Broken down by what its own condition restricts, an indicator shows the values it can have."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared import choices
from shared.territory import TERRITORY
from sync_server.directory import choice_lists
from sync_server.figures import compiler, counts
from sync_server.figures.compiler import Only, Period
from sync_server.figures.counts import Cell, Figure
from sync_server.figures.declarations import load
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from tests.sync_server.world import TODAY, encounter, of_kind, push

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 31))
ASKED = "du=2026-03-01&au=2026-03-31&arrete=2026-03-10"
YOUNG = ["16-17", "18-21", "22-25"]


def figures(engine: Engine, code: str, *by: str, only: Only | None = None) -> dict[Cell, Figure]:
    with database.reading(engine) as connection:
        return dict(counts.compute(connection, TERRITORY, MARCH, by, only)[code])


def youngster(age_band: str) -> dict[str, object]:
    return encounter(action="jeunes", age_band=age_band, first_contact_year="oui")


@pytest.mark.parametrize("code", ["A3-01", "A3-03", "A3-04"])
def test_an_indicator_of_16_to_25_has_no_row_for_other_ages(engine: Engine, code: str) -> None:
    push(engine, youngster("18-21"), youngster("40-59"))
    assert list(figures(engine, code, "age_band")) == [(), *((band,) for band in YOUNG)]
    crossed = figures(engine, code, "age_band", "gender")
    assert {cell[0] for cell in crossed if cell} == set(YOUNG)


def test_what_is_told_apart_keeps_its_row_and_the_total_stays(engine: Engine) -> None:
    push(engine, youngster("18-21"), youngster("40-59"), youngster("inconnu"))
    found = figures(engine, "A3-02", "age_band")
    assert [cell[0] for cell in found if cell] == [*YOUNG, "40-59", "inconnu"]
    assert (found[("40-59",)].value, found[("40-59",)].apart) == (0, 1)
    assert (found[()].value, found[()].apart) == (1, 2)
    assert found[()] == figures(engine, "A3-02")[()]


def test_an_indicator_of_every_age_keeps_every_row(engine: Engine) -> None:
    push(engine, encounter(age_band="40-59"))
    assert [cell[0] for cell in figures(engine, "A4-02", "age_band") if cell] == list(
        choices.load("age_band").by_code
    )


def test_a_partner_of_a_kind_that_counts_elsewhere_has_no_row(engine: Engine) -> None:
    push(engine, of_kind("partner_contact", action="jeunes"))
    found = figures(engine, "A3-11", "partner_type")
    assert [cell[0] for cell in found if cell] == ["college", "lycee"]
    assert (found[("college",)].value, found[("lycee",)].value) == (1, 0)


def test_a_local_code_counts_in_the_row_of_its_national_one(engine: Engine) -> None:
    actor = Actor(TERRITORY, "coordination", TODAY)
    with database.writing(engine) as connection:
        code = choice_lists.add(connection, actor, "partner_type", "Collège de montagne", "college")
    push(engine, of_kind("partner_contact", action="jeunes", partner_type=code))
    found = figures(engine, "A3-11", "partner_type")
    assert [cell[0] for cell in found if cell] == ["college", "lycee"]
    assert found[("college",)].value == 1
    assert code not in (compiler.possible_values(load()["A3-11"], "partner_type") or (code,))


def test_a_filter_on_an_age_it_cannot_have_leaves_its_total_alone(engine: Engine) -> None:
    push(engine, youngster("40-59"), youngster("18-21"))
    assert list(figures(engine, "A3-01", "age_band", only={"age_band": ("40-59",)})) == [()]


def test_the_page_and_the_file_have_the_same_rows(coordinator: TestClient, engine: Engine) -> None:
    push(engine, youngster("18-21"), youngster("40-59"))
    page = coordinator.get(f"/console/indicateurs?{ASKED}&par=age&indicateur=A3-01").text
    shown = re.findall(r'<th scope="row">(\d[^<]*ans[^<]*)</th>', page)
    assert shown == [choices.load("age_band").label_of(band) for band in YOUNG]
    text = coordinator.get(f"/console/indicateurs.csv?{ASKED}&par=age&indicateur=A3-01").content.decode(
        "utf-8-sig"
    )
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=";") if row[:1] == ["A3-01"]]
    assert [row[2] for row in rows if len(row) > 10] == [*shown, "Total"]
    drawn = coordinator.get(f"/console/indicateurs/A3-01.svg?{ASKED}&par=age").text
    assert choices.load("age_band").label_of("40-59") not in drawn
