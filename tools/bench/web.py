"""Measure the installed app: its cold start without a network, unlocking, saving, each tap, memory, what it sends.

Each figure is a ratio to something measured in turn in the same run: a bare Flet page of the same build, a tablet
without records, the bare commit of a row in the same worker, Flet's web mode. What a first visit and an update
send is read in the build. Processor time is that of the threads of the page's process, read in /proc.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import tempfile
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from playwright.sync_api import ConsoleMessage, Playwright, sync_playwright

from tests.browser import TABLET, Window, open_app
from tools.bench import web_use
from tools.bench.web_starts import Starts, enrol, lay_build, lay_hello, prepare, serving, start, unlock
from tools.run import ROOT
from tools.web_build import listing, places

STARTS, WALKS, RECORDS = 5, 5, 5_000
ANY = math.inf
"""The target of what is told and has none: a screen with a field costs Flutter more than a line of text."""
MOST_START, MOST_UNLOCK, MOST_SAVE, MOST_TAP = 1.25, 2.5, 3.0, 1.5
MOST_VISIT, MOST_UPDATE, MOST_MEMORY = 14e6, 0.5e6, 450e6
"""The targets: ratios, then bytes."""
UPDATE = ("sw.js", "build.js", "python/app.zip")
"""What an update of the app alone fetches (`tests/journeys/web`)."""
SAVES, SAID = Path(__file__).with_name("web_saves.py"), "saves "
"""What runs in the worker in the place of the app, and what its result begins with in the console."""
LONGEST = 300_000
"""Milliseconds that the saves may take."""


@dataclass
class Figures:
    """All that was measured; `full` and `empty` are tablets of the app with the records and without, `bare` is the
    bare page; `saves` milliseconds; `taps` what is tapped, with milliseconds of the app and of web mode."""

    full: Starts = field(default_factory=Starts)
    empty: Starts = field(default_factory=Starts)
    bare: Starts = field(default_factory=Starts)
    saves: dict[str, float] = field(default_factory=dict)
    taps: list[tuple[str, float, float]] = field(default_factory=list)
    visit: int = 0
    update: int = 0

    def ratios(self) -> list[tuple[str, float, float, float]]:
        """Return each ratio that was measured: its name, ours, that of the reference, and the most it may be."""
        middle = statistics.median
        timed = [
            ("cold start without a network, s", self.full.wall, self.bare.wall, MOST_START),
            ("of which Python’s worker, s of CPU", self.full.worker, self.bare.worker, MOST_START),
            ("the page’s whole process, s of CPU", self.full.page, self.bare.page, ANY),
            ("unlock, s", self.full.unlock, self.empty.unlock, MOST_UNLOCK),
        ]
        return [
            *((name, middle(ours), middle(theirs), most) for name, ours, theirs, most in timed if ours and theirs),
            *([("save, ms", self.saves["save"], self.saves["bare"], MOST_SAVE)] if self.saves else []),
            *((f"tap: {name}, ms", ours, theirs, MOST_TAP) for name, ours, theirs in self.taps),
        ]

    def amounts(self) -> list[tuple[str, float, float]]:
        """Return each amount in bytes that was measured: its name, and the most it may be."""
        memory = "memory of the page’s process (PSS)"
        found = (("locked", self.full.memory), ("unlocked", self.full.opened))
        return [
            ("a first visit sends", self.visit, MOST_VISIT),
            ("an update of the app alone sends", self.update, MOST_UPDATE),
            *((f"{memory}, {when}", statistics.median(bytes_), MOST_MEMORY) for when, bytes_ in found if bytes_),
        ]

    def missed(self) -> list[str]:
        """Return the names of the targets that were missed."""
        slow = [name for name, ours, theirs, most in self.ratios() if ours / theirs > most]
        return slow + [name for name, value, most in self.amounts() if value > most]


def sizes(build: Path) -> tuple[int, int]:
    """Return the bytes that a first visit and an update of the app alone send to a browser that takes brotli."""
    files = json.loads((build / listing.LISTING).read_text("utf-8"))["files"]
    served = [name for name in files if not name.endswith((".br", ".gz"))]
    return sum(_sent(build / name) for name in served), sum(_sent(build / name) for name in UPDATE)


def _sent(path: Path) -> int:
    packed = path.with_name(f"{path.name}.br")
    return (packed if packed.exists() else path).stat().st_size


def measure_saves(folder: Path, playwright: Playwright) -> dict[str, float]:
    """Return the milliseconds of a save and of a bare commit, both in the worker, in the file of the browser."""
    with zipfile.ZipFile(places.OUT / "python" / "app.zip") as archive:
        app = {name: archive.read(name) for name in archive.namelist() if not name.startswith("main.")}
    build = lay_build(folder / "saves", app | {"main.py": SAVES.read_bytes()})
    browser = Window(playwright, folder / "saving", TABLET, "light", installs=True)
    with serving(folder / "saves-server", build) as (url, _):
        page = browser.page()
        with page.expect_console_message(_tells_saves, timeout=LONGEST) as found:
            page.goto(url)
        result: dict[str, float] = json.loads(found.value.text.removeprefix(SAID))
        browser.close()
    return result


def _tells_saves(message: ConsoleMessage) -> bool:
    return message.text.startswith(SAID)


def measure(folder: Path, starts: int, walks: int) -> Figures:
    """Measure everything, in turn with what it is compared with."""
    found = Figures()
    found.visit, found.update = sizes(places.OUT)
    web_use.fill_tablet(folder / "web-mode", RECORDS)
    with (
        serving(folder / "full", places.OUT, RECORDS) as (full, full_env),
        serving(folder / "empty", places.OUT) as (empty, empty_env),
        serving(folder / "bare", lay_hello(folder / "hello")) as (hello, _),
        sync_playwright() as playwright,
    ):
        found.saves = measure_saves(folder, playwright)
        tablet, other, plain = (
            Window(playwright, folder / name, TABLET, "light", installs=True) for name in ("one", "two", "three")
        )
        prepare(tablet, lambda page: enrol(page, full, full_env, RECORDS))
        prepare(other, lambda page: enrol(page, empty, empty_env, 0))
        prepare(plain, lambda page: open_app(page, hello))
        for turn in range(starts + 1):
            counted = found if turn else Figures()  # the first of each is not counted
            start(plain, hello, counted.bare)
            for window, url, kept in ((other, empty, counted.empty), (tablet, full, counted.full)):
                unlock(window, page := start(window, url, kept), kept)
        print(*found.ratios(), *found.amounts(), sep="\n")  # what follows may fail, minutes later
        with web_use.web_mode(folder / "web-mode", playwright) as theirs:
            found.taps = web_use.compare(page, theirs, walks)
        for window in (tablet, other, plain):
            window.close()
    return found


def report(found: Figures, today: date) -> str:
    """Return the page `docs/benchmarks-web.md`."""
    ratios = [
        f"| {name} | {ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} | {'—' if most == ANY else f'≤ {most:g}'} |"
        for name, ours, theirs, most in found.ratios()
    ]
    amounts = [f"| {name} | {value / 1e6:.2f} MB | ≤ {most / 1e6:g} MB |" for name, value, most in found.amounts()]
    missed = found.missed()
    lines = [
        "# Benchmarks of the installed app",
        "",
        f"Written by `make bench` on {today}: {os.cpu_count()} cores, Chromium, a tablet with {RECORDS:,} records",
        f"of its team, pulled from the server after its enrolment; medians of {len(found.full.wall)} starts, in",
        f"turn with what each is compared with, at a load of {os.getloadavg()[2]:.0f} (15 minutes).",
        "",
        "- **Cold start:** the browser killed, no network, to the lock screen; against a bare Flet page of the",
        "  same build.",
        "- **Unlock:** from the last digit of the PIN to the home screen; against a tablet without records.",
        "- **Save:** an encounter judged, sealed and durable; against the bare commit of a row of its size by the",
        "  same connection, in the same worker.",
        "- **Tap:** from the finger to the frame that shows the screen; against Flet’s web mode with as many",
        "  records, whose Python is the machine’s own.",
        "",
        "| | the app | reference | ratio | target |",
        "|---|---:|---:|---:|---:|",
        *ratios,
        "",
        "| | | target |",
        "|---|---:|---:|",
        *amounts,
        "",
        f"Missed: {', '.join(missed)}." if missed else "Every target that was measured is met.",
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run, print, and keep the page; 1 when a target is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--starts", type=int, default=STARTS)
    arguments.add_argument("--walks", type=int, default=WALKS)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-web-") as name:
        found = measure(Path(name), asked.starts, asked.walks)
    page = report(found, datetime.now(UTC).date())
    print(page)
    (ROOT / "docs" / "benchmarks-web.md").write_text(page, "utf-8")
    return 1 if found.missed() else 0


if __name__ == "__main__":
    raise SystemExit(main())
