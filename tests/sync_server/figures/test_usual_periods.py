"""A usual period chosen early in the year or the quarter, when its days could be those of another kind."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from starlette.requests import Request

from sync_server.errors import ServerError
from sync_server.figures.compiler import Period
from sync_server.reports import comparison
from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.web.context import Context
from sync_server.web.filters.figure_filters import PRESET_MONTHS, Filtered
from tests.sync_server.figures.test_indicators_page import page, row
from tests.sync_server.world import Clock, encounter, push

MONTH, QUARTER, YEAR = PRESET_MONTHS.values()
IN_JANUARY = datetime(2026, 1, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("step", "first", "last", "before"),
    [
        (YEAR, "2026-01-01", "2026-01-01", ("2025-01-01", "2025-01-01")),
        (YEAR, "2026-01-01", "2026-01-20", ("2025-01-01", "2025-01-20")),
        (YEAR, "2026-01-01", "2026-01-31", ("2025-01-01", "2025-01-31")),
        (YEAR, "2026-01-01", "2026-02-15", ("2025-01-01", "2025-02-15")),
        (YEAR, "2026-01-01", "2026-03-31", ("2025-01-01", "2025-03-31")),
        (YEAR, "2028-01-01", "2028-02-28", ("2027-01-01", "2027-02-28")),
        (YEAR, "2028-01-01", "2028-02-29", ("2027-01-01", "2027-02-28")),
        (YEAR, "2029-01-01", "2029-02-28", ("2028-01-01", "2028-02-29")),  # a whole February beside a whole one
        (YEAR, "2025-01-01", "2025-12-31", ("2024-01-01", "2024-12-31")),
        (QUARTER, "2026-01-01", "2026-01-20", ("2025-10-01", "2025-10-20")),
        (QUARTER, "2026-04-01", "2026-04-30", ("2026-01-01", "2026-01-31")),
        (QUARTER, "2026-07-01", "2026-07-01", ("2026-04-01", "2026-04-01")),
        (QUARTER, "2026-10-01", "2026-10-15", ("2026-07-01", "2026-07-15")),
        (QUARTER, "2026-10-01", "2026-11-29", ("2026-07-01", "2026-08-29")),
        (MONTH, "2026-01-01", "2026-01-20", ("2025-12-01", "2025-12-20")),
        (MONTH, "2026-10-01", "2026-10-15", ("2026-09-01", "2026-09-15")),
        (0, "2026-01-01", "2026-01-20", ("2025-12-01", "2025-12-20")),  # nothing chosen: the shortest
        (YEAR, "2026-02-02", "2026-12-31", ("2025-03-06", "2026-02-01")),  # its days are not those of a year
        (YEAR, "2024-01-01", "2026-01-20", ("2021-01-01", "2023-01-20")),  # nor of one
        (QUARTER, "2026-02-01", "2026-02-15", ("2026-01-01", "2026-01-15")),
    ],
)
def test_what_was_chosen_stands_beside_the_same_part_of_the_one_before(
    step: int, first: str, last: str, before: tuple[str, str]
) -> None:
    asked = Period(date.fromisoformat(first), date.fromisoformat(last), date.fromisoformat(last))
    found = comparison.period_before(asked, step)
    assert (found.first.isoformat(), found.last.isoformat()) == before
    assert found.cut_off == found.last


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)), st.sampled_from([MONTH, QUARTER, YEAR]))
def test_on_any_day_the_one_before_is_the_next_older_of_its_kind(today: date, step: int) -> None:
    first = comparison.beginning(today, step)
    found = comparison.period_before(Period(first, today, today), step)
    months = (first.year - found.first.year) * 12 + first.month - found.first.month
    assert (found.first.day, months) == (1, step)
    assert (today.year - found.last.year) * 12 + today.month - found.last.month == step
    assert comparison.beginning(found.last, step) == found.first


def asked(days: str, periode: str, today: datetime = IN_JANUARY) -> Filtered:
    """What the address asks for on that day."""
    ctx = Context(database.connect("sqlite://"), Settings(), Clock(today))
    du, au = days.split() if days else ("", "")
    nothing_more = Request({"type": "http", "query_string": b""})
    return Filtered(ctx, nothing_more, du, au, comparer="oui", periode=periode)


@pytest.mark.parametrize(
    ("days", "periode", "part"),
    [
        ("2026-01-01 2026-01-20", "annee", "annee"),
        ("2026-01-01 2026-01-19", "annee", "annee"),  # a link of yesterday
        ("2026-01-01 2026-01-20", "annee.2026-01-20", "annee"),  # the form, its days untouched
        ("2026-01-01 2026-01-31", "annee.2026-01-20", ""),  # its last day changed by hand
        ("2025-12-01 2026-01-20", "annee.2026-01-20", ""),  # its first day
        ("2026-01-05 2026-01-20", "annee.2026-01-20", ""),
        ("2025-01-01 2025-12-31", "annee", "annee"),
        ("2025-10-01 2025-10-15", "trimestre", "trimestre"),
        ("2025-10-01 2025-10-15", "annee", ""),
        ("2026-01-01 2026-01-20", "annee.", "annee"),
        ("2026-01-01 2026-01-20", "annee.x", ""),
        ("2026-01-01 2026-01-20", "", ""),
        ("", "", "annee"),  # the page as it opens: this year until today
        ("", "mois", "mois"),
    ],
)
def test_what_was_chosen_holds_until_its_days_are_changed(days: str, periode: str, part: str) -> None:
    assert asked(days, periode).part == part


@pytest.mark.parametrize("periode", ["siecle", "year", "annee,mois", "Annee"])
def test_a_kind_of_period_that_does_not_exist_is_refused(periode: str) -> None:
    with pytest.raises(ServerError) as refused:
        asked("", periode)
    assert refused.value.code == "unknown_filter"


def chosen(text: str, words: str) -> str:
    """Where that usual period leads."""
    [there] = re.findall(rf'href="/console/indicateurs\?([^"]+)"[^>]*>{words}<', text)
    return str(there)


def sent(text: str, **changed: str) -> str:
    """What the form of the page sends: its days, what it keeps aside, and what a person changes."""
    form = text.split('action="/console/indicateurs"')[1].split("</form>")[0]
    fields = dict(re.findall(r'<input[^>]*name="(du|au|arrete|periode)"[^>]*value="([^"]*)"', form))
    assert {"du", "au", "arrete"} <= fields.keys()
    return "&".join(f"{name}={value}" for name, value in (fields | changed).items())


def test_this_year_in_january_stands_beside_january_of_last_year(
    coordinator: TestClient, engine: Engine, clock: Clock
) -> None:
    clock.now = IN_JANUARY
    push(engine, encounter(day="2026-01-12"), encounter(day="2025-12-12"), encounter(day="2025-12-13"))
    push(engine, *(encounter(day="2025-01-14") for _ in range(4)), encounter(day="2025-10-02"))
    then = {"Cette année": ("01/01/2025 au 20/01/2025", 4), "Ce mois": ("01/12/2025 au 20/12/2025", 2)}
    then["Ce trimestre"] = ("01/10/2025 au 20/10/2025", 1)
    opened = page(coordinator, "comparer=oui")
    assert "Période précédente : du 01/01/2025 au 20/01/2025" in opened
    for words, (days, count) in then.items():
        text = page(coordinator, chosen(opened, words))
        assert f"Période précédente : du {days}" in text
        assert f" {count} " in row(text, "A4-02").split("voir les saisies")[1]
        assert re.findall(r'aria-current="true">(C[^<]*)<', text) == [words]
        assert f"du {days}" in page(coordinator, sent(text, comparer="oui", genre=""))
        [file] = re.findall(r'href="(/console/indicateurs\.csv[^"]*)"', text)
        assert f"du {days}" in coordinator.get(file).content.decode()
        assert coordinator.get(file.replace(".csv", "/A4-02.svg") + "&par=epci").status_code == 200
    by_hand = page(
        coordinator, sent(page(coordinator, chosen(opened, "Cette année")), au="2026-01-12", comparer="oui")
    )
    assert "Période précédente : du 01/12/2025 au 12/12/2025" in by_hand
    assert 'name="periode"' not in by_hand


def test_an_unknown_kind_of_period_says_what_to_do(coordinator: TestClient) -> None:
    assert "Ce filtre ou cet indicateur n’existe pas" in page(coordinator, "periode=siecle", 422)
    assert "Ce filtre" in html.unescape(coordinator.get("/console/indicateurs.csv?periode=siecle").text)
