"""Tablets of the bench of the installed app: servers with and without records, the cold start, the unlocking."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect

from shared.territory import TERRITORY
from sync_server.intake.store import Sender
from sync_server.operations import synthetic
from sync_server.storage import database
from tests.browser import PIN, Window, button, choose_pin, expose_names, open_app, tap, text, wait_until_installed
from tests.conformance.site import LISTED
from tools.bench.tablet import WATCH
from tools.run import cli, data_environment, launch, make_link, stop
from tools.web_build import listing, places
from tools.web_build.archives import write_zip

HELLO = b"""import flet as ft

def main(page: ft.Page) -> None:
    page.add(ft.Text("Bonjour"))

ft.run(main)
"""
WORKER = "DedicatedWorker"
"""The name of the thread in which Python runs, begun by Chromium."""
KEPT = timedelta(days=80)
"""How far back the records go: a device pulls those of the last 90 days."""


@dataclass
class Starts:
    """What each start took: seconds on the wall, of the worker and of the page's whole process until the first
    screen; seconds from the last digit of the PIN to the home screen; bytes of the page's process, before the PIN
    and once it is open."""

    wall: list[float] = field(default_factory=list)
    worker: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    unlock: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)


def lay_hello(out: Path) -> Path:
    """Lay out the same build with a bare Flet page for an app."""
    return lay_build(out, {"main.py": HELLO})


def lay_build(out: Path, app: dict[str, bytes]) -> Path:
    """Lay out the same build with another app in it."""
    shutil.copytree(places.OUT, out, ignore=shutil.ignore_patterns(*LISTED))
    write_zip(app, out / "python" / "app.zip")
    if "shared/__init__.pyc" not in app:  # a bare page has no lists
        write_zip({}, out / "python" / "lists.zip")
    listing.list_build(out)
    return out


@contextmanager
def serving(folder: Path, build: Path, records: int = 0) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a build, from a database with so many records of the team; give its address and the environment of its
    server, whose life ends with `with`."""
    folder.mkdir()
    env = data_environment() | {"DATABASE_URL": f"sqlite:///{folder}/server.db", "WEB_FOLDER": str(build)}
    cli(env, "team", "trait-dunion", "Équipe", "trait-dunion")
    if records:
        fill(env["DATABASE_URL"], records)
    process, port = launch(["-m", "sync_server", "serve"], env, "SERVER_PORT", 0)
    try:
        yield f"http://127.0.0.1:{port}/app/", env
    finally:
        stop([process])


def fill(url: str, records: int) -> None:
    """Push invented records of the last weeks as a colleague's tablet would have: all of them are pulled."""
    engine = database.connect(url)
    today = datetime.now(UTC).date()
    sender = Sender(TERRITORY, "trait-dunion", "bench")
    for day, _, week in synthetic.weeks({}, records, today - KEPT, today):
        synthetic.push(engine, sender, week, day)
    engine.dispose()


def enrol(page: Page, url: str, env: dict[str, str], records: int) -> None:
    """Enrol the tablet, choose its PIN, and let the records arrive: from then on it starts at the lock screen."""
    open_app(page, make_link(env, url.removesuffix("/app/")))
    tap(page, button(page, "Passer"))
    tap(page, button(page, "Activer la tablette"))
    choose_pin(page)
    expect(text(page, "Dernier envoi réussi")).to_be_visible()
    if records:
        tap(page, button(page, "Journal des saisies"))
        expect(page.get_by_role("checkbox", name=re.compile(rf"\({records}\)"))).to_be_visible()


def prepare(browser: Window, begin: Callable[[Page], None]) -> None:
    """Visit once with a network, until the whole build is on the device."""
    page = browser.page()
    begin(page)
    wait_until_installed(page)
    page.wait_for_timeout(3_000)  # the browser writes it down


def start(browser: Window, url: str, starts: Starts) -> Page:
    """Kill the browser, start it without a network, and note what the way to the first screen took."""
    page = browser.pull_battery()
    browser.context.set_offline(True)
    page.wait_for_timeout(1_000)
    began = time.perf_counter()
    page.goto(url)
    found = renderers(browser)  # before the first screen is there: to look for them takes a while
    page.wait_for_selector("#splash", state="detached")
    starts.wall.append(time.perf_counter() - began)
    process = most_busy(found)
    times = {thread.id: thread.user_time + thread.system_time for thread in process.threads()}
    names = {tid: Path(f"/proc/{process.pid}/task/{tid}/comm").read_text().strip() for tid in times}
    starts.worker.append(max(seconds for tid, seconds in times.items() if names[tid].startswith(WORKER)))
    starts.page.append(sum(times.values()))
    starts.memory.append(process.memory_full_info().pss)
    return page


def unlock(browser: Window, page: Page, starts: Starts) -> None:
    """Type the PIN, and note how long it took from its last digit to the home screen, and the memory then."""
    expose_names(page)
    page.wait_for_function("() => opening.started")
    page.evaluate(WATCH, ["keydown", "Nouvelle rencontre"])
    # The field has the focus by itself, and not in the tree: it had it before the tree was switched on.
    page.wait_for_function("() => document.activeElement.tagName === 'INPUT'")
    page.keyboard.type(PIN, delay=60)
    starts.unlock.append(float(page.wait_for_function("() => window.spent").json_value()) / 1000)
    page.wait_for_timeout(2_000)  # what the home screen counts anew by itself
    starts.opened.append(most_busy(renderers(browser)).memory_full_info().pss)


def renderers(browser: Window) -> list[psutil.Process]:
    """Return the processes of pages, the browser's own among them."""
    return [each for each in browser.processes() if "--type=renderer" in each.cmdline()]


def most_busy(found: list[psutil.Process]) -> psutil.Process:
    """Return the process of the page: the one that worked most."""
    return max((each for each in found if each.is_running()), key=lambda each: sum(each.cpu_times()[:2]))
