"""The records counted by hand (tests/worked_example) against the server, cell by cell, on both databases."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine

from shared import choices, territory
from shared.territory import TERRITORY
from sync_server.figures import counts
from sync_server.intake import store
from sync_server.storage import database
from tests import worked_example
from tests.sync_server.world import ME, forget_records
from tests.worked_example import Cell

BREAKDOWNS = {
    "total": (),
    "epci": ("epci",),
    "month": ("month",),
    "epci_month": ("epci", "month"),
    "age_band": ("age_band",),
}


@pytest.fixture
def told(engine: Engine) -> Engine:
    """A server that was sent the records, one batch after the other as in the file."""
    records = worked_example.records()
    for at in range(0, len(records), 7):
        receipts = store.accept(engine, ME, records[at : at + 7], worked_example.TODAY)
        assert {r.status for r in receipts} <= {"accepted", "duplicate"}, receipts
    return engine


def counted(engine: Engine, period: str, by: Sequence[str]) -> counts.Figures:
    days = worked_example.periods()[period]
    with database.reading(engine) as connection:
        wanted = counts.Period(days.first, days.last, days.cut_off)
        return counts.compute(connection, TERRITORY, wanted, by)


def as_expected(figure: counts.Figure, cell: Cell) -> tuple[object, ...]:
    """What the file says of a cell, taken from the figure: a rate is told by its numerator."""
    low = figure.value if figure.denominator is None else figure.numerator
    high = figure.high if figure.high is not None else low
    denominator_high = figure.denominator if figure.denominator_high is None else figure.denominator_high
    unknown = figure.unknown if cell.unknown is not None else None
    apart = figure.apart if cell.apart is not None else None
    return (low, high, figure.denominator, denominator_high, unknown, apart)


@pytest.mark.parametrize("period", ["quarter", "february", "february_at_once"])
@pytest.mark.parametrize("breakdown", BREAKDOWNS)
def test_every_cell_is_what_was_counted_by_hand(told: Engine, period: str, breakdown: str) -> None:
    cells = [c for c in worked_example.expected() if (c.period, c.breakdown) == (period, breakdown)]
    assert cells or period != "quarter"
    figures = counted(told, period, BREAKDOWNS[breakdown])
    for cell in cells:
        found = as_expected(figures[cell.indicator][cell.key], cell)
        told_by_hand = (cell.low, cell.high, cell.denominator_low, cell.denominator_high, cell.unknown, cell.apart)
        assert found == told_by_hand, f"{cell.indicator} {cell.key}: {cell.who}"


def test_the_file_counts_thirteen_of_the_declarations_the_worked_year_all(told: Engine) -> None:
    figures = counted(told, "quarter", ("epci", "month"))
    in_file = {c.indicator for c in worked_example.expected()}
    assert len(in_file) == 13
    assert in_file < set(figures)
    whole_grid = {
        c.key for c in worked_example.expected() if c.breakdown == "epci_month" and c.indicator == "A4-04"
    }
    assert whole_grid == {cell for cell in figures["A4-04"] if cell}


def test_age_bands_that_the_file_leaves_out_are_empty(told: Engine) -> None:
    figures = counted(told, "quarter", ("age_band",))
    written = {(c.indicator, c.key) for c in worked_example.expected() if c.breakdown == "age_band"}
    for code, cells in figures.items():
        for key, figure in cells.items() if code in {c for c, _ in written} else ():
            if key and (code, key) not in written:
                assert (figure.numerator or 0, figure.value or 0) == (0, 0), (code, key)


def test_sending_everything_again_changes_no_figure(told: Engine) -> None:
    before = counted(told, "quarter", ("epci", "month"))
    seen: set[tuple[object, object]] = set()
    for record in worked_example.records():
        receipts = store.accept(told, ME, [record], worked_example.TODAY)
        assert {r.status for r in receipts} == {"duplicate"}
        seen.add((record["id"], record["revision"]))
    assert len(seen) > 45
    assert counted(told, "quarter", ("epci", "month")) == before


def test_the_order_of_arrival_changes_no_figure(engine: Engine, told: Engine) -> None:
    before = counted(told, "quarter", ("month",))
    with database.writing(engine) as connection:
        forget_records(connection)
    latest = {record["id"]: record for record in worked_example.records()}
    backwards = list(reversed(list(latest.values())))
    assert {r.status for r in store.accept(engine, ME, backwards, worked_example.TODAY)} == {"accepted"}
    assert counted(engine, "quarter", ("month",)) == before


def test_the_presence_indicators_have_no_age_bands(told: Engine) -> None:
    figures = counted(told, "quarter", ("age_band",))
    assert set(figures["A4-04"]) == set(figures["A4-05"]) == {()}
    assert set(figures["A4-01"]) == {(), *((code,) for code in choices.load("age_band").by_code)}
    assert len(territory.epcis()) == 3
