"""A year of records against a second count in plain Python, cell by cell, on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import product

import pytest
from sqlalchemy import Engine, insert

from shared.models.tables import Service
from shared.territory import TERRITORY, epcis
from sync_server.figures import compiler, counts, declarations, dimensions
from sync_server.figures.counts import Cell, Figure, Figures, Period
from sync_server.intake import store
from sync_server.storage import database
from sync_server.storage.desk_tables import CommuneYear
from sync_server.storage.tables import table
from tests import worked_year
from tests.reference import Kept, Told
from tests.sync_server.world import ME

YEAR = Period(worked_year.FIRST, worked_year.LAST, worked_year.CUT_OFF)
BY_ONE = [name for name in dimensions.LABELS if name not in ("epci", "quarter")]


def prepare(engine: Engine) -> None:
    """The directory and the marks of the coordinator."""
    with database.writing(engine) as connection:
        fields = {"themes": [], "publics": [], "territory": TERRITORY}
        connection.execute(insert(table(Service)).values(**worked_year.CCAS, **fields))
        marks = [{"territory": TERRITORY, "insee": c, "year": year} for c, year in worked_year.marks()]
        connection.execute(insert(table(CommuneYear)), marks)


@pytest.fixture
def told(engine: Engine) -> Engine:
    prepare(engine)
    records = worked_year.records()
    for at in range(0, len(records), 50):
        receipts = store.accept(engine, ME, records[at : at + 50], worked_year.TODAY)
        assert {r.status for r in receipts} <= {"accepted", "duplicate"}, receipts
    return engine


def counted(engine: Engine, period: Period = YEAR, by: Sequence[str] = (), only: Kept | None = None) -> Figures:
    with database.reading(engine) as connection:
        return counts.compute(connection, TERRITORY, period, by, only)


def as_told(figure: Figure) -> Told:
    """The figure in the words of the second count: a rate by its numerators."""
    low = figure.value if figure.numerator is None else figure.numerator
    assert low is not None
    high = figure.high if figure.numerator_high is None else figure.numerator_high
    return Told(
        low, high, _int(figure.denominator), _int(figure.denominator_high), figure.unknown, figure.apart,
        figure.apart_high,
    )  # fmt: skip


def _int(value: float | None) -> int | None:
    return None if value is None else int(value)


def same(found: Mapping[Cell, Figure], told: Mapping[Cell, Told], what: object) -> None:
    wrong = {cell: (as_told(found[cell]), told[cell]) for cell in found if as_told(found[cell]) != told[cell]}
    assert wrong == {}, what


def test_the_file_says_what_the_second_count_says() -> None:
    for name, of in worked_year.frozen().items():
        days, kept = worked_year.CELLS[name]
        assert worked_year.expected(*days, kept) == of, name
    assert list(worked_year.frozen()) == list(worked_year.CELLS)


def test_the_file_counts_all_twenty_nine_in_several_places() -> None:
    assert 200 <= len(worked_year.records()) <= 300
    assert set(worked_year.frozen()["2025"]) == set(declarations.load())
    for code in declarations.load():
        cells = [of[code].low for of in worked_year.frozen().values()]
        assert cells[0] > 0
        assert len([c for c in cells if c]) >= 3, code


@pytest.mark.parametrize("name", worked_year.PERIODS)
def test_every_indicator_of_every_epci_and_quarter(told: Engine, name: str) -> None:
    first, last = worked_year.PERIODS[name]
    found = counted(told, Period(first, last, worked_year.CUT_OFF), ("epci",))
    frozen = worked_year.frozen()
    assert set(found) == set(declarations.load())
    for code, cells in found.items():
        same(cells, {(): frozen[name][code]} | {(e,): frozen[f"{name} {e}"][code] for e in epcis()}, code)


def test_the_quarters_as_columns_are_the_quarters_as_periods(told: Engine) -> None:
    found = counted(told, by=("quarter", "epci"))
    frozen = worked_year.frozen()
    for code, cells in found.items():
        if code == "A3-05":  # it counts the presences of the whole period
            assert set(cells) == {()}
            continue
        quarters = list(worked_year.PERIODS)[1:]
        told_by: dict[Cell, Told] = {(q, e): frozen[f"{q} {e}"][code] for q, e in product(quarters, epcis())}
        told_by[()] = frozen["2025"][code]
        assert set(cells) == set(told_by)
        same(cells, told_by, code)


@pytest.mark.parametrize("name", BY_ONE)
def test_every_dimension_counts_as_the_second_count_does_of_one_value(told: Engine, name: str) -> None:
    broken_down = counted(told, by=(name,))
    whole = worked_year.expected()
    values = {cell[0] for cells in broken_down.values() for cell in cells if cell}
    assert values
    each = {value: worked_year.expected(kept={name: (value,)}) for value in values}
    for code, cells in broken_down.items():
        if name in declarations.load()[code].by:
            same(cells, {(): whole[code]} | {(v,): each[v][code] for v in values}, code)
        else:
            assert set(cells) == {()}
            assert all(code not in of for of in each.values()), code


@pytest.mark.parametrize(
    "only",
    [
        {"epci": (list(epcis())[1],), "month": ("2025-02", "2025-03", "2025-11")},
        {"age_band": ("18-21", "22-25", "26-39")},
        {"commune": ("90052", "90033"), "place_type": ("mairie",)},
        {"right": ("rsa", "cheque-energie")},
        {"partner_type": ("college", "association")},
        {"service": ("mission-locale",), "quarter": ("2025-T2", "2025-T3")},
    ],
    ids=str,
)
def test_a_filter_counts_what_it_keeps_and_leaves_out_who_has_not_the_dimension(
    told: Engine, only: dict[str, tuple[str, ...]]
) -> None:
    found = counted(told, only=only)
    second = worked_year.expected(kept=only)
    assert set(found) == {c for c, i in declarations.load().items() if set(only) <= set(i.by)} == set(second)
    assert found
    for code, cells in found.items():
        same(cells, {(): second[code]}, code)
    by_month = counted(told, by=("month",), only=only)
    assert {code: cells[()] for code, cells in by_month.items()} == {c: cells[()] for c, cells in found.items()}


ONE_RECORD_EACH = [c for c, i in declarations.load().items() if i.count == "encounter" or (
    i.count == "rows" and i.of in ("fact_encounter", "fact_session"))]  # fmt: skip


@pytest.mark.parametrize("only", [{}, {"epci": (next(iter(epcis())),)}], ids=["all", "epci"])
def test_behind_a_figure_stand_the_records_it_counts(told: Engine, only: dict[str, tuple[str, ...]]) -> None:
    figures = counted(told, only=only)
    by_id = {r["id"]: r for r in worked_year.records() if not r.get("deleted")}
    with database.reading(told) as connection:
        for code, indicator in declarations.load().items():
            ids = counts.behind(connection, TERRITORY, YEAR, code, only)
            low = as_told(figures[code][()]).low
            assert len(set(ids)) == len(ids)
            assert bool(ids) == bool(low), code
            assert all(by_id[i]["fields"]["action"] in indicator.where["action"] for i in ids)
            if code in ONE_RECORD_EACH:
                assert len(ids) == low, code
            elif indicator.count == "rows":  # an encounter may hold several
                assert len(ids) <= low, code
    assert len(ONE_RECORD_EACH) == 10


def test_one_cannot_look_behind_a_figure_by_a_dimension_it_has_not(told: Engine) -> None:
    with database.reading(told) as connection, pytest.raises(ValueError, match=r"A4-05 .* \['gender'\]"):
        counts.behind(connection, TERRITORY, YEAR, "A4-05", {"gender": ("femme",)})


def test_the_measures_of_the_months_and_communes_add_up_to_the_year(told: Engine) -> None:
    """What a cube may keep by month and commune and add: every measure but those of what is counted once."""
    with database.reading(told) as connection:
        for code, indicator in declarations.load().items():
            if not {"month", "commune"} <= set(indicator.by):
                continue
            _, columns = compiler.source_of(indicator, TERRITORY, YEAR)
            names = list(compiler.measures(indicator, columns, YEAR))
            assert bool(names) != indicator.distinct or code in ("A4-15", "A4-16")
            cells = connection.execute(compiler.statement(indicator, TERRITORY, YEAR, ("month", "commune")))
            parts = list(cells.mappings())
            whole = list(connection.execute(compiler.statement(indicator, TERRITORY, YEAR)).mappings())
            for name in names:
                assert sum(p[name] for p in parts) == sum(w[name] for w in whole), (code, name)


def test_a_commune_is_covered_by_three_presences_of_one_year_not_of_two(told: Engine) -> None:
    two_years = Period(date(2024, 1, 1), date(2025, 12, 31), worked_year.CUT_OFF)
    assert counted(told, two_years)["A3-05"][()] == counted(told)["A3-05"][()]
