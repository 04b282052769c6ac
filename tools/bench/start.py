"""Measure what the tablet loads at its start, against the last state in which it loaded the server's tables.

SQLAlchemy and SQLModel then came for no table; telephone and account numbers, distances, slips and the position
before any was asked for. That state is taken from the history; both are measured in turn, each in its own process.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess  # nosec B404  # commands that stand in this file, no shell
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tools.run import ROOT

TIMES = 11
MOST_TIME, MOST_MEMORY = 0.55, 65.0
"""Share of the time, and MB of the process: the targets."""
BEFORE = "f1e4512"
"""The commit of that state."""
MEASURE = """
import importlib.util, sys, time
sys.modules |= {"rich": None, "click": None, "pygments": None}  # no tablet has them: httpx would load them here
begun = time.process_time()
import field_app.app
if importlib.util.find_spec("field_app.navigation"):  # loaded after the first screen: it counts all the same
    import field_app.navigation
spent = time.process_time() - begun
resident = [line for line in open("/proc/self/status") if line.startswith("VmRSS")][0].split()[1]
import json
print(json.dumps([spent * 1000, int(resident) / 1024, sum(m is not None for m in sys.modules.values())]))
"""
"""Milliseconds of processor, MB resident, modules."""
Start = tuple[float, float, float]


def measure(project: Path) -> Start:
    """Start the app of that folder once, in a process of its own."""
    command = [sys.executable, "-c", MEASURE]
    # With bytecode, as the app is packaged: the first start of each writes it, and is not counted.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    printed = subprocess.run(command, cwd=project, env=env, check=True, capture_output=True, text=True).stdout  # nosec B603  # our own command, no shell
    spent, memory, modules = json.loads(printed)
    return spent, memory, modules


def unpack(commit: str, folder: Path) -> None:
    """Put the files of a commit into a folder. Raises subprocess.CalledProcessError in a clone without history."""
    archive = folder / "before.tar"
    subprocess.run(["git", "archive", "-o", str(archive), commit, "field_app", "shared"], cwd=ROOT, check=True)  # nosec B603 B607  # the git of this machine
    with tarfile.open(archive) as found:
        found.extractall(folder, filter="data")


def medians(starts: list[Start]) -> Start:
    """Return the median of each figure."""
    spent, memory, modules = (statistics.median(column) for column in zip(*starts, strict=True))
    return spent, memory, modules


def page(before: Start, now: Start) -> str:
    """Write the page of the figures."""
    names = ("processor time, ms", "memory, MB", "modules")
    targets = (f"≤ {MOST_TIME:.0%}", f"≤ {MOST_MEMORY:.0f} MB", "")
    rows = [
        f"| {name} | {was:.0f} | {here:.0f} | {here / was:.0%} | {target} |"
        for name, was, here, target in zip(names, before, now, targets, strict=True)
    ]
    return "\n".join(
        [
            "# The start of the tablet",
            "",
            f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: the imports of `field_app.app`, median of",
            f"{TIMES} starts, each after one of commit {BEFORE}, which still loaded the server’s tables;",
            f"Python {platform.python_version()}.",
            "",
            "| | before | now | share | target |",
            "|---|---:|---:|---:|---:|",
            *rows,
            "",
        ]
    )


def main() -> int:
    """Measure both in turn and write `docs/benchmarks-start.md`; 1 when a target is missed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack(BEFORE, folder)
        _, *pairs = [(measure(folder), measure(ROOT)) for _ in range(TIMES + 1)]
    before, now = medians([was for was, _ in pairs]), medians([here for _, here in pairs])
    text = page(before, now)
    (ROOT / "docs" / "benchmarks-start.md").write_text(text, "utf-8")
    print(text)
    return int(now[0] > MOST_TIME * before[0] or now[1] > MOST_MEMORY)


if __name__ == "__main__":
    sys.exit(main())
