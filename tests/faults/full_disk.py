"""Run by `test_full_disk.py`: `FULL_DISK` is a file system of 64 MB, filled up under the app and the server."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from field_app.directory import Directory
from field_app.locking.opening import open_store
from field_app.ports.storage import StoreError
from field_app.state.desk import Desk
from field_app.state.forms import begin, drafts
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.local_store import LocalStore
from field_app.sync.client import SyncClient, SyncError
from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.web.app import create_app
from tests.field_app.conftest import a_code, held_by_server
from tests.field_app.world import ENROLMENT, SECRET, URL, clock, encounter, kept

DISK = Path(os.environ["FULL_DISK"])


@pytest.fixture
def disk() -> Iterator[Path]:
    folder = DISK / "data"
    folder.mkdir()
    yield folder
    for path in (folder, DISK / "ballast"):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def leave(room: int) -> None:
    """Others fill the disk until so many bytes are left."""
    with (DISK / "ballast").open("ab") as ballast:
        while (free := shutil.disk_usage(DISK).free) > room:
            ballast.write(bytes(min(free - room, 100_000)))
            ballast.flush()


def make_room() -> None:
    (DISK / "ballast").unlink()


async def saved_until_full(store: LocalStore) -> list[str]:
    """The ids of what was saved before the disk refused."""
    ids: list[str] = []
    while True:
        record = kept(fields=encounter(gender="femme"))
        try:
            await store.keep(record)
        except StoreError:
            return ids
        ids.append(record.id)


async def test_the_worker_is_warned_while_saving_still_works_then_told_and_loses_nothing(disk: Path) -> None:
    store = await open_store(disk / "tablet.db", SECRET)
    desk = Desk(store, Directory(), ENROLMENT, clock)
    status = SyncStatus(_desk=desk)
    await status.look()
    assert status.full == ""
    leave(20_500_000)
    await status.look()
    assert "presque pleine : il reste 20 Mo" in status.full
    draft = await begin.new("encounter", desk)
    await draft.put("gender", "femme")
    leave(100_000)
    saved = await saved_until_full(store)
    assert saved
    await status.look()
    assert "presque pleine" in status.full
    leave(0)
    await draft.put("rsa", "oui")
    assert drafts.NOT_KEPT in draft.problems
    store.close()
    make_room()
    with sqlite3.connect(disk / "tablet.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    again = await open_store(disk / "tablet.db", SECRET)
    assert {k.id for k in await again.all() if k.state == "pending"} == set(saved)
    assert [k.fields["gender"] for k in await again.all() if k.state == "draft"] == ["femme"]
    again.close()


async def an_afternoon_without_end(store: LocalStore, client: SyncClient) -> None:
    while True:
        for _ in range(50):
            await store.keep(kept())
        await client.run(store)


async def test_a_server_whose_disk_is_full_gives_no_receipt_and_takes_all_once_there_is_room(
    disk: Path, sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, disk / "server.db")
    app = create_app(Settings(database_url=f"sqlite:///{disk / 'server.db'}"), clock)
    engine = app.state.context.engine
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    enrolment, _ = await SyncClient(URL, transport=transport).enrol(a_code(engine))
    client = SyncClient(URL, enrolment.token, transport)
    store = await open_store(tmp_path / "tablet.db", SECRET)
    leave(200_000)
    with pytest.raises(SyncError, match="Le serveur n’a plus de place"):
        await an_afternoon_without_end(store, client)
    sent = {k.id for k in await store.all() if k.state == "sent"}
    assert sent <= set(held_by_server(engine))
    assert store.counts()["pending"] >= 50
    make_room()
    await client.run(store, prove=True)
    assert set(held_by_server(engine)) == {k.id for k in await store.all() if k.kind == "encounter"}
    assert set(store.counts()) == {"sent"}
    with database.reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    store.close()
    engine.dispose()
