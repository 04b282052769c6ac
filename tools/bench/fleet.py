"""The end of an afternoon: 500 tablets come back to the network at once, over bad links, and the server is killed
in the middle. On SQLite, and on PostgreSQL under two server processes. Writes `docs/benchmarks-fleet.md`."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import signal
import subprocess  # nosec B404  # commands that stand in this file, no shell
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from sqlalchemy import Engine

from field_app.sync.client import SyncClient
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.storage import database
from tools.bench.__main__ import postgresql
from tools.bench.figures import NEARLY_ALL, WITHIN, Figures, report
from tools.bench.tablets import Tablet
from tools.run import ROOT, cli, free_port, stop, wait_for

TABLETS, RECORDS, TEAM = 500, 20, 5
"""Tablets, encounters each recorded in the afternoon, tablets of one team: they also receive each other's."""
COUNTED, ARRIVED = "SELECT id FROM fact_encounter", "SELECT count(*) FROM encounter"


@dataclass
class Servers:
    """The processes that answer, each on its port; `rss` is what each held at most, in bytes."""

    env: dict[str, str]
    ports: list[int]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    idle: float = 0.0
    most: float = 0.0
    killed: int = 0

    def begin(self, port: int) -> subprocess.Popen[bytes]:
        """Start one more process, and wait until it listens."""
        env = self.env | {"SERVER_PORT": str(port)}
        process = subprocess.Popen([sys.executable, "-m", "sync_server", "serve"], env=env, cwd=ROOT)  # nosec B603  # our own command, no shell
        wait_for(port, process)
        return process

    def look(self) -> float:
        """Measure the memory of the largest process, now."""
        found = [psutil.Process(p.pid).memory_info().rss for p in self.processes if p.poll() is None]
        self.most = max([self.most, *found])
        return float(max(found, default=0))

    async def watch(self) -> None:
        """Measure their memory until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(0.2)

    async def kill_one(self) -> None:
        """Kill one process by SIGKILL, then start it again, as a supervisor does."""
        self.processes[0].send_signal(signal.SIGKILL)
        self.processes[0].wait()
        self.killed += 1
        self.processes[0] = await asyncio.to_thread(self.begin, self.ports[0])


@contextmanager
def serving(url: str, count: int) -> Iterator[Servers]:
    """Start so many processes over one database, stopped at the end."""
    servers = Servers(os.environ | {"DATABASE_URL": url}, [free_port(0) for _ in range(count)])
    cli(servers.env, "upgrade")
    try:
        servers.processes = [servers.begin(port) for port in servers.ports]
        for port in servers.ports:
            httpx.get(f"http://127.0.0.1:{port}/healthz").raise_for_status()
        servers.idle = servers.look()
        yield servers
    finally:
        stop(servers.processes)


async def prepare(engine: Engine, folder: Path, count: int, records: int, ports: list[int]) -> list[Tablet]:
    """Enrol the tablets, and let each record its afternoon."""
    found = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports[0]}", timeout=60) as http:
        for number in range(count):
            team = number // TEAM
            if number % TEAM == 0:
                devices.create_team(engine, TERRITORY, f"team-{team}", f"Équipe {team}", "trait-dunion")
            code = devices.create_code(engine, TERRITORY, f"team-{team}", int(time.time()), 60)
            client = SyncClient(str(http.base_url))
            token = (await client.enrol(code))[0].token
            tablet = Tablet(folder / f"{number}.db", team, token, random.Random(number))  # nosec B311  # a link that fails, the same each time
            await tablet.record(records, seed=number)
            found.append(tablet)
    return found


@dataclass
class Arrivals:
    """How many records the server holds, looked at until all are there; half of them are the moment for a kill."""

    engine: Engine
    expected: int
    begun: float = field(default_factory=time.monotonic)
    half: asyncio.Event = field(default_factory=asyncio.Event)
    nearly_all: float = 0.0

    async def watch(self) -> None:
        """Note when half have arrived, and when nearly all have."""
        while not self.nearly_all:
            with database.reading(self.engine) as connection:
                found = connection.exec_driver_sql(ARRIVED).scalar_one()
            if found >= self.expected / 2:
                self.half.set()
            if found >= self.expected * NEARLY_ALL:
                self.nearly_all = time.monotonic() - self.begun
            await asyncio.sleep(0.1)


async def afternoon(engine: Engine, servers: Servers, folder: Path, count: int, records: int) -> Figures:
    """Let all of them come back; kill one process when half of the records have arrived."""
    tablets = await prepare(engine, folder, count, records, servers.ports)
    arrivals = Arrivals(engine, count * records)
    watching = [asyncio.create_task(w.watch()) for w in (servers, arrivals)]
    returns = [t.come_back(servers.ports, n * WITHIN / count) for n, t in enumerate(tablets)]
    everyone = asyncio.gather(*returns)
    half = asyncio.create_task(arrivals.half.wait())
    await asyncio.wait((everyone, half), return_when=asyncio.FIRST_COMPLETED)
    await servers.kill_one()
    await everyone
    last = time.monotonic() - arrivals.begun
    syncs, waits = sorted(s for t in tablets for s in t.syncs), sorted(t.until_sent for t in tablets)
    for tablet in tablets:  # each receives what its team sent last
        await tablet.sync(servers.ports, fine=True)
    for task in (half, *watching):
        task.cancel()
    lost, hidden, duplicated = await differences(engine, tablets)
    return Figures(
        tablets=count, records=count * records, nearly_all=arrivals.nearly_all or last, last=last,
        syncs=syncs, waits=waits,
        failures=sum(t.failures for t in tablets), killed=servers.killed, memory=servers.most / servers.idle,
        lost=lost, hidden=hidden, duplicated=duplicated,
    )  # fmt: skip


def counted(engine: Engine) -> list[str]:
    """List the encounters the indicators count."""
    with database.reading(engine) as connection:
        return list(connection.exec_driver_sql(COUNTED).scalars())


async def differences(engine: Engine, tablets: list[Tablet]) -> tuple[int, int, int]:
    """Count the records that are lost, hidden from a tablet of their team, counted though nobody saved them, or
    twice."""
    found, saved = counted(engine), set[str]().union(*(t.saved for t in tablets))
    hidden = 0
    for tablet in tablets:
        team = set[str]().union(*(t.saved for t in tablets if t.team == tablet.team))
        hidden += len(team - await tablet.holds())
    return len(saved - set(found)), hidden, len(found) - len(saved & set(found))


def measured(url: str, processes: int, count: int, records: int) -> Figures:
    """Measure one afternoon over that database. The tablets' files are in memory: each has a disk of its own
    elsewhere."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # nosec B108  # a folder of this run alone, in it
    with tempfile.TemporaryDirectory(prefix="fleet-", dir=memory) as tablets, serving(url, processes) as servers:
        engine = database.connect(url)
        try:
            return asyncio.run(afternoon(engine, servers, Path(tablets), count, records))
        finally:
            engine.dispose()


def main() -> int:
    """Run, print, and keep the page; 1 when a target is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tablets", type=int, default=TABLETS)
    count = arguments.parse_args().tablets
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # three files and a socket a tablet
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        results = {"SQLite, 1 process": measured(f"sqlite:///{folder}/server.db", 1, count, RECORDS)}
        with postgresql(Path(folder)) as (url, _):
            results["PostgreSQL, 2 processes"] = measured(url, 2, count, RECORDS)
    page = report(results)
    print(page)
    (ROOT / "docs" / "benchmarks-fleet.md").write_text(page, "utf-8")
    failed = [f"{name}: {what}" for name, found in results.items() for what in found.missed()]
    print("\n".join(f"missed: {what}" for what in failed) or "every target is met")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
