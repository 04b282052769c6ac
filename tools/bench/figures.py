"""Hold what one afternoon of the fleet gave against what is asked, and write the page that shows it."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from tools.bench.tablets import LOST, SLOWEST, TWICE, UNANSWERED

WITHIN = 10.0
"""Seconds in which all of them come back to the network."""
LEAST_RATE, MOST_MEMORY = 50.0, 2.5
"""What issue 4 asks: records a second, and the server's memory over what it holds idle."""
NEARLY_ALL = 0.95


def quantile(ordered: list[float], share: float = NEARLY_ALL) -> float:
    """Return the value that this share does not pass."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one afternoon gave; times in seconds, each list in order."""

    tablets: int
    records: int
    nearly_all: float
    last: float
    syncs: list[float]
    waits: list[float]
    failures: int
    killed: int
    memory: float
    lost: int
    hidden: int
    duplicated: int

    @property
    def rate(self) -> float:
        """Records a second while 95 % of them arrived: what the server sustains."""
        return NEARLY_ALL * self.records / self.nearly_all

    @property
    def overall(self) -> float:
        """Records a second until the last tablet had sent and received all, its waits included."""
        return self.records / self.last

    def missed(self) -> list[str]:
        """List what does not keep its target."""
        wrong = [f"{n}: {getattr(self, n)}" for n in ("lost", "hidden", "duplicated") if getattr(self, n)]
        rates = (("for 95 %", self.rate), ("for all", self.overall))
        slow = [f"{rate:.0f} records a second {when}" for when, rate in rates if rate < LEAST_RATE]
        return wrong + slow + ([f"memory × {self.memory:.2f}"] if self.memory > MOST_MEMORY else [])


def _both(ordered: list[float]) -> str:
    return f"{statistics.median(ordered):.1f} s / {quantile(ordered):.1f} s"


ROWS: dict[str, Callable[[Figures], str]] = {
    f"records a second, while 95 % of them arrived (≥ {LEAST_RATE:g})": lambda f: f"{f.rate:.0f}",
    f"records a second, until the last tablet was done (≥ {LEAST_RATE:g})": lambda f: f"{f.overall:.0f}",
    "lost / hidden / duplicated (0)": lambda f: f"{f.lost} / {f.hidden} / {f.duplicated}",
    f"server’s memory, at most, ÷ idle (≤ {MOST_MEMORY:g})": lambda f: f"{f.memory:.2f}",
    "a sync that went well, p50 / p95": lambda f: _both(f.syncs),
    "from a tablet’s return until it has sent and received all, p50 / p95": lambda f: _both(f.waits),
    "from the first tablet’s return until 95 % of the records arrived": lambda f: f"{f.nearly_all:.0f} s",
    "from the first tablet’s return until the last was done": lambda f: f"{f.last:.0f} s",
    "tries that failed": lambda f: str(f.failures),
    "kills of a server process": lambda f: str(f.killed),
}


def report(results: dict[str, Figures]) -> str:
    """Write the page `docs/benchmarks-fleet.md`."""
    first = next(iter(results.values()))
    lines = [
        "# The end of an afternoon",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {first.tablets} tablets, {first.records:,}",
        f"records, all back on the network within {WITHIN:g} s; {os.cpu_count()} cores, Python",
        f"{platform.python_version()}, the tablets on the same cores. Of the requests {LOST:.0%} never arrive,",
        f"{UNANSWERED:.0%} lose their answer, {TWICE:.0%} arrive twice, each is up to {SLOWEST:g} s on its way; a",
        "server process is killed by SIGKILL when half of the records have arrived, and started again. Waits",
        "between tries are those of the app.",
        "",
        "| | " + " | ".join(results) + " |",
        "|---|" + "---:|" * len(results),
        *(f"| {name} | " + " | ".join(shown(f) for f in results.values()) + " |" for name, shown in ROWS.items()),
    ]
    return "\n".join(lines) + "\n"
