"""The whole corridor in processes of their own: the server, the field app, a browser. Nothing is mocked."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import pytest

from shared.territory import TERRITORY
from sync_server.access import accounts, devices
from sync_server.storage import database
from tests import evidence
from tests.browser import Window
from tools.run import ROOT, data_environment, free_port, make_link, stop, wait_for

PASSWORD = "une phrase assez longue"
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PLACE = (zlib.crc32(str(ROOT).encode()) % 3 * 4 + _WORKER) % 12
_ports = itertools.count(20_000 + 1_000 * _PLACE)
"""Below those the system gives to whoever asks for any: nobody takes a port while its server is down, be it
another worker or another checkout under test on this machine."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what the browsers of a journey show at the moment it fails, and say it in the report."""
    report = yield
    if report.when == "call" and report.failed and isinstance(item, pytest.Function):
        for name, given in item.funcargs.items():
            if isinstance(given, Window):
                report.sections.append((f"what the {name} shows", evidence.keep(given, item.name)))
    return report


def own_port() -> int:
    """A port of the loopback that no other worker is given."""
    return next(port for port in _ports if free_port(port) == port)


@dataclass
class World:
    """A server on a free port, over its own data, which can be killed and started again."""

    env: dict[str, str]
    server_port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def server(self) -> str:
        """The address that a tablet is enrolled with."""
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/console"

    @property
    def app(self) -> str:
        """The field app, as the server hands it to a tablet."""
        return f"http://127.0.0.1:{self.server_port}/app/"

    def code(self) -> str:
        return make_link(self.env, self.server).split("=")[1]

    def start_server(self) -> None:
        self._start("server", ["-m", "sync_server", "serve"], self.server_port)

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
def world(database_url: str) -> Iterator[World]:
    """The server running, the accounts and the team made, no record yet; nobody on a tablet."""
    server = own_port()
    env = data_environment() | {
        "SERVER_PORT": str(server),
        "DATABASE_URL": database_url,
        "TZ": "Europe/Paris",
    }
    engine = database.connect(database_url)
    devices.create_team(engine, TERRITORY, "trait-dunion", "Équipe trait d’union", "trait-dunion")
    for login, role in (("coordination", "coordinator"), ("admin", "administrator"), ("lecture", "reader")):
        accounts.create_account(engine, TERRITORY, login, PASSWORD, role)
    engine.dispose()
    found = World(env, server)
    try:
        found.start_server()
        yield found
    finally:
        stop(list(found.running.values()))
