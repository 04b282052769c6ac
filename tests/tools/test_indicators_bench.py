"""The benchmark of the indicators: what its page says, what it calls a miss, and a small run for real."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.territory import TERRITORY
from sync_server.figures import tallies
from sync_server.storage import database
from tools.bench import indicators as bench

GOOD = bench.Figures(
    held=1_000_000,
    few=bench.Ours(rebuild=0.5, asked=0.2, memory=210.0),
    many=bench.Ours(rebuild=30.0, asked=1.2, memory=230.0),
    duck=1.9,
    afternoon=1.3,
)


def test_a_good_run_misses_nothing() -> None:
    assert GOOD.missed(100) == []
    assert round(GOOD.ratio, 2) == 0.63


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (replace(GOOD, duck=1.1), "slower than DuckDB"),
        (replace(GOOD, few=replace(GOOD.few, asked=0.01)), "more than linear"),
        (replace(GOOD, many=replace(GOOD.many, memory=301.0)), "memory"),
    ],
)
def test_what_is_missed_is_named(changed: bench.Figures, said: str) -> None:
    assert changed.missed(100) == [said]


def test_the_page_says_what_was_measured_beside_what_was_asked() -> None:
    page = bench.report(GOOD, few=10_000, later=10_000)
    assert "1,000,000 synthetic encounters" in page
    assert "| ours ÷ DuckDB (≤ 1) | 0.63 |" in page
    assert "| ours, at 1,000,000 ÷ at 10,000 (≤ 100) | 6.0 |" in page
    assert "| memory of our process, at most (≤ 300 MB) | 230 MB |" in page


def test_a_small_run_counts_the_same_as_duckdb_and_grows() -> None:
    found = bench.run(few=100, base=150, many=400, later=50)  # raises where DuckDB says something else
    assert found.held >= 300
    assert found.many.asked > 0 < found.duck
    assert found.many.memory > 50


def test_a_count_that_differs_from_duckdb_s_stops_the_run(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    path = tmp_path / "small.db"
    bench.fill(path, 100, today)
    engine = database.connect(f"sqlite:///{path}")
    tallies.recount_stale(engine, TERRITORY)
    with database.writing(engine) as connection:  # a tally that is wrong, and nothing says so
        connection.exec_driver_sql("DELETE FROM tally WHERE month = (SELECT max(month) FROM tally)")
    engine.dispose()
    with pytest.raises(RuntimeError, match="DuckDB says something else"):
        bench.reference(path, tmp_path, bench.period(today))
