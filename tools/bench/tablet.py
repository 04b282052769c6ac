"""The tablet with 5,000 records against an empty one: from a tap to the screen in Chromium, and the save."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import statistics
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

from playwright.sync_api import Page, expect

from field_app.directory import Directory
from field_app.locking.opening import choose_pin, open_store
from field_app.ports.desk.secret import FileSecret
from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.store.kept import Kept
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment
from sync_server.operations.synthetic import Generator
from tests.browser import LOOK, PIN, button, open_app, unlock, window
from tools.run import ROOT, data_environment, launch, stop

RECORDS, TIMES = 5_000, 15
MOST_SCREEN, MOST_SAVE = 100.0, 50.0
"""Milliseconds, median: the targets of the field app."""
SAVE = "enregistrer, durablement"
ENROLMENT = Enrolment("http://127.0.0.1:9", "bench", "token", "Équipe", "trait-dunion")

WATCH = """([event, then]) => {
  let start = 0;
  window.spent = 0;
  const note = () => { start = performance.now(); };
  addEventListener(event, note, {capture: true});
  const look = () => {
    const there = [...document.querySelectorAll('flt-semantics')].some(
      e => (e.getAttribute('aria-label') || e.innerText || '').trim().startsWith(then));
    if (!start || !there) return void requestAnimationFrame(look);
    window.spent = performance.now() - start;
    removeEventListener(event, note, {capture: true});
  };
  look();
}"""
"""Counts from the last of that event (a finger leaves the glass, a key goes down) to the first frame whose tree
holds the words."""
HOME, BACK = "accueil", ("Retour à l’accueil", "Nouvelle rencontre")
SAVED = "Enregistrer, jusqu’à l’accueil"
WALK = {
    "Nouvelle rencontre": ("Nouvelle rencontre", "Enregistrer et suivante"),
    "Suites": ("Suites", "Retour à l’accueil"),
    "Journal des saisies": ("Journal des saisies", "Retour à l’accueil"),
    "Annuaire": ("Annuaire", "Retour à l’accueil"),
    "Mes chiffres": ("Mes chiffres", "Retour à l’accueil"),
    "Réglages": ("Réglages", "Retour à l’accueil"),
}
"""What is measured: the tap, and what tells that the screen is there."""


async def fill(folder: Path, count: int) -> LocalStore:
    """Fill the store of a tablet, enrolled nowhere reachable, with so many records."""
    store = await open_store(folder / "tablet.db", await FileSecret(folder).secret())
    await store.keep_note("enrolment", asdict(ENROLMENT))
    await choose_pin(store, await FileSecret(folder).secret(), PIN)
    last = datetime.now(UTC).date()
    for raw in islice(Generator(90, last - timedelta(365), last).records(), count):
        await store.keep(Kept(raw["id"], raw["kind"], raw["fields"], "sent", 1, 1, attempted=True))
    return store


async def saving(store: LocalStore) -> float:
    """Measure the milliseconds of one save, judged, sealed and durable: the median."""
    desk = Desk(store, Directory(), ENROLMENT)
    found = []
    for _ in range(TIMES):
        draft = await begin.new("encounter", desk)
        await draft.put("commune", "90052")
        await draft.put("place_type", "mairie")
        start = time.perf_counter()
        if not await draft.save():
            raise RuntimeError("not saved")
        found.append((time.perf_counter() - start) * 1000)
    return statistics.median(found)


def prepared(folder: Path, count: int) -> float:
    """Make the tablet, measure its save, close it."""

    async def both() -> float:
        store = await fill(folder, count)
        try:
            return await saving(store)
        finally:
            store.close()

    return asyncio.run(both())


def tap(page: Page, name: str, then: str) -> float:
    """Measure the milliseconds from a tap on the button, its number left out, to the words that tell the screen is
    there."""
    target = page.get_by_role("button", name=re.compile(rf"^{name}( \(.*)?$"))
    expect(target).to_be_visible()
    page.wait_for_timeout(
        LOOK
    )  # sooner after the last screen, the app takes it for the second half of a double tap
    page.evaluate(WATCH, ["pointerup", then])
    target.click()
    return float(page.wait_for_function("() => window.spent").json_value())


def screens(page: Page) -> dict[str, float]:
    """Measure the milliseconds from the tap to the screen, the median of several walks; the first walk is not
    counted."""
    found: dict[str, list[float]] = {name: [] for name in (*WALK, HOME, SAVED)}
    for turn in range(TIMES + 1):
        for name, step in WALK.items():
            there, back = tap(page, *step), tap(page, *BACK)
            if turn:
                found[name].append(there)
                found[HOME].append(back)
        tap(page, *WALK["Nouvelle rencontre"])
        saved = tap(page, "Enregistrer", "Nouvelle rencontre")  # place and day of the last one are proposed
        if turn:
            found[SAVED].append(saved)
    return {name: statistics.median(times) for name, times in found.items()}


def tablet(folder: Path, count: int) -> dict[str, float]:
    """Measure every figure of one tablet."""
    folder.mkdir()
    found = {SAVE: prepared(folder, count)}
    env = data_environment() | {"FLET_APP_STORAGE_DATA": str(folder)}
    process, port = launch(["main.py"], env, "FIELD_APP_PORT", 0)
    try:
        with window() as browser:
            page = browser.page()
            open_app(page, f"http://127.0.0.1:{port}/")
            unlock(page)
            expect(button(page, "Nouvelle rencontre")).to_be_visible()
            return found | screens(page)
    finally:
        stop([process])


def target(name: str) -> float:
    """Return the most that may be, in milliseconds."""
    return MOST_SAVE if name == SAVE else MOST_SCREEN


def report(empty: dict[str, float], full: dict[str, float], count: int, today: date) -> str:
    """Write the page `docs/benchmarks-tablet.md`."""
    lines = [
        "# Benchmarks of the tablet",
        "",
        "In web mode, the developer’s, whose Python is the machine’s own: what 5,000 records cost against none. A",
        "worker has the installed app: its taps against these, its save and its unlocking are in",
        "[the benchmarks of the installed app](benchmarks-web.md).",
        "",
        f"Written by `make bench` on {today}: from a tap in Chromium to the screen that shows, and the save to",
        f"the disk, in ms, median of {TIMES}; {os.cpu_count()} cores, Python {platform.python_version()}.",
        f"A tablet with {count:,} records against an empty one, in the same run.",
        "",
        "| | empty | full | ratio | target |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, value in full.items():
        ratio = value / empty[name]
        lines.append(f"| {name} | {empty[name]:.1f} | {value:.1f} | {ratio:.2f} | ≤ {target(name):g} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run, print, and keep the page; 1 when a target is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=RECORDS)
    count = arguments.parse_args().records
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        empty, full = tablet(Path(name) / "empty", 0), tablet(Path(name) / "full", count)
    page = report(empty, full, count, datetime.now(UTC).date())
    print(page)
    (ROOT / "docs" / "benchmarks-tablet.md").write_text(page, "utf-8")
    missed = [name for name, value in full.items() if value > target(name)]
    print("\n".join(f"missed: {name}" for name in missed) or "every target is met")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
