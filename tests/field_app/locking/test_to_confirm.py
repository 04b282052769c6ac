"""A tablet that the coordination has not confirmed yet: it says its words, records, and loses nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from field_app.directory import Directory
from field_app.locking.opening import open_store
from field_app.state.desk import Desk
from field_app.state.tablet import sync_status
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient
from shared import spoken_words
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.access.tablets import confirming
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from tests.field_app.conftest import a_code, held_by_server
from tests.field_app.world import SECRET, URL, clock, kept, over

BY = Actor(TERRITORY, "coordination", clock().date())


@pytest.fixture
async def came(server_engine: Engine, transport: httpx.AsyncBaseTransport) -> Enrolment:
    """Enrolled with a code of the console."""
    a_code(server_engine)  # and with it the team
    code = devices.create_code(
        server_engine, TERRITORY, "giromagny", int(clock().timestamp()), 15, unconfirmed=True
    )
    return (await SyncClient(URL, transport=transport).enrol(code))[0]


def status_of(store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport) -> SyncStatus:
    return SyncStatus(_desk=Desk(store, Directory(), enrolment, ports=over(transport)))


def decide(engine: Engine, how: str) -> None:
    with database.reading(engine) as connection:
        [one] = confirming.list_waiting(connection, TERRITORY)
    (confirming.confirm if how == "confirmed" else confirming.decline)(engine, BY, one.id)


async def test_it_shows_the_words_of_the_console_and_sends_all_once_it_is_confirmed(
    came: Enrolment, server_engine: Engine, transport: httpx.AsyncBaseTransport, tmp_path: Path
) -> None:
    store = await open_store(tmp_path / "tablet.db", SECRET)
    status = status_of(store, came, transport)
    saved = kept()
    await store.keep(saved)
    await status.run()
    with database.reading(server_engine) as connection:
        [one] = confirming.list_waiting(connection, TERRITORY)
    assert one.words == status.words == spoken_words.say(came.token)
    assert "attend que la coordination la confirme" in status.error
    assert status.waiting == 1
    assert held_by_server(server_engine) == []
    decide(server_engine, "confirmed")
    await status.run()
    assert (status.error, status.words, status.waiting) == ("", "", 0)
    assert held_by_server(server_engine) == [saved.id]
    store.close()


async def test_one_that_was_refused_says_so_and_keeps_what_it_holds(
    came: Enrolment, server_engine: Engine, transport: httpx.AsyncBaseTransport, tmp_path: Path
) -> None:
    store = await open_store(tmp_path / "tablet.db", SECRET)
    status = status_of(store, came, transport)
    await store.keep(kept())
    decide(server_engine, "refused")
    await status.run()
    assert "n’a pas reconnu cette tablette" in status.error
    assert "Vos saisies restent sur l’appareil" in status.error
    assert status.waiting == 1
    assert held_by_server(server_engine) == []
    store.close()


async def test_it_asks_again_within_seconds_however_long_it_waits(
    came: Enrolment,
    server_engine: Engine,
    transport: httpx.AsyncBaseTransport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sync_status, "TO_CONFIRM", 0.01)
    monkeypatch.setattr(sync_status, "ASK_AGAIN", 3_600.0)
    store = await open_store(tmp_path / "tablet.db", SECRET)
    status = status_of(store, came, transport)
    going = asyncio.create_task(status.keep_going())
    async with asyncio.timeout(20):
        while not status.error:
            await asyncio.sleep(0.01)
    status._pace.failures = 12  # after as many, any other failure would wait for minutes
    decide(server_engine, "confirmed")
    async with asyncio.timeout(20):
        while not status.last_success:
            await asyncio.sleep(0.01)
    going.cancel()
    store.close()
