"""The developers' tools: what they refuse and what they compute."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sync_server.access import passwords
from sync_server.figures import declarations
from tools import indicators_page, run, sizes
from tools.bench import references
from tools.bench.__main__ import Measure, Result, bodies, missed, ratios, report
from tools.lock import LOCKS

ROOT = Path(__file__).parents[2]


def results() -> dict[str, Result]:
    lite, post = Result(), Result()
    for result, cost in ((lite, 1.0), (post, 2.0)):
        result.steps = {
            "push, 1 client": Measure(4 * cost, 10.0),
            "re-push, 1 client": Measure(1 * cost, 2.0),
            "pull, second device": Measure(0.5 * cost, 1.0),
            "push, 8 clients": Measure(5 * cost, 5.0),
        }
    lite.steps["push, 1,000,000 held"] = Measure(5.0, 12.0)
    return {"SQLite": lite, "PostgreSQL": post}


def test_the_ratios_compare_figures_of_one_run() -> None:
    found = ratios(results(), {"raw sqlite3 insert": 1.5, "JSON and validation": 0.5})
    assert found["push ÷ (raw insert + validation), SQLite"] == 2
    assert found["re-push ÷ push, SQLite"] == 0.25
    assert found["throughput of 8 clients ÷ 1, SQLite"] == 2
    assert found["push into 1,000,000 encounters ÷ push into none, SQLite"] == 1.25
    assert found["push, PostgreSQL ÷ SQLite"] == 2


def test_the_page_of_the_benchmark_shows_each_figure_and_its_target() -> None:
    page = report(1_000, results(), {"raw sqlite3 insert": 1.5, "JSON and validation": 0.5})
    assert "| push ÷ (raw insert + validation), SQLite | 2.00 | ≤ 3 |" in page
    assert "| push, 1 client | SQLite | 4000 | 100 |" in page
    assert "| raw sqlite3 insert | reference | 1500 | |" in page


def test_a_target_that_is_missed_is_named() -> None:
    found = ratios(results(), {"raw sqlite3 insert": 1.0, "JSON and validation": 0.0})
    assert missed(found) == ["push ÷ (raw insert + validation), SQLite", "re-push ÷ push, SQLite"]


def test_the_bodies_of_the_benchmark_are_batches_of_valid_encounters() -> None:
    found = bodies(250)
    assert len(found) == 3
    assert references.validation(found) > 0


def test_a_taken_port_is_left_to_who_has_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run.free_port(port) != port


def test_the_demonstration_gives_each_account_a_new_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed: dict[str, str] = {}

    def command(_: dict[str, str], word: str, *words: str, stdin: str = "") -> str:
        if word == "account":
            typed[words[0]] = stdin.strip()
        return ""

    monkeypatch.setattr(run, "cli", command)
    monkeypatch.setattr(run, "DATA", tmp_path / "demo")
    first, second = run.prepare({}), run.prepare({})
    assert second == typed
    assert set(first) == set(second) == set(run.ACCOUNTS)
    assert len({*first.values(), *second.values()}) == 2 * len(run.ACCOUNTS)


def test_waiting_for_a_process_that_died_says_so() -> None:
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])
    process.wait()
    with pytest.raises(RuntimeError, match="nothing answers"):
        run.wait_for(run.free_port(0), process, seconds=1)


def test_stopping_ends_even_what_does_not_listen() -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    run.stop([process])
    assert process.returncode is not None


def test_a_function_or_a_file_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "ROOT", tmp_path)
    long = tmp_path / "long.py"
    body = "".join(f"    x = {n}\n" for n in range(50))
    long.write_text(f"def big():\n{body}\n@ft.component\ndef Screen():\n{body}\n")
    assert list(sizes.too_long(long)) == ["long.py:1: big has 51 lines (bar: 40)"]
    long.write_text("x = 1\n" * 301)
    assert list(sizes.too_long(long)) == ["long.py: 301 lines (bar: 300)"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_names_no_place(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    pinned = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert len(pinned) > 10
    assert text.count("--hash=sha256:") >= len(pinned)
    assert not any(word in text for word in ("://", "index-url", "find-links", "file:"))


def test_the_tablets_lock_has_no_server_in_it() -> None:
    tablet = (ROOT / "requirements.lock").read_text("utf-8")
    server = (ROOT / "requirements-server.lock").read_text("utf-8")
    for name in ("fastapi", "uvicorn", "psycopg", "alembic", "openpyxl"):
        assert f"\n{name}==" in server
        assert f"\n{name}==" not in tablet
    assert "\nflet==1.0.5" in tablet


def test_the_readme_names_files_that_exist() -> None:
    import re

    text = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"`((?:tests|docs|shared|sync_server)/[\w/.]+)`", text))
    named |= set(re.findall(r"\]\(((?:docs|shared)/[\w/.-]+)\)", text))
    assert len(named) > 8
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_each_requirement_of_the_sync_names_tests_that_exist() -> None:
    import re

    text = (ROOT / "docs" / "sync.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \|.*$", text, re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 33))
    assert all("::test_" in line for line in text.splitlines() if re.match(r"\| \d+ \|", line))
    named = set(re.findall(r"`([\w/]+\.py)::(\w+)`", text))
    assert len(named) > 40
    missing = [
        f"{path}::{name}" for path, name in sorted(named)
        if not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE)
    ]  # fmt: skip
    assert missing == []
    files = set(re.findall(r"`((?:tests|shared)/[\w/.]+)`", text)) | {
        f"docs/{link}" for link in re.findall(r"\]\(([\w.-]+)\)", text)
    }
    assert [path for path in sorted(files) if not (ROOT / path).exists()] == []


def test_the_map_of_the_house_names_each_room_and_no_module_that_is_gone() -> None:
    tops = [ROOT / name for name in ("shared", "field_app", "sync_server")]
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = sorted(set(re.findall(r"`([\w/]+\.(?:py|toml|sql))`", text)))
    beside = [*tops, ROOT / "tools", ROOT / "tests"]
    every = {path.name for top in beside for path in top.rglob("*.*")} | {"pyproject.toml", "main.py"}
    assert [name for name in named if name.rpartition("/")[2] not in every] == []
    placed = [name for name in named if "/" in name]
    assert [name for name in placed if not any((top / name).exists() for top in [*beside, ROOT])] == []
    rooms = {
        f"`{path.name}/`"
        for top in ("field_app", "sync_server")
        for path in (ROOT / top).iterdir()
        if (path / "__init__.py").exists()
    }
    assert [room for room in sorted(rooms) if room not in text] == []


def test_every_command_of_the_makefile_is_explained() -> None:
    text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in ("run", "test", "check", "bench", "help"):
        assert any(line.startswith(f"{command} ") for line in text.splitlines())


def test_the_page_of_the_indicators_is_that_of_the_declarations() -> None:
    written = indicators_page.PAGE.read_text("utf-8")
    assert written == indicators_page.page(), "stale: make indicateurs"
    for indicator in declarations.load().values():
        for text in (indicator.code, indicator.label, indicator.definition, indicator.rule, indicator.source):
            assert text in written


def test_a_password_typed_from_the_screen_has_no_letter_to_misread() -> None:
    first, second = passwords.make(), passwords.make()
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", first)
    assert first != second
    assert not {"0", "o", "1", "i", "l"} & set(first + second)
