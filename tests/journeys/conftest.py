"""The whole corridor in processes of their own: the server, the field app, a browser. Nothing is mocked."""

from __future__ import annotations

import fcntl
import itertools
import os
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from shared.territory import TERRITORY
from sync_server.access import accounts, devices
from sync_server.storage import database
from tests import evidence
from tests.browser import Window
from tests.journeys.servers import ServerProcess
from tools.run import data_environment, free_port

PASSWORD = "une phrase assez longue"
_ports = itertools.count(19_000)
"""Below those the system gives to whoever asks for any: nobody takes a port while its server is down."""


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
    """A port of the loopback that is given to nobody else, be it another worker or another checkout under test on
    this machine, until this process ends: whoever comes first locks a file of that name."""
    return next(port for port in _ports if _lock(port) and free_port(port) == port)


def _lock(port: int) -> bool:
    """Lock the file of that port; it stays open, and so locked, as long as this process lasts."""
    file = os.open(Path(tempfile.gettempdir()) / f"port-{port}.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    return True


@dataclass
class World:
    """A server on a free port, over its own data, which can be killed and started again."""

    env: dict[str, str]
    server_port: int
    profile: Path | None = None
    """Of the tablet enrolled with it already, if any: to be copied."""
    running: dict[str, ServerProcess] = field(default_factory=dict)

    @classmethod
    def over(cls, database_url: str, port: int, profile: Path | None = None) -> World:
        """Make the one whose server keeps its data there; nothing is started."""
        env = {"SERVER_PORT": str(port), "DATABASE_URL": database_url, "TZ": "Europe/Paris"}
        return cls(data_environment() | env, port, profile)

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
        """Make a one-time code, as the console and the command do."""
        engine = database.connect(self.env["DATABASE_URL"])
        code = devices.create_code(engine, TERRITORY, "trait-dunion", int(time.time()), 15)
        engine.dispose()
        return code

    def ask(self, question: str) -> list[str]:
        """Return the first column of what the server's database answers, as text."""
        engine = database.connect(self.env["DATABASE_URL"])
        with engine.connect() as connection:
            found = [str(row[0]) for row in connection.execute(sql(question))]
        engine.dispose()
        return found

    def start_server(self) -> None:
        self.running["server"] = ServerProcess(self.env)

    def kill(self, name: str) -> None:
        """SIGKILL: no time to finish anything."""
        self.running.pop(name).kill()


def settle(database_url: str) -> None:
    """Make the accounts and the team."""
    engine = database.connect(database_url)
    devices.create_team(engine, TERRITORY, "trait-dunion", "Équipe trait d’union", "trait-dunion")
    for login, role, service in (
        ("coordination", "coordinator", ""), ("admin", "administrator", ""), ("lecture", "reader", ""),
        ("mobijob", "partner", "mobijob"), ("controle", "auditor", ""),
    ):  # fmt: skip
        accounts.create_account(engine, TERRITORY, login, PASSWORD, role, service=service)
    engine.dispose()


@contextmanager
def running(world: World) -> Iterator[World]:
    """Start the server of that world; stop what runs of it in the end."""
    try:
        world.start_server()
        yield world
    finally:
        for each in world.running.values():
            each.stop()


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    """The server running, the accounts and the team made, no record yet; nobody on a tablet."""
    settle(database_url)
    with running(World.over(database_url, own_port())) as found:
        yield found
