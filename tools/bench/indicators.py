"""`make bench`: the 29 indicators of a million encounters by month × commune × age band, ours against DuckDB."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import Engine, insert

from shared import territory
from shared.territory import TERRITORY
from sync_server.directory import new_territory
from sync_server.figures import compiler, counts, declarations, tallies
from sync_server.figures.compiler import Period
from sync_server.intake import store
from sync_server.operations.synthetic import Generator
from sync_server.storage import database
from sync_server.storage.desk_tables import CommuneYear
from sync_server.storage.tables import table
from tools.bench import duck, references
from tools.run import ROOT

DAYS = 730
FEW, MANY, BASE = 10_000, 1_000_000, 50_000
"""Encounters of the small base and of the large one, and how many of these came through the store."""
AFTERNOON, LAST_DAYS = 10_000, 4
TIMES = 3
MOST_MEMORY = 300.0
SENDER = store.Sender(TERRITORY, "bench", None)


@dataclass(frozen=True, slots=True)
class Ours:
    """What our side gave, in seconds, and the most memory its process held, in MB."""

    rebuild: float
    asked: float
    memory: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run gave."""

    held: int
    few: Ours
    many: Ours
    duck: float
    afternoon: float

    @property
    def ratio(self) -> float:
        """Ours over DuckDB."""
        return self.many.asked / self.duck

    def missed(self, times: float) -> list[str]:
        """List what does not keep its target; `times` as many encounters in the large base."""
        held = {
            "slower than DuckDB": self.ratio <= 1,
            "more than linear": self.many.asked <= self.few.asked * times,
            "memory": self.many.memory <= MOST_MEMORY,
        }
        return [name for name, kept in held.items() if not kept]


def push(engine: Engine, records: Iterator[dict[str, Any]], count: int, today: date) -> None:
    """Push through the store, until that many encounters are in. Raises when one is refused."""
    batch: list[dict[str, Any]] = []
    while count > 0:
        batch = list(islice(records, min(count, 500)))
        for receipt in store.accept(engine, SENDER, batch, today):
            if receipt.status != "accepted":
                raise RuntimeError(f"refused: {receipt.reasons}")
        count -= sum(record["kind"] == "encounter" for record in batch)


def fill(path: Path, count: int, today: date) -> None:
    """Fill a SQLite file with so many encounters of two years, and what comes with them: presences, follow-ups…"""
    engine = database.connect(f"sqlite:///{path}")
    database.upgrade(engine)
    new_territory.create_territory(engine, TERRITORY, today)
    bare = [{"territory": TERRITORY, "insee": insee, "year": 2024} for insee in list(territory.communes())[::2]]
    with database.writing(engine) as connection:
        connection.execute(insert(table(CommuneYear)), bare)
    push(engine, Generator(90, today - timedelta(DAYS), today).records(), count, today)
    engine.dispose()


def period(today: date) -> Period:
    """Return the period of all of it, in whole months; outcomes as known on the last day of the copies, which ends
    no month."""
    end = today + timedelta(references.SPREAD)
    return Period((today - timedelta(DAYS)).replace(day=1), tallies.days_of(f"{end:%Y-%m}")[1], end)


def best(work: Callable[[], Any]) -> float:
    """Measure the fewest seconds of three, after one that does not count."""
    work()
    spent = []
    for _ in range(TIMES):
        started = time.perf_counter()
        work()
        spent.append(time.perf_counter() - started)
    return min(spent)


def _ask(engine: Engine, wanted: Period) -> None:
    with database.reading(engine) as connection:
        counts.compute(connection, TERRITORY, wanted, tallies.GRAIN)


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def told(engine: Engine, wanted: Period) -> duck.Told:
    """Return what our side says, as the reference says it."""
    found: dict[tuple[str, str], dict[tuple[str, ...], int]] = {}
    with database.reading(engine) as connection:
        counter = counts.Counter(connection, TERRITORY, wanted)
        for indicator in declarations.load().values():
            by = tallies.GRAIN if set(tallies.GRAIN) <= set(indicator.by) else ()
            counted = counter.counts(indicator, by, {})
            for name in compiler.conditions(indicator):
                mine = {cell: counts[name] for cell, counts in counted.items() if counts[name]}
                found |= {(indicator.code, name): mine} if mine else {}
    return found


