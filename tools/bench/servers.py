"""A real server in its own process, over SQLite or PostgreSQL, and the CPU it spends."""

from __future__ import annotations

import os
import subprocess  # nosec B404  # commands that stand in this file, no shell
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from shared import wire
from tools.run import ROOT, cli, free_port, stop, wait_for

PROTOCOL = {wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}
WITHOUT_QUOTAS = {"PUSH_QUOTA": "1000000000", "PULL_QUOTA": "1000000000"}
"""One tablet pushes here what a whole département does: what is measured is the rest."""


@dataclass
class Server:
    """A running server; `spent` is its CPU so far, the database's included."""

    url: str
    env: dict[str, str]
    process: psutil.Process
    database: psutil.Process | None

    def spent(self) -> float:
        """Measure the CPU seconds of the server and of every PostgreSQL process, ended ones included."""
        owners = [self.process]
        if self.database is not None:
            owners += [self.database, *self.database.children(recursive=True)]
        times = [owner.cpu_times() for owner in owners]
        ended = self.database.cpu_times() if self.database else None
        extra = ended.children_user + ended.children_system if ended else 0.0
        return float(sum(t.user + t.system for t in times) + extra)

    def enrol(self) -> httpx.Client:
        """Return a client with the token of a new device."""
        code = cli(self.env, "code", "bench")
        with httpx.Client(base_url=self.url, headers=PROTOCOL, timeout=60) as stranger:
            token = stranger.post("/devices/enrol", json={"code": code}).raise_for_status().json()["token"]
        headers = PROTOCOL | {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)


@contextmanager
def serving(url: str, postmaster: int | None = None) -> Iterator[Server]:
    """Start a server over that database, made ready, and stop it at the end."""
    port = free_port(0)
    env = os.environ | {"DATABASE_URL": url, "SERVER_PORT": str(port)} | WITHOUT_QUOTAS
    cli(env, "team", "bench", "Bench", "trait-dunion")
    process = subprocess.Popen([sys.executable, "-m", "sync_server", "serve"], env=env, cwd=ROOT)  # nosec B603  # our own command, no shell
    try:
        wait_for(port, process)
        database = psutil.Process(postmaster) if postmaster else None
        yield Server(f"http://127.0.0.1:{port}", env, psutil.Process(process.pid), database)
    finally:
        stop([process])


def empty_sqlite(path: Path) -> Path:
    """Make an upgraded SQLite file without any record, for the raw inserts."""
    cli(os.environ | {"DATABASE_URL": f"sqlite:///{path}"}, "upgrade")
    return path
