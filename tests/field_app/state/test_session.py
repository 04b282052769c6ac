"""The sync as the worker sees it: by itself, at each save, after failures, one at a time."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import Engine

from field_app.directory import Directory
from field_app.locking.opening import open_store
from field_app.ports.desk.storage import FolderStorage
from field_app.ports.ports import Ports
from field_app.state.desk import Desk
from field_app.state.session import Session
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient, SyncError
from field_app.sync.pace import Pace
from tests.field_app.conftest import held_by_server
from tests.field_app.world import PIN, SECRET, URL, Quick, Silent, clock, encounter, kept, over


@pytest.fixture
def status(store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport) -> SyncStatus:
    """The sync of a tablet enrolled on the real server."""
    return SyncStatus(_desk=Desk(store, Directory(), enrolment, clock, ports=over(transport)))


def fail(status: SyncStatus, error: SyncError) -> list[str]:
    """From now on each sync fails that way; the list grows with each try."""
    tries: list[str] = []

    class Failing:
        def __init__(self, *_: object, pace: Pace, **__: object) -> None:
            tries.append("made")
            self._pace = pace

        async def run(self, _: LocalStore, prove: bool = False) -> bool:
            self._pace.gave_up(error.retry_after, offline=error.code == "offline")
            raise error

    status._client = cast("Any", Failing)
    return tries


async def until(done: object, tries: int = 6_000) -> None:
    for _ in range(tries):
        if callable(done) and done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come")


async def test_the_words_follow_what_waits(status: SyncStatus, store: LocalStore) -> None:
    await status.look()
    assert status.sentence == "Rien à envoyer"
    await store.keep(kept())
    await status.look()
    assert status.sentence == "1 saisie à envoyer"
    await store.keep(kept())
    await status.look()
    assert status.sentence == "2 saisies à envoyer"
    await status.run()
    assert status.sentence == "Tout est envoyé"


async def test_a_success_is_dated_and_outlives_a_restart(status: SyncStatus, store: LocalStore) -> None:
    await store.keep(kept())
    await status.run()
    assert (status.error, status.waiting, status.last_success) == ("", 0, "10/03/2026 à 14:00")
    again = SyncStatus(_desk=Desk(store, Directory(), None, clock))
    await again.look()
    assert again.last_success == "10/03/2026 à 14:00"


async def test_what_is_to_correct_is_counted_apart(status: SyncStatus, store: LocalStore) -> None:
    await store.keep(kept(fields=encounter(slot="jamais")))
    await store.keep(kept())
    await status.run()
    assert (status.waiting, status.to_correct) == (0, 1)


async def test_a_failure_is_said_in_french_and_loses_nothing(status: SyncStatus, store: LocalStore) -> None:
    await store.keep(kept())
    fail(status, SyncError("offline", "Pas de réseau."))
    await status.run()
    assert (status.error, status.waiting, status.running) == ("Pas de réseau.", 1, False)


async def test_a_success_clears_the_last_failure(
    status: SyncStatus,
) -> None:
    fail(status, SyncError("offline", "Pas de réseau."))
    await status.run()
    status._client = SyncClient
    await status.run()
    assert status.error == ""


async def test_a_tablet_that_is_not_enrolled_does_not_sync(
    store: LocalStore,
) -> None:
    status = SyncStatus(_desk=Desk(store, Directory(), None, clock))
    tries = fail(status, SyncError("x", "x"))
    await status.run()
    assert tries == []


async def test_two_taps_make_one_sync(status: SyncStatus, store: LocalStore, server_engine: Engine) -> None:
    await store.keep(kept())
    await asyncio.gather(status.run(), status.run(), status.run())
    assert len(held_by_server(server_engine)) == 1
    assert not status.running


async def test_a_save_wakes_the_sync(status: SyncStatus, store: LocalStore, server_engine: Engine) -> None:
    task = asyncio.create_task(status.keep_going())
    await until(lambda: status.last_success)
    await store.keep(kept())
    status._desk.bell.set()
    await until(lambda: held_by_server(server_engine))
    task.cancel()


async def test_after_a_failure_it_tries_again_by_itself(
    status: SyncStatus, store: LocalStore, server_engine: Engine
) -> None:
    await store.keep(kept())
    tries = fail(status, SyncError("offline", "Pas de réseau."))
    status._pace = Quick()
    task = asyncio.create_task(status.keep_going())
    await until(lambda: len(tries) >= 3)
    status._client = SyncClient
    await until(lambda: held_by_server(server_engine))
    task.cancel()


async def test_the_wish_of_the_server_is_kept_for_the_next_try(
    status: SyncStatus,
) -> None:
    asked: list[tuple[int, float]] = []

    class Noted(Pace):
        def delay(self) -> float:
            asked.append((self.failures, self.retry_after))
            return 30.0

    fail(status, SyncError("too_many_attempts", "Attendez.", 600.0))
    status._pace = Noted()
    task = asyncio.create_task(status.keep_going())
    await until(lambda: asked)
    task.cancel()
    assert asked == [(1, 600.0)]


async def type_pin(session: Session, *pins: str) -> None:
    for pin in pins:
        assert session.lock.type(pin)
        await session.pin_typed()


async def test_the_tablet_stays_enrolled_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, enrolment: Enrolment
) -> None:
    monkeypatch.delenv("FIELD_APP_SERVER", raising=False)
    ports = Ports(storage=FolderStorage(tmp_path / "t"), transport=lambda: Silent())
    first = Session(_ports=ports)
    await first.open()
    assert (first.screen, first.server_url) == ("introduction", "")
    await first._opened.store.keep_note("enrolment", asdict(enrolment))
    first.close()
    second = Session(_ports=ports)
    await second.open()
    assert (second.screen, second.team, second.lock.stage) == ("lock", "Giromagny", "choose")  # no PIN yet
    await type_pin(second, PIN, PIN)
    assert second.screen == "home"
    second.close()
    third = Session(_ports=ports)
    await third.open()
    assert (third.screen, third.team) == ("lock", "")  # nothing is read before the PIN
    await type_pin(third, PIN)
    assert (third.screen, third.team) == ("home", "Giromagny")
    third.close()


async def test_a_session_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await Session().show_journal()


async def test_two_windows_on_one_tablet_share_its_records(tmp_path: Path) -> None:
    one, other = await asyncio.gather(*(open_store(tmp_path / "t.db", SECRET) for _ in range(2)))
    met = kept()
    await one.keep(met)
    assert await other.all() == [met]
    await other.keep(kept())
    assert len(await one.all()) == 2
    one.close()
    other.close()


async def test_enrolling_at_an_address_without_server_keeps_what_was_typed(
    tmp_path: Path,
) -> None:
    session = Session(_ports=Ports(storage=FolderStorage(tmp_path)))
    await session.open()
    await session.introduced()
    session.server_url, session.code = "http://127.0.0.1:9", "ABCD"
    await session.enrol()
    assert "serveur injoignable" in session.message
    assert (session.code, session.screen, session.busy) == ("ABCD", "enrol", False)
    session.close()


def test_the_address_of_a_test_server_is_no_real_one() -> None:
    assert URL.endswith(".test")
