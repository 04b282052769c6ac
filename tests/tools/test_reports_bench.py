"""The benchmark of the reports and pages of figures: what its page says, what it calls a miss, and a small run."""

from __future__ import annotations

from pathlib import Path

from tools.bench import reports as bench

DRAWN, SHOWN = bench.BESIDE
GOOD = bench.Waits(0.020, {DRAWN: (0.025, 4), SHOWN: (0.030, 40)})
SLOW = bench.Waits(0.020, {DRAWN: (0.025, 4), SHOWN: (0.041, 40)})


def test_pages_that_hold_up_the_tablets_are_a_miss_though_the_reports_do_not() -> None:
    assert GOOD.missed == []
    assert SLOW.missed == [SHOWN]


def test_the_page_tells_each_database_apart() -> None:
    page = bench.report({"SQLite": GOOD, "PostgreSQL": SLOW}, held=60_000, pushes=400)
    assert "400 pushes of 10 records into 60,000" in page
    assert f"| SQLite | {SHOWN} | 20 | 30 | 1.50 | ≤ 2 | 40 |" in page
    assert f"| PostgreSQL | {SHOWN} | 20 | 41 | 2.05 | ≤ 2 | 40 |" in page


def test_a_small_run_pushes_while_every_page_is_answered(tmp_path: Path) -> None:
    found = bench.measure(f"sqlite:///{tmp_path / 'small.db'}", held=200, pushes=20)
    assert found.quiet > 0
    assert {name: answers >= len(bench.BESIDE[name]) for name, (_, answers) in found.beside.items()} == {
        DRAWN: True,
        SHOWN: True,
    }
