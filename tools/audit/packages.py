"""Hold the locked dependencies against the known vulnerabilities, with pip-audit.

Its database is asked over the network. Where it does not answer, or does not know a package, that is said, and is
no finding: nothing was found out.
"""

from __future__ import annotations

import json
import subprocess  # nosec B404  # commands that stand in this file, no shell
from dataclasses import dataclass, field
from pathlib import Path

from tools.lock import LOCKS, WEB
from tools.run import ROOT

LOCKED = (*LOCKS, WEB.name)
LONGEST = 300
"""Seconds for one lock file."""


@dataclass(slots=True)
class Looked:
    """What became of one lock file: the vulnerabilities, a line each, how many packages the database knew, and why
    nothing is known of the others."""

    lock: str
    found: list[str] = field(default_factory=list)
    known: int = 0
    unknown: list[str] = field(default_factory=list)

    @property
    def told(self) -> str:
        """The same in a line."""
        if not self.known:
            return f"{self.lock}: NOTHING WAS LOOKED UP, no vulnerability is known from here ({self.unknown[0]})"
        said = f"{self.lock}: {self.known} packages looked up, {len(self.found)} vulnerabilities"
        return said + (f"; NOT LOOKED UP: {len(self.unknown)} ({self.unknown[0]})" if self.unknown else "")


def look(programs: Path) -> list[Looked]:
    """Look at every lock file."""
    return [_look_at(programs, lock) for lock in LOCKED]


def _look_at(programs: Path, lock: str) -> Looked:
    words = [str(programs / "pip-audit"), "--requirement", lock, "--require-hashes", "--disable-pip"]
    words += ["--format", "json", "--progress-spinner", "off", "--timeout", "20"]
    try:
        done = subprocess.run(  # nosec B603  # our own command, no shell
            words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        return Looked(lock, unknown=["the database of vulnerabilities does not answer"])
    return read_report(lock, done.stdout, done.stderr)


def read_report(lock: str, said: str, errors: str) -> Looked:
    """Read pip-audit's report; without one, its last word is why. Raises ValueError where it did not even come to
    ask: a lock file that it cannot read, or a missing program, must not pass for a database that is away."""
    looked = Looked(lock)
    if not said.strip():
        last = (errors.strip().splitlines() or ["no answer"])[-1]
        if "onnection" not in last and "timed out" not in last:
            raise ValueError(f"{lock}: {last}")
        looked.unknown.append("the database of vulnerabilities cannot be reached")
        return looked
    for one in json.loads(said)["dependencies"]:
        if "skip_reason" in one:
            looked.unknown.append(one["skip_reason"])
            continue
        looked.known += 1
        for weak in one["vulns"]:
            mended = ", ".join(weak["fix_versions"]) or "none yet"
            looked.found.append(f"{lock}: {one['name']} {one['version']}: {weak['id']}, mended in {mended}")
    return looked
