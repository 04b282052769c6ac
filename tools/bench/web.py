"""Time the cold start of the installed app without a network against a bare Flet page of the same build.

Both are browsers of their own profile, killed and started in turn; the processor time is that of the threads of
the page's process, read in /proc. What a first visit and an update send is read in the build.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from tests.browser import TABLET, Window, button, choose_pin, open_app, tap, wait_until_installed
from tests.conformance.site import LISTED
from tools.run import ROOT, cli, data_environment, launch, make_link, stop
from tools.web_build import listing, places
from tools.web_build.archives import write_zip

HELLO = b"""import flet as ft

def main(page: ft.Page) -> None:
    page.add(ft.Text("Bonjour"))

ft.run(main)
"""
STARTS = 5
MOST_START, MOST_VISIT, MOST_UPDATE, MOST_MEMORY = 1.25, 14e6, 0.5e6, 450e6
"""The targets: a ratio, bytes, bytes, bytes."""
UPDATE = ("sw.js", "build.js", "python/app.zip")
"""What an update of the app alone fetches (`tests/journeys/web`)."""
WORKER = "DedicatedWorker"
"""The name of the thread in which Python runs, begun by Chromium."""


@dataclass
class Starts:
    """The seconds of each start: on the wall, of the worker, of the page's whole process; its memory in bytes."""

    wall: list[float] = field(default_factory=list)
    worker: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


def sizes(build: Path) -> tuple[int, int]:
    """Return the bytes that a first visit and an update of the app alone send to a browser that takes brotli."""
    files = json.loads((build / listing.LISTING).read_text("utf-8"))["files"]
    served = [name for name in files if not name.endswith((".br", ".gz"))]
    return sum(_sent(build / name) for name in served), sum(_sent(build / name) for name in UPDATE)


def _sent(path: Path) -> int:
    packed = path.with_name(f"{path.name}.br")
    return (packed if packed.exists() else path).stat().st_size


def lay_hello(out: Path) -> Path:
    """Lay out the same build with a bare Flet page for an app."""
    shutil.copytree(places.OUT, out, ignore=shutil.ignore_patterns(*LISTED))
    write_zip({"main.py": HELLO}, out / "python" / "app.zip")
    listing.list_build(out)
    return out


@contextmanager
def serving(folder: Path, build: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a build; give its address and the environment of its server, whose life ends with `with`."""
    folder.mkdir()
    env = data_environment() | {"DATABASE_URL": f"sqlite:///{folder}/server.db", "WEB_FOLDER": str(build)}
    cli(env, "demo")
    process, port = launch(["-m", "sync_server", "serve"], env, "SERVER_PORT", 0)
    try:
        yield f"http://127.0.0.1:{port}/app/", env
    finally:
        stop([process])


def enrol(page: Page, url: str, env: dict[str, str]) -> None:
    """Enrol the tablet and choose its PIN: from then on it starts at the lock screen."""
    open_app(page, make_link(env, url.removesuffix("/app/")))
    tap(page, button(page, "Passer"))
    tap(page, button(page, "Enrôler la tablette"))
    choose_pin(page)


def prepare(browser: Window, begin: Callable[[Page], None]) -> None:
    """Visit once with a network, until the whole build is on the device."""
    page = browser.page()
    begin(page)
    wait_until_installed(page)
    page.wait_for_timeout(3_000)  # the browser writes it down


def start(browser: Window, url: str, starts: Starts) -> None:
    """Kill the browser, start it without a network, and note what the way to the first screen took."""
    page = browser.pull_battery()
    browser.context.set_offline(True)
    page.wait_for_timeout(1_000)
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("#splash", state="detached")
    starts.wall.append(time.perf_counter() - began)
    process = _of_page(browser)
    times = {thread.id: thread.user_time + thread.system_time for thread in process.threads()}
    names = {tid: Path(f"/proc/{process.pid}/task/{tid}/comm").read_text().strip() for tid in times}
    starts.worker.append(max(seconds for tid, seconds in times.items() if names[tid].startswith(WORKER)))
    starts.page.append(sum(times.values()))
    starts.memory.append(process.memory_full_info().pss)


def _of_page(browser: Window) -> psutil.Process:
    """Return the process of the page: of the browser's renderers the one that worked most."""
    renderers = [each for each in browser.processes() if "--type=renderer" in each.cmdline()]
    return max(renderers, key=lambda each: sum(each.cpu_times()[:2]))


def measure(folder: Path, count: int) -> tuple[Starts, Starts]:
    """Return the starts of the app and of the bare page, taken in turn."""
    ours, bare = Starts(), Starts()
    with (
        serving(folder / "ours", places.OUT) as (app, env),
        serving(folder / "bare", lay_hello(folder / "hello")) as (hello, _),
        sync_playwright() as playwright,
    ):
        tablet, other = (
            Window(playwright, folder / name, TABLET, "light", installs=True) for name in ("tablet", "other")
        )
        prepare(tablet, lambda page: enrol(page, app, env))
        prepare(other, lambda page: open_app(page, hello))
        for turn in range(count + 1):
            found = (ours, bare) if turn else (Starts(), Starts())  # the first of each is not counted
            start(tablet, app, found[0])
            start(other, hello, found[1])
        tablet.close()
        other.close()
    return ours, bare


def report(ours: Starts, bare: Starts, visit: int, update: int, today: date) -> tuple[str, list[str]]:
    """Return the page `docs/benchmarks-web.md`, and the names of the targets that were missed."""
    middle = statistics.median
    memory = middle(ours.memory)
    rows = [
        (name, middle(a), middle(b), MOST_START)
        for name, a, b in (
            ("cold start without a network, s", ours.wall, bare.wall),
            ("of which Python's worker, s of CPU", ours.worker, bare.worker),
            ("the page's whole process, s of CPU", ours.page, bare.page),
        )
    ]
    lines = [
        "# Benchmarks of the installed app",
        "",
        f"Written by `make bench` on {today}: {os.cpu_count()} cores, Chromium, no network, the browser killed",
        f"before each start; median of {len(ours.wall)}, in turn with a bare Flet page of the same build.",
        "",
        "| | the app, to its lock screen | bare page | ratio | target |",
        "|---|---:|---:|---:|---:|",
        *(f"| {name} | {a:.2f} | {b:.2f} | {a / b:.2f} | ≤ {most:g} |" for name, a, b, most in rows),
        "",
        "| | | target |",
        "|---|---:|---:|",
        f"| a first visit sends | {visit / 1e6:.1f} MB | ≤ {MOST_VISIT / 1e6:g} MB |",
        f"| an update of the app alone sends | {update / 1e6:.2f} MB | ≤ {MOST_UPDATE / 1e6:g} MB |",
        f"| memory of the page's process (PSS) | {memory / 1e6:.0f} MB | ≤ {MOST_MEMORY / 1e6:g} MB |",
    ]
    missed = [name for name, a, b, most in rows if a / b > most]
    plain = (
        ("first visit", visit, MOST_VISIT),
        ("update", update, MOST_UPDATE),
        ("memory", middle(ours.memory), MOST_MEMORY),
    )
    return "\n".join(lines) + "\n", missed + [name for name, value, most in plain if value > most]


def main() -> int:
    """Run, print, and keep the page; 1 when a target is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--starts", type=int, default=STARTS)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-web-") as name:
        ours, bare = measure(Path(name), asked.starts)
    page, missed = report(ours, bare, *sizes(places.OUT), datetime.now(UTC).date())
    print(page)
    (ROOT / "docs" / "benchmarks-web.md").write_text(page, "utf-8")
    print("\n".join(f"missed: {name}" for name in missed) or "every target is met")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
