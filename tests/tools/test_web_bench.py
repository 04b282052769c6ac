"""The benchmark of the installed app: what its page says, what it calls a miss, what a visit sends."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tools.bench import web as bench
from tools.bench.web_starts import Starts

MEGABYTE = 10**6


def starts(factor: float, memory: int = 300 * MEGABYTE) -> Starts:
    """Three starts, of which one was disturbed."""
    wall = [8.0 * factor, 30.0 * factor, 7.9 * factor]
    return Starts(
        wall=wall, worker=[4.0 * factor] * 3, page=[9.0 * factor] * 3, unlock=[2.0 * factor] * 3,
        memory=[memory] * 3, opened=[memory + MEGABYTE] * 3,
    )  # fmt: skip


GOOD = bench.Figures(
    full=starts(1.2), empty=starts(1.0), bare=starts(1.0), saves={"save": 8.0, "bare": 4.0},
    taps=[("Suites", 120.0, 100.0), ("Annuaire", 80.0, 100.0)], visit=13 * MEGABYTE, update=330_000,
)  # fmt: skip


def test_a_good_run_misses_nothing() -> None:
    assert GOOD.missed() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (replace(GOOD, full=replace(GOOD.full, worker=[5.1] * 3)), "of which Python’s worker, s of CPU"),
        (replace(GOOD, full=replace(GOOD.full, unlock=[5.1] * 3)), "unlock, s"),
        (replace(GOOD, saves={"save": 12.1, "bare": 4.0}), "save, ms"),
        (replace(GOOD, taps=[("Suites", 151.0, 100.0)]), "tap: Suites, ms"),
        (replace(GOOD, visit=15 * MEGABYTE), "a first visit sends"),
        (replace(GOOD, full=replace(GOOD.full, opened=[451 * MEGABYTE] * 3)),
         "memory of the page’s process (PSS), unlocked"),
    ],
)  # fmt: skip
def test_what_is_missed_is_named_and_said_on_the_page(changed: bench.Figures, said: str) -> None:
    assert changed.missed() == [said]
    assert f"Missed: {said}." in bench.report(changed, date(2026, 3, 10))


def test_the_page_says_what_was_measured_beside_what_was_asked() -> None:
    page = bench.report(GOOD, date(2026, 3, 10))
    assert "| cold start without a network, s | 9.60 | 8.00 | 1.20 | ≤ 1.25 |" in page  # the median
    assert "| tap: Suites, ms | 120.00 | 100.00 | 1.20 | ≤ 1.5 |" in page
    assert "| an update of the app alone sends | 0.33 MB | ≤ 0.5 MB |" in page
    assert "Every target that was measured is met." in page


def test_a_visit_sends_each_file_packed_where_it_is_and_an_update_the_app_alone(tmp_path: Path) -> None:
    sizes = {"index.html": 100, "python/app.zip": 1_000, "python/app.zip.br": 300, "sw.js": 50, "build.js": 7}
    for name, size in sizes.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    (tmp_path / "build.json").write_text(json.dumps({"files": dict.fromkeys(sizes, "hash")}))
    assert bench.sizes(tmp_path) == (100 + 300 + 50 + 7, 300 + 50 + 7)
