"""Clocks that are a year off, or turned back in the middle of a sync: no order changes, nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from field_app.locking.opening import open_store
from field_app.store.kept import Kept
from field_app.sync.client import SyncClient
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.storage import database
from sync_server.web.context import paris_now
from tests.faults.conftest import until_it_answers
from tests.field_app.conftest import held_by_server
from tests.field_app.world import SECRET
from tools.run import ROOT, free_port

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
TODAY = paris_now().date()


class Clock:
    """What a process believes the time is: the real one, moved by so many days."""

    def __init__(self, path: Path, days: int) -> None:
        assert LIBRARY is not None, "make test installs it: apt-get install faketime"
        self._path = path
        self.turn(days)

    def turn(self, days: int) -> None:
        self._path.write_text(f"{days:+d}d")

    @property
    def environment(self) -> dict[str, str]:
        told = {"FAKETIME_TIMESTAMP_FILE": str(self._path), "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"}
        return os.environ | told | {"LD_PRELOAD": str(LIBRARY)}


def process(clock: Clock, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.wrong_clock", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, env=clock.environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def server_clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "server-clock", 0)


@pytest.fixture
def url(database_url: str, server_clock: Clock) -> Iterator[str]:
    port = free_port(0)
    with process(server_clock, "serve", database_url, port) as server:
        found = f"http://127.0.0.1:{port}"
        until_it_answers(found)
        yield found
        server.kill()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    found = database.connect(database_url)
    devices.create_team(found, TERRITORY, "giromagny", "Giromagny", "trait-dunion")
    yield found
    found.dispose()


async def enrolled(url: str, engine: Engine) -> str:
    code = devices.create_code(engine, TERRITORY, "giromagny", int(time.time()), 15)
    return (await SyncClient(url).enrol(code))[0].token


@contextmanager
def working(folder: Path, days: int, url: str, token: str, count: int) -> Iterator[tuple[Clock, list[str]]]:
    """A tablet whose clock is that wrong; what it said, once it is over."""
    folder.mkdir(exist_ok=True)
    clock, said = Clock(folder / "clock", days), list[str]()
    with process(clock, "work", folder, url, token, count) as tablet:
        assert tablet.stdout is not None
        said.append(tablet.stdout.readline())
        yield clock, said
        said.append(tablet.stdout.read())
    assert tablet.returncode == 0


async def its_own(folder: Path) -> list[Kept]:
    store = await open_store(folder / "tablet.db", SECRET)
    found = [kept for kept in await store.all() if kept.kind == "encounter" and kept.state != "received"]
    store.close()
    return found


async def test_a_tablet_a_year_behind_and_one_a_year_ahead_lose_nothing(
    url: str, engine: Engine, tmp_path: Path
) -> None:
    behind, ahead = tmp_path / "behind", tmp_path / "ahead"
    with working(behind, -365, url, await enrolled(url, engine), 20) as (_, said):
        assert said == [f"began {TODAY - timedelta(365)}\n"]
    assert {kept.state for kept in await its_own(behind)} == {"sent"}
    token = await enrolled(url, engine)
    with working(ahead, +365, url, token, 20):
        pass
    found = await its_own(ahead)
    assert len(found) == 20
    assert {(kept.state, kept.reasons[0]["message"]) for kept in found} == {
        ("to_correct", "Jour : il est dans l’avenir ; choisissez aujourd’hui ou un jour passé")
    }
    store = await open_store(ahead / "tablet.db", SECRET)
    for kept in found:  # the clock is right again: the worker corrects the day, retypes nothing else
        await store.edit(kept.edit_under("draft"), kept.fields | {"day": str(TODAY)}, "pending")
    await SyncClient(url, token).run(store, prove=True)
    assert store.counts() == {"sent": 20}
    store.close()
    assert len(held_by_server(engine)) == len(set(held_by_server(engine))) == 40


@pytest.mark.parametrize("whose", ["tablet", "server"])
async def test_a_clock_turned_back_a_year_in_the_middle_of_a_sync_hides_and_loses_nothing(
    url: str, engine: Engine, server_clock: Clock, tmp_path: Path, whose: str
) -> None:
    folder = tmp_path / "tablet"
    reader, store = SyncClient(url, await enrolled(url, engine)), await open_store(tmp_path / "reader.db", SECRET)
    with working(folder, -400, url, await enrolled(url, engine), 400) as (clock, said):
        while len(held_by_server(engine)) < 50:
            time.sleep(0.01)
        await reader.run(store)
        seen = sum(kept.kind == "encounter" for kept in await store.all())
        assert 50 <= seen < 400  # in the middle
        clock.turn(-765) if whose == "tablet" else server_clock.turn(-365)
    if whose == "tablet":
        assert said[0].split()[1] > said[1].split()[1]
    assert {kept.state for kept in await its_own(folder)} == {"sent"}
    await reader.run(store)
    assert sum(kept.kind == "encounter" for kept in await store.all()) == 400
    assert len(held_by_server(engine)) == 400
    store.close()


async def test_a_server_whose_clock_jumps_forward_keeps_its_devices(
    url: str, engine: Engine, server_clock: Clock, tmp_path: Path
) -> None:
    token = await enrolled(url, engine)
    server_clock.turn(+365)
    with working(tmp_path / "tablet", 0, url, token, 10):
        pass
    assert {kept.state for kept in await its_own(tmp_path / "tablet")} == {"sent"}
    assert httpx.get(f"{url}/healthz", timeout=60).is_success
