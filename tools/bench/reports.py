"""`python -m tools.bench.reports`: what a tablet waits for while reports are drawn, and while pages of figures are
shown, on SQLite and PostgreSQL.

The same kind of pushes in the same run: alone, then while four clients ask for previews one after the other, then
while four ask for « Indicateurs » and four more for « Carte ».
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import httpx
import sqlalchemy

from tools.bench.__main__ import bodies, postgresql, push
from tools.bench.servers import Server, serving
from tools.run import ROOT, cli

AT_MOST = 2.0
"""How many times as long a push may take meanwhile."""
HELD, PUSHES = 60_000, 400
"""Records, a third of them encounters; and pushes of each measure."""
PASSWORD = "une phrase assez longue"  # noqa: S105  # nosec B105  # of a server that lives as long as this run
BESIDE = {
    "4 previews (DOCX)": ("/console/rapports/apercu.docx",) * 4,
    "4 pages « Indicateurs » and 4 « Carte »": ("/console/indicateurs", "/console/carte") * 4,
}
"""What is asked for at the same time, a client each, one answer after the other."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The 95th percentile of a push, in seconds: alone, and while something else is asked for, by its name; with
    how many of that were answered."""

    quiet: float
    beside: dict[str, tuple[float, int]]

    def ratio(self, name: str) -> float:
        """Compute how many times as long as alone a push takes."""
        return self.beside[name][0] / self.quiet

    @property
    def missed(self) -> list[str]:
        """The reports that make a push wait longer than it may."""
        return [name for name in self.beside if self.ratio(name) > AT_MOST]


def coordinator(server: Server, login: str) -> httpx.Client:
    """Sign a client in to the console; over http, where the cookie must be handed over by hand."""
    cli(server.env, "account", login, "coordinator", "--password-stdin", stdin=f"{PASSWORD}\n")
    client = httpx.Client(base_url=server.url, timeout=600)
    answer = client.post("/console/connexion", data={"login": login, "password": PASSWORD})
    client.headers["Cookie"] = answer.headers["set-cookie"].split(";")[0]
    return client


@contextmanager
def asking(clients: Sequence[httpx.Client], addresses: Sequence[str]) -> Iterator[list[int]]:
    """Ask for each address by a client of its own, again and again until the end of the block; yield what they
    were answered."""
    ended, answers, begun = threading.Event(), list[int](), threading.Barrier(len(addresses) + 1)

    def ask(client: httpx.Client, address: str) -> None:
        begun.wait()
        while not ended.is_set():
            answers.append(client.get(address).status_code)

    threads = [threading.Thread(target=ask, args=one) for one in zip(clients, addresses, strict=False)]
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
    """Measure the 95th percentile of the seconds each push takes."""
    taken = []
    for body in batches:
        begun = time.perf_counter()
        push(client, [body], "accepted")
        taken.append(time.perf_counter() - begun)
    return quantiles(taken, n=20)[-1]


def measure(url: str, held: int, pushes: int) -> Waits:
    """Measure one database: pushes of ten records, alone and then beside each of `BESIDE`. Raises when an answer
    fails."""
    small = [bodies(10 * pushes, seed, size=10) for seed in range(2, 3 + len(BESIDE))]
    cli(os.environ | {"DATABASE_URL": url}, "demo", "--records", str(held))  # with targets: they are drawn
    with ExitStack() as stack:
        server = stack.enter_context(serving(url))
        tablet = stack.enter_context(server.enrol())
        many = max(map(len, BESIDE.values()))
        clients = [stack.enter_context(closing(coordinator(server, f"bench-{n}"))) for n in range(many)]
        for address in {one for asked in BESIDE.values() for one in asked}:
            clients[0].get(address).raise_for_status()  # what is counted and imported once
        p95(tablet, bodies(pushes, 1, size=10))
        quiet = p95(tablet, small[0])
        found = {}
        for (name, addresses), batches in zip(BESIDE.items(), small[1:], strict=True):
            with asking(clients, addresses) as answers:
                meanwhile = p95(tablet, batches)
            if set(answers) != {200}:
                raise RuntimeError(f"{name} were answered {set(answers)}")
            found[name] = meanwhile, len(answers)
    return Waits(quiet, found)


def run(held: int, pushes: int) -> dict[str, Waits]:
    """Run both databases."""
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
    """Write the page `docs/benchmarks-reports.md`."""
    where = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        "# Benchmarks of the reports and of the pages of figures",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {pushes} pushes of 10 records into {held:,},",
        "a third of them encounters: alone, then while clients ask for something else, each again and again;",
        f"{where}. Times of one run, 95th percentile of a push in ms.",
        "",
        "| database | meanwhile | alone | meanwhile | ratio | target | answered |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for database, waits in found.items():
        for name, (meanwhile, answers) in waits.beside.items():
            times = f"{waits.quiet * 1e3:.0f} | {meanwhile * 1e3:.0f} | {waits.ratio(name):.2f}"
            lines.append(f"| {database} | {name} | {times} | ≤ {AT_MOST:g} | {answers} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run, print, and keep the page; 1 when the target is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=HELD)
    arguments.add_argument("--pushes", type=int, default=PUSHES)
    asked = arguments.parse_args()
    found = run(asked.records, asked.pushes)
    page = report(found, asked.records, asked.pushes)
    print(page)
    (ROOT / "docs" / "benchmarks-reports.md").write_text(page, "utf-8")
    missed = [f"{database}, {name}" for database, waits in found.items() for name in waits.missed]
    print("\n".join(f"missed: {name}" for name in missed) or "every target is met")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