def _peak() -> float:
    """Read the most memory this process ever held, in MB (`ru_maxrss` would count its parent's)."""
    [line] = [x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def ours(path: Path, wanted: Period) -> Ours:
    """Measure, in a process of its own with the whole server loaded, the rebuild, then the question."""
    from sync_server.web import app  # noqa: F401  # its memory counts too

    engine = database.connect(f"sqlite:///{path}")
    rebuild = _timed(lambda: tallies.recount_stale(engine, TERRITORY))
    asked = best(lambda: _ask(engine, wanted))
    engine.dispose()
    return Ours(rebuild, asked, _peak())


def apart(path: Path, wanted: Period) -> Ours:
    """Measure the same in a process apart, so that what this one holds is not counted."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(ours, path, wanted).result()


def reference(path: Path, folder: Path, wanted: Period) -> float:
    """Measure the seconds of DuckDB. Raises when it does not say what our side says."""
    duck.fill(path, folder / "reference.duckdb", folder)
    asked = duck.questions(TERRITORY, wanted)
    engine = database.connect(f"sqlite:///{path}")
    with closing(duck.opened(folder / "reference.duckdb")) as opened:
        if duck.told(asked, duck.ask(opened, asked)) != told(engine, wanted):
            raise RuntimeError("DuckDB says something else")
        spent = best(lambda: duck.ask(opened, asked))
    engine.dispose()
    return spent


def afternoon(path: Path, count: int, today: date) -> float:
    """Measure the seconds of freshening after so many encounters of a few days."""
    engine = database.connect(f"sqlite:///{path}")
    push(engine, Generator(7, today - timedelta(LAST_DAYS), today).records(), count, today)
    spent = _timed(lambda: tallies.recount_stale(engine, TERRITORY))
    engine.dispose()
    return spent


def run(few: int, base: int, many: int, later: int) -> Figures:
    """Run everything at once."""
    today = datetime.now(UTC).date()
    wanted = period(today)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        small, large = folder / "small.db", folder / "large.db"
        fill(small, few, today)
        fill(folder / "base.db", base, today)
        references.multiply(folder / "base.db", large, many)
        with closing(sqlite3.connect(large)) as connection:
            [held] = connection.execute("SELECT count(*) FROM encounter").fetchone()
        first, second = apart(small, wanted), apart(large, wanted)
        return Figures(held, first, second, reference(large, folder, wanted), afternoon(large, later, today))


def report(found: Figures, few: int, later: int) -> str:
    """Write the page `docs/benchmarks-indicators.md`."""
    growth = found.many.asked / found.few.asked
    rows = {
        "ours, from tallies, SQLite": f"{found.many.asked:.2f} s",
        "DuckDB, from its own file": f"{found.duck:.2f} s",
        "ours ÷ DuckDB (≤ 1)": f"{found.ratio:.2f}",
        f"ours at {few:,} encounters": f"{found.few.asked:.2f} s",
        f"ours, at {found.held:,} ÷ at {few:,} (≤ {found.held / few:.0f})": f"{growth:.1f}",
        f"memory of our process, at most (≤ {MOST_MEMORY:g} MB)": f"{found.many.memory:.0f} MB",
        "all tallies counted anew": f"{found.many.rebuild:.1f} s",
        f"tallies freshened after {later:,} encounters of the last days": f"{found.afternoon:.1f} s",
    }
    lines = [
        "# The 29 indicators by month × commune × age band",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {found.held:,} synthetic encounters of two",
        "years, with their follow-ups, presences, sessions and partner contacts: some came through the store, the",
        "rest are copies of these under other ids, each copy a day later than the one before.",
        f"{os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {duckdb.__version__}; the best of",
        f"{TIMES} after one more, wall time. Counts are computed and fetched on both sides, and are equal; our",
        "figures are made of them when looked at. Ours gives the totals as well. What has no age band (presences,",
        "sessions, partners) is counted in total by both, from the facts. Tallies are fresh; what is stale is",
        "counted from the facts until it is freshened.",
        "",
        "| | |",
        "|---|---:|",
        *(f"| {name} | {value} |" for name, value in rows.items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run, print, and keep the page; 1 when a target is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=MANY)
    count = arguments.parse_args().records
    few, later = max(100, count * FEW // MANY), max(100, count * AFTERNOON // MANY)
    found = run(few, min(BASE, count), count, later)
    page = report(found, few, later)
    print(page)
    if count == MANY:
        (ROOT / "docs" / "benchmarks-indicators.md").write_text(page, "utf-8")
    failed = found.missed(found.held / few)
    print("\n".join(f"missed: {name}" for name in failed) or "every target is met")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
