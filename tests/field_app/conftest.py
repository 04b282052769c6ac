"""A tablet in a folder, and the real server in the same process."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from field_app.directory import Directory
from field_app.locking.opening import Gate, open_store
from field_app.ports import device
from field_app.state.desk import Desk
from field_app.store.local_store import LocalStore
from field_app.store.private_notes import PrivateNotes
from field_app.sync.client import Enrolment, SyncClient
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.web.app import create_app
from tests.field_app.world import ENROLMENT, SECRET, URL, clock


@pytest.fixture
async def tablet(tmp_path: Path) -> AsyncIterator[tuple[LocalStore, PrivateNotes]]:
    """What a tablet keeps: the records, and the notes that never travel."""
    found = await Gate(tmp_path / "tablet.db", SECRET).open()
    yield found
    found[0].close()


@pytest.fixture
def store(tablet: tuple[LocalStore, PrivateNotes]) -> LocalStore:
    return tablet[0]


@pytest.fixture
def notes(tablet: tuple[LocalStore, PrivateNotes]) -> PrivateNotes:
    return tablet[1]


@pytest.fixture
def server(sqlite_template: Path, tmp_path: Path) -> Iterator[FastAPI]:
    """The real server, over SQLite."""
    path = tmp_path / "server.db"
    shutil.copy(sqlite_template, path)
    app = create_app(Settings(database_url=f"sqlite:///{path}"), clock)
    yield app
    app.state.context.engine.dispose()


@pytest.fixture
def server_engine(server: FastAPI) -> Engine:
    found: Engine = server.state.context.engine
    return found


@pytest.fixture
def transport(server: FastAPI) -> httpx.AsyncBaseTransport:
    return httpx.ASGITransport(app=server, raise_app_exceptions=False)


def a_code(engine: Engine) -> str:
    devices.create_team(engine, TERRITORY, "giromagny", "Giromagny", "trait-dunion")
    return devices.create_code(engine, TERRITORY, "giromagny", int(clock().timestamp()), 15)


@pytest.fixture
async def enrolment(server_engine: Engine, transport: httpx.AsyncBaseTransport) -> Enrolment:
    found, synthetic = await SyncClient(URL, transport=transport).enrol(a_code(server_engine))
    assert not synthetic
    return found


@pytest.fixture
def client(enrolment: Enrolment, transport: httpx.AsyncBaseTransport) -> SyncClient:
    return SyncClient(URL, enrolment.token, transport)


@pytest.fixture
def unanswered(enrolment: Enrolment, transport: httpx.AsyncBaseTransport) -> SyncClient:
    """What it sends arrives, and no answer comes back."""

    class Cut(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await (await transport.handle_async_request(request)).aread()
            raise httpx.ReadError("cut", request=request)

    return SyncClient(URL, enrolment.token, Cut())


@dataclass
class Tablet:
    """A tablet of the team and its way to the server."""

    store: LocalStore
    client: SyncClient

    async def sync(self) -> None:
        await self.client.run(self.store)


@pytest.fixture
async def colleague(
    server_engine: Engine, transport: httpx.AsyncBaseTransport, tmp_path: Path
) -> AsyncIterator[Tablet]:
    """Another tablet of the same team."""
    other, _ = await SyncClient(URL, transport=transport).enrol(a_code(server_engine))
    found = Tablet(await open_store(tmp_path / "other.db", SECRET), SyncClient(URL, other.token, transport))
    yield found
    found.store.close()


@pytest.fixture
def locate() -> device.Locate | None:
    """Where the tablet is; None: as the device says."""
    return None


@pytest.fixture
def desk(store: LocalStore, notes: PrivateNotes) -> Desk:
    return Desk(store, Directory(), ENROLMENT, clock, notes=notes)


def held_by_server(engine: Engine) -> list[str]:
    """The ids the server holds, the directory aside."""
    with database.reading(engine) as connection:
        return list(connection.exec_driver_sql("SELECT id FROM record WHERE kind <> 'service'").scalars())
