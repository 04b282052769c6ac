"""`make soak`: random histories against the model of the sync until the time is up, each run with a new seed; then
a thousand kills of the tablet and two hundred of the server, on each database; then three hundred kills of the
browser that the installed app runs in, under real taps. Writes `docs/soak.md`.

Whatever is lost, hidden or counted twice fails the run: it ends at once with the command that shows it again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import subprocess  # nosec B404  # commands that stand in this file, no shell
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from tools.run import ROOT

HISTORIES, KILLS = "tests/faults/test_nothing_is_lost.py", "tests/faults/test_killed.py"
OFFLINE = "tests/journeys/field/test_offline.py"
BROWSER = f"{OFFLINE}::test_batteries_pulled_at_random_moments_of_entry_lose_nothing_called_saved"
PARTS = ("histories", "kills", "browser")
A_RUN = {"SOAK_EXAMPLES": "60"}
DEATHS = {"TABLET_KILLS": "1000", "SERVER_KILLS": "200"}
A_TABLET = 30
"""Kills of the browser of one tablet, under one seed: the next ones are of a tablet enrolled anew."""
Figures = dict[str, Counter[str]]


class SoakError(Exception):
    """A run that failed: what it printed, and the command that runs it again."""


def checked(report: Path, env: dict[str, str], *words: str) -> None:
    """Run pytest once, and add its figures to the report. Raises SoakError."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    told = os.environ | env | {"SOAK_REPORT": str(report)}
    done = subprocess.run(command, cwd=ROOT, env=told, check=False, stdout=subprocess.PIPE, text=True)  # nosec B603  # our own command, no shell
    if done.returncode:
        again = [*(f"{name}={value}" for name, value in env.items()), ".venv/bin/python -m pytest -q", *words]
        raise SoakError(f"{done.stdout}\nTo see it again: {' '.join(again)}")


def histories(report: Path, minutes: float, at_once: int) -> None:
    """Run under new seeds until the time is up, so many beside one another. Raises SoakError."""
    end = time.monotonic() + 60 * minutes

    def many() -> None:
        while time.monotonic() < end and not failed:
            checked(report, A_RUN, f"--hypothesis-seed={secrets.randbits(32)}", HISTORIES)

    failed: list[SoakError] = []
    with ThreadPoolExecutor(at_once) as pool:
        for task in as_completed([pool.submit(many) for _ in range(at_once)]):
            error = task.exception()
            if isinstance(error, SoakError):
                failed.append(error)
            elif error is not None:
                raise error
    if failed:
        raise failed[0]


def run(report: Path, parts: Collection[str], minutes: float, browser_kills: int) -> None:
    """Run those parts, one after the other. Raises SoakError."""
    if "histories" in parts:
        histories(report, minutes, os.cpu_count() or 1)
    if "kills" in parts:
        checked(report, {name: os.environ.get(name, usual) for name, usual in DEATHS.items()}, KILLS)
    for left in range(browser_kills, 0, -A_TABLET) if "browser" in parts else ():
        kills, seed = min(left, A_TABLET), secrets.randbits(32)
        checked(report, {"BROWSER_KILLS": str(kills), "BROWSER_SEED": str(seed)}, BROWSER)


def figures(lines: Iterable[str]) -> Figures:
    """Add up what the runs told."""
    found: Figures = {}
    for line in lines:
        told = json.loads(line)
        found.setdefault(told.pop("what"), Counter()).update(told)
    return found


def rows_of(page: str) -> dict[str, str]:
    """Return the rows that a report has, by what each is about."""
    return {row[1]: row[0] for row in re.finditer(r"^\| (\w[^|]*) \|.*\| 0 \|$", page, re.M)}


def page(found: Figures, before: str = "") -> str:
    """Write the report of a soak in which nothing failed; what was not run again stays as `before` said it."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    rows = rows_of(before) | {
        what: f"| {what} | {', '.join(f'{n:,} {name}' for name, n in counts.items())} | {today} | 0 | 0 | 0 |"
        for what, counts in found.items()
    }
    table = "\n".join(rows.values())
    return f"""\
# The sync under load of accidents

Written by `make soak`. The histories are those of `{HISTORIES}`: three tablets, a
server, and whatever may happen to them, in random order, checked against a model after each step and when all have
settled. The kills are those of `{KILLS}`: a SIGKILL at a random moment; all that was said to
be saved or received is compared with what stands. Those of the browser are of
`{OFFLINE}`: Chromium with the installed app, real taps, no network, half of the kills
around a save. After each, SQLite checks the file (`integrity_check`), and the app started again is compared with
what it had said; in the end all is sent, and compared with what a colleague's tablet pulls. One record lost,
counted twice or hidden from a reader fails the run, and this page is then not written.

| What | How much | On | Lost | Duplicated | Hidden |
|---|---|---|---:|---:|---:|
{table}
"""


def main(words: list[str] | None = None, to: Path = ROOT / "docs" / "soak.md") -> int:
    """Soak the program; 0 when nothing failed."""
    parser = argparse.ArgumentParser(description="Random histories of the sync, and kills.")
    parser.add_argument("--minutes", type=float, default=10, help="of random histories")
    parser.add_argument("--browser-kills", type=int, default=300, help="half a minute each")
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="may be given twice; the rest keeps its rows"
    )
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        try:
            run(report, asked.only or PARTS, asked.minutes, asked.browser_kills)
        except SoakError as error:
            print(error, file=sys.stderr)
            return 1
        told = figures(report.read_text("utf-8").splitlines())
    found = page(told, to.read_text("utf-8") if to.exists() else "")
    to.write_text(found, "utf-8")
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
