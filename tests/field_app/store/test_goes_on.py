"""What fails says so and the rest goes on: a save, the sync, an address, a code, a row that was tampered with."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from field_app.directory import Directory
from field_app.locking.opening import open_store
from field_app.ports.desk.secret import FileSecret
from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.state.forms.drafts import Draft
from field_app.state.journal import Journal
from field_app.state.session import Session
from field_app.state.tablet.sync_status import LOCAL_FAULT, SyncStatus
from field_app.store.local_store import LocalStore
from field_app.sync import client as sync
from field_app.sync.client import SyncClient, SyncError, address
from shared import wire
from tests.field_app.world import URL, Quick, full, kept


async def ready(desk: Desk) -> Draft:
    """An encounter that may be saved."""
    draft = await begin.new("encounter", desk)
    await draft.choose("commune", "90052")
    await draft.choose("place_type", "mairie")
    return draft


async def test_a_row_that_was_tampered_with_is_said_and_nothing_is_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLET_APP_STORAGE_DATA", str(tmp_path))
    store = await open_store(tmp_path / "tablet.db", await FileSecret(tmp_path).secret())
    await store.keep(kept())
    store._connection.execute("UPDATE sealed SET revision = 9")
    store.close()
    session = Session()
    await session.open()
    assert (session.screen, session.sync.unreadable) == ("introduction", 1)
    session.close()
    again = sqlite3.connect(tmp_path / "tablet.db")
    assert again.execute("SELECT count(*) FROM sealed").fetchone() == (1,)
    again.close()


async def test_a_tablet_that_forbids_hard_links_has_its_secret_all_the_same(
    tmp_path: Path,
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError("SELinux: no link for an app")

    secret = await FileSecret(tmp_path, link=forbidden).secret()
    assert len(secret) == 32
    assert await FileSecret(tmp_path, link=forbidden).secret() == secret
    assert [p.name for p in tmp_path.iterdir()] == ["device.secret"]
    assert (tmp_path / "device.secret").stat().st_mode & 0o777 == 0o600


async def test_a_save_that_fails_is_not_said_to_be_saved_and_passes_once_there_is_room(
    desk: Desk,
) -> None:
    draft = await ready(desk)
    with full(desk.store, "sealed"):
        assert not await draft.save()
    assert (draft.saved, desk.bell.is_set(), desk.store.counts()) == (False, False, {"draft": 1})
    assert "mémoire est peut-être pleine" in draft.refusals[0].message
    assert await draft.save()
    assert (draft.refusals, desk.store.counts()) == ([], {"pending": 1})


async def test_a_record_is_saved_even_if_what_to_propose_next_time_is_not(
    desk: Desk,
) -> None:
    draft = await ready(desk)
    with full(desk.store):
        assert await draft.save()
    assert desk.store.counts() == {"pending": 1}


async def test_the_sync_survives_a_memory_that_fails(desk: Desk) -> None:
    tries: list[int] = []

    class Failing:
        def __init__(self, *_: object, **__: object) -> None:
            tries.append(1)

        async def run(self, _: LocalStore, prove: bool = False) -> bool:
            raise sqlite3.OperationalError("disk I/O error")

    status = SyncStatus(_desk=desk, _client=cast("Any", Failing), _pace=Quick())
    task = asyncio.create_task(status.keep_going())
    for _ in range(6_000):
        await asyncio.sleep(0.01)
        if len(tries) >= 3:
            break
    assert not task.done()  # it did not die in silence
    assert (len(tries) >= 3, status.error, status.running) == (True, LOCAL_FAULT, False)
    task.cancel()


async def test_what_is_to_correct_is_not_said_to_be_sent(desk: Desk) -> None:
    await desk.store.keep(kept(state="to_correct"))
    status = SyncStatus(_desk=desk)
    await status.look()
    assert (status.sentence, status.to_correct, status.waiting) == (
        "Le reste est envoyé",
        1,
        0,
    )


async def test_a_deletion_that_was_refused_is_not_hidden(desk: Desk) -> None:
    refused = kept(state="to_correct", deleted=True, attempted=True)
    await desk.store.keep(refused)
    await desk.store.keep(kept(state="pending", deleted=True, attempted=True))
    journal = Journal(_desk=desk)
    await journal.refresh()
    assert journal.records == [refused]


@pytest.mark.parametrize("code", ["", "AB", "A" * 41])
async def test_a_code_that_cannot_be_one_is_said_without_asking_the_server(code: str) -> None:
    def never(_: httpx.Request) -> httpx.Response:
        raise AssertionError("the server was asked")

    with pytest.raises(SyncError, match="Ce code n’est pas valable") as failure:
        await SyncClient(URL, transport=httpx.MockTransport(never)).enrol(code)
    assert failure.value.code == "bad_code"


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("serveur.exemple.fr", "https://serveur.exemple.fr"),
        ("  https://serveur.exemple.fr/ ", "https://serveur.exemple.fr"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("", ""),
    ],
)
def test_the_address_is_completed_as_a_person_types_it(typed: str, completed: str) -> None:
    assert address(typed) == completed


@pytest.mark.parametrize("typed", ["", "ftp://serveur.exemple.fr", "http://[::1"])
async def test_an_address_that_is_none_is_told_apart_from_a_missing_network(typed: str) -> None:
    with pytest.raises(SyncError) as failure:
        await SyncClient(typed).enrol("ABCD")
    assert (failure.value.code, failure.value.message) == ("address", sync.ADDRESS)


async def test_a_service_deleted_then_made_again_comes_back(store: LocalStore) -> None:
    gone = wire.Pulled(id="mobijob", kind="service", revision=2, deleted=True)
    await store.take_page(wire.Page(records=[gone], cursor="e.1", epoch="e"), URL)
    assert Directory(await store.all()).get("mobijob") is None
    back = wire.Pulled(id="mobijob", kind="service", revision=3, fields={"name": "Mobijob"})
    await store.take_page(wire.Page(records=[back], cursor="e.2", epoch="e"), URL)
    assert Directory(await store.all()).name("mobijob") == "Mobijob"
