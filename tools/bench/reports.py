"""`python -m tools.bench.reports`: what a tablet waits for while four reports are drawn, on SQLite and PostgreSQL.

The same pushes in the same run, first alone, then while four clients ask for previews one after the other.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import httpx
import sqlalchemy

from tools.bench.__main__ import bodies, postgresql, push
from tools.bench.servers import Server, serving
from tools.run import ROOT, cli

DRAWN, AT_MOST = 4, 2.0
"""Previews at a time, and how many times as long a push may take meanwhile (issue 11)."""
HELD, PUSHES = 6_000, 400
PASSWORD = "une phrase assez longue"  # noqa: S105  # of a server that lives as long as this run
PREVIEW = "/console/rapports/apercu.docx"


@dataclass(frozen=True, slots=True)
class Waits:
    """The 95th percentile of a push, in seconds: alone, and while reports are drawn; and how many were drawn."""

    quiet: float
    drawing: float
    reports: int

    @property
    def ratio(self) -> float:
        """How many times as long."""
        return self.drawing / self.quiet


def coordinator(server: Server, login: str) -> httpx.Client:
    """A client signed in to the console; over http, where the cookie must be handed over by hand."""
    cli(server.env, "account", login, "coordinator", "--password-stdin", stdin=f"{PASSWORD}\n")
    client = httpx.Client(base_url=server.url, timeout=600)
    answer = client.post("/console/connexion", data={"login": login, "password": PASSWORD})
    client.headers["Cookie"] = answer.headers["set-cookie"].split(";")[0]
    return client


@contextmanager
def drawing(server: Server) -> Iterator[list[int]]:
    """Four clients that ask for one preview after the other until the end of the block; what each was answered."""
    ended, answers, begun = threading.Event(), list[int](), threading.Event()

    def ask(client: httpx.Client) -> None:
        while not ended.is_set():
            begun.set()
            answers.append(client.get(PREVIEW).status_code)
        client.close()

    threads = [threading.Thread(target=ask, args=(coordinator(server, f"bench-{n}"),)) for n in range(DRAWN)]
    for thread in threads:
        thread.start()
    begun.wait()
    try:
        yield answers
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def p95(client: httpx.Client, batches: list[bytes]) -> float:
    """The 95th percentile of the seconds each push takes."""
    taken = []
    for body in batches:
        begun = time.perf_counter()
        push(client, [body], "accepted")
        taken.append(time.perf_counter() - begun)
    return quantiles(taken, n=20)[-1]


def measure(url: str, held: int, pushes: int) -> Waits:
    """One database: pushes of ten records, alone and then beside the previews. Raises when a preview fails."""
    small = [batch for seed in (2, 3) for batch in bodies(10 * pushes, seed, size=10)]
    cli(os.environ | {"DATABASE_URL": url}, "demo", "--records", str(held))  # with targets: they are drawn
    with serving(url) as server, server.enrol() as tablet:
        warm = coordinator(server, "bench")
        warm.get(PREVIEW).raise_for_status()  # what is counted and imported once
        warm.close()
        p95(tablet, small[: pushes // 10])
        quiet = p95(tablet, small[pushes // 10 : pushes])
        with drawing(server) as answers:
            meanwhile = p95(tablet, small[pushes:])
    if set(answers) != {200}:
        raise RuntimeError(f"previews were answered {set(answers)}")
    return Waits(quiet, meanwhile, len(answers))


def run(held: int, pushes: int) -> dict[str, Waits]:
    """Both databases."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        found = {"SQLite": measure(f"sqlite:///{folder / 'reports.db'}", held, pushes)}
        with postgresql(folder) as (url, _):
            plain = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
            with plain.connect() as connection:
                connection.exec_driver_sql("CREATE DATABASE reports")
            plain.dispose()
            found["PostgreSQL"] = measure(url.replace("/postgres?", "/reports?"), held, pushes)
    return found


def report(found: dict[str, Waits], held: int, pushes: int) -> str:
    """The page `docs/benchmarks-reports.md`."""
    where = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        "# Benchmarks of the reports",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {pushes} pushes of 10 records into {held:,},",
        f"alone, then while {DRAWN} clients ask for previews (DOCX) one after the other; {where}.",
        "Times of one run, 95th percentile of a push in ms.",
        "",
        "| database | alone | while reports are drawn | ratio | target | reports drawn |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, waits in found.items():
        times = f"{waits.quiet * 1e3:.0f} | {waits.drawing * 1e3:.0f} | {waits.ratio:.2f}"
        lines.append(f"| {name} | {times} | ≤ {AT_MOST:g} | {waits.reports} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Runs, prints, and keeps the page; 1 when the target is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=HELD)
    arguments.add_argument("--pushes", type=int, default=PUSHES)
    asked = arguments.parse_args()
    found = run(asked.records, asked.pushes)
    page = report(found, asked.records, asked.pushes)
    print(page)
    (ROOT / "docs" / "benchmarks-reports.md").write_text(page, "utf-8")
    missed = [name for name, waits in found.items() if waits.ratio > AT_MOST]
    print("\n".join(f"missed: {name}" for name in missed) or "every target is met")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
