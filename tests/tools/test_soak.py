"""`make soak` and `make mutations`: a failure is never swallowed, and can be seen again."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tools import mutations, soak
from tools.run import ROOT

PASSES = """
import json, os
def test_a_history():
    with open(os.environ["SOAK_REPORT"], "a") as report:
        report.write(json.dumps({"what": "histories", "histories": int(os.environ["SOAK_EXAMPLES"])}) + "\\n")
"""
FAILS = """
def test_a_history():
    assert "record" == "lost"
"""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "report"


def stands_for(monkeypatch: pytest.MonkeyPatch, name: str, folder: Path, text: str) -> None:
    path = folder / f"test_{name.lower()}.py"
    path.write_text(text)
    monkeypatch.setattr(soak, name, str(path))


def test_histories_run_until_the_time_is_up_each_time_under_another_seed(
    monkeypatch: pytest.MonkeyPatch, report: Path
) -> None:
    seeds: list[str] = []
    now = iter(range(0, 1000, 10))
    monkeypatch.setattr("tools.soak.time.monotonic", lambda: next(now))
    monkeypatch.setattr(soak, "checked", lambda report, env, seed, test: seeds.append(seed))
    soak.histories(report, minutes=1, at_once=1)  # the clock of this test goes on by 10 s a look
    assert len(set(seeds)) == 5
    assert all(seed.startswith("--hypothesis-seed=") for seed in seeds)


def test_a_run_adds_its_figures_to_the_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, report: Path
) -> None:
    stands_for(monkeypatch, "HISTORIES", tmp_path, PASSES)
    for _ in range(2):
        soak.checked(report, soak.A_RUN, "--hypothesis-seed=1", soak.HISTORIES)
    assert soak.figures(report.read_text().splitlines()) == {"histories": {"histories": 120}}


def test_a_history_that_loses_a_record_ends_the_soak_with_its_seed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stands_for(monkeypatch, "HISTORIES", tmp_path, FAILS)
    page = tmp_path / "soak.md"
    assert soak.main(["--minutes", "1"], to=page) == 1
    said = capsys.readouterr().err
    assert "'lost'" in said
    assert re.search(r"SOAK_EXAMPLES=60 .* --hypothesis-seed=\d+ .*test_histories\.py", said)
    assert not page.exists()


def test_a_kill_that_loses_a_record_fails_the_soak(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stands_for(monkeypatch, "KILLS", tmp_path, FAILS)
    monkeypatch.setenv("TABLET_KILLS", "3")
    monkeypatch.delenv("SERVER_KILLS", raising=False)
    page = tmp_path / "soak.md"
    assert soak.main(["--minutes", "0"], to=page) == 1
    assert "TABLET_KILLS=3 SERVER_KILLS=200" in capsys.readouterr().err
    assert not page.exists()


def test_the_page_adds_up_what_the_runs_did() -> None:
    lines = [
        json.dumps({"what": "Random histories", "steps": 900, "histories": 30}),
        json.dumps({"what": "Random histories", "steps": 300, "histories": 10}),
        json.dumps({"what": "The tablet killed", "kills": 1000}),
    ]
    page = soak.page(soak.figures(lines))
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert f"| Random histories | 1,200 steps, 40 histories | {today} | 0 | 0 | 0 |" in page
    assert f"| The tablet killed | 1,000 kills | {today} | 0 | 0 | 0 |" in page


def test_what_was_not_run_again_keeps_its_figures_and_its_day() -> None:
    older = "| The tablet killed | 1,000 kills | 2026-11-24 | 0 | 0 | 0 |"
    before = soak.page({"The browser killed": Counter(kills=10)}) + older + "\n"
    page = soak.page({"The browser killed": Counter(kills=300)}, before)
    assert older in page
    assert "| The browser killed | 300 kills |" in page
    assert "| 10 kills |" not in page
    assert page.count("| What |") == 1


def test_a_battery_that_takes_a_record_with_it_fails_the_soak_with_its_seed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stands_for(monkeypatch, "BROWSER", tmp_path, FAILS)
    page = tmp_path / "soak.md"
    assert soak.main(["--only", "browser", "--browser-kills", "7"], to=page) == 1
    assert re.search(r"BROWSER_KILLS=7 BROWSER_SEED=\d+ ", capsys.readouterr().err)
    assert not page.exists()


def test_the_part_that_is_asked_for_runs_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stands_for(monkeypatch, "BROWSER", tmp_path, PASSES.replace("SOAK_EXAMPLES", "BROWSER_KILLS"))
    for name in ("HISTORIES", "KILLS"):
        stands_for(monkeypatch, name, tmp_path, FAILS)
    page = tmp_path / "soak.md"
    assert soak.main(["--only", "browser"], to=page) == 0
    assert "| histories | 300 histories |" in page.read_text("utf-8")


def test_the_batteries_that_are_pulled_are_those_of_the_journey() -> None:
    path, _, name = soak.BROWSER.partition("::")
    assert f"def {name}(" in (ROOT / path).read_text("utf-8")


@pytest.mark.parametrize("mutation", mutations.MUTATIONS, ids=lambda m: m.name)
def test_what_a_mutation_breaks_stands_where_it_says_and_its_tests_exist(mutation: mutations.Mutation) -> None:
    for path, right, wrong in mutation.changes:
        text = (ROOT / path).read_text("utf-8")
        assert text.count(right) == 1
        compile(text.replace(right, wrong), path, "exec")
    for test in mutation.tests:
        path, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / path).read_text("utf-8")
