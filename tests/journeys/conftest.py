"""The whole corridor in processes of their own: the server, the field app, a browser. Nothing is mocked."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.territory import TERRITORY
from sync_server.access import accounts, devices
from sync_server.storage import database
from tools.run import ROOT, cli, data_environment, free_port, stop, wait_for

PASSWORD = "une phrase assez longue"
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_ports = itertools.count(20_000 + 1_000 * _WORKER)
"""Below those the system gives to whoever asks for any: nobody takes a port while its server is down."""


def own_port() -> int:
    """A port of the loopback that no other worker is given."""
    return next(port for port in _ports if free_port(port) == port)


@dataclass
class World:
    """A server and a tablet on free ports, over their own data; each can be killed and started again."""

    env: dict[str, str]
    server_port: int
    app_port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/console"

    @property
    def app(self) -> str:
        return f"http://127.0.0.1:{self.app_port}/"

    def code(self) -> str:
        return cli(self.env, "code", "trait-dunion")

    def start_server(self) -> None:
        self._start("server", ["-m", "sync_server", "serve"], self.server_port)

    def start_app(self) -> None:
        self._start("app", ["main.py"], self.app_port)

    def kill(self, name: str) -> None:
        """SIGKILL: no time to finish anything."""
        process = self.running.pop(name)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def _start(self, name: str, words: list[str], port: int) -> None:
        process = subprocess.Popen([sys.executable, *words], env=self.env, cwd=ROOT)
        self.running[name] = process
        wait_for(port, process)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[World]:
    """The server running, the accounts and the team made, no record yet; nobody on a tablet."""
    server, app = own_port(), own_port()
    env = data_environment() | {
        "SERVER_PORT": str(server),
        "FIELD_APP_PORT": str(app),
        "FIELD_APP_SERVER": f"http://127.0.0.1:{server}",
        "DATABASE_URL": database_url,
        "FLET_APP_STORAGE_DATA": str(tmp_path / "tablet"),
        "TZ": "Europe/Paris",
    }
    engine = database.connect(database_url)
    devices.create_team(engine, TERRITORY, "trait-dunion", "Équipe trait d’union", "trait-dunion")
    for login, role in (("coordination", "coordinator"), ("admin", "administrator"), ("lecture", "reader")):
        accounts.create_account(engine, TERRITORY, login, PASSWORD, role)
    engine.dispose()
    found = World(env, server, app)
    try:
        found.start_server()
        yield found
    finally:
        stop(list(found.running.values()))


@pytest.fixture
def world(desk: World) -> World:
    """The same with the field app running."""
    desk.start_app()
    return desk
