"""A tablet put back to an earlier file: what it wrote since comes back from the server, and overwrites nothing."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from field_app.directory import Directory
from field_app.locking.opening import open_store
from field_app.state.desk import Desk
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.from_server import take_given_back
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient
from shared import wire
from shared.territory import TERRITORY
from sync_server.intake import pulling
from sync_server.intake.store import Sender
from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.web.app import create_app
from tests.field_app.conftest import Tablet, a_code
from tests.field_app.server_side import COORDINATION, held, push, sender
from tests.field_app.world import (
    SECRET,
    URL,
    Watched,
    clock,
    delete,
    edit,
    encounter,
    find,
    keep_new,
    kept,
    over,
    send_new,
)


class Tape:
    """The tablet's file as it stood at some moments, and the tablet that is put back to one of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tapes: list[Path] = []

    def record(self) -> int:
        copy = self.path.with_suffix(f".{len(self._tapes)}")
        source, target = sqlite3.connect(self.path), sqlite3.connect(copy)
        source.backup(target)
        source.close()
        target.close()
        self._tapes.append(copy)
        return len(self._tapes) - 1

    async def put_back(self, store: LocalStore, moment: int = -1) -> LocalStore:
        store.close()
        for end in ("", "-wal", "-shm"):
            Path(f"{self.path}{end}").unlink(missing_ok=True)
        shutil.copy(self._tapes[moment], self.path)
        return await open_store(self.path, SECRET)


@pytest.fixture
def tape(tmp_path: Path) -> Tape:
    return Tape(tmp_path / "put-back.db")


@pytest.fixture
async def opened(tape: Tape) -> AsyncIterator[LocalStore]:
    found = await open_store(tape.path, SECRET)
    yield found
    found.close()


async def test_what_it_sent_since_yesterday_comes_back(
    opened: LocalStore, tape: Tape, client: SyncClient, enrolment: Enrolment, server_engine: Engine
) -> None:
    before = await send_new(opened, client)
    tape.record()
    after = kept(fields=encounter(gender="femme"))
    await opened.keep(after)
    await edit(opened, before.id, gender="homme")
    await client.run(opened)
    store = await tape.put_back(opened)
    await client.run(store, prove=True)
    found = {
        k.id: (k.state, k.revision, k.fields.get("gender")) for k in await store.all() if k.kind == "encounter"
    }
    assert found == {before.id: ("sent", 2, "homme"), after.id: ("sent", 1, "femme")}
    assert await store.acknowledged() == held(server_engine, sender(enrolment))
    await edit(store, after.id, gender="homme")  # and it is its own again
    await client.run(store)
    assert store.counts() == {"sent": 2}
    store.close()


async def test_what_it_deleted_since_yesterday_is_deleted_again(
    opened: LocalStore, tape: Tape, client: SyncClient, enrolment: Enrolment, server_engine: Engine
) -> None:
    there, later = kept(), kept()
    await opened.keep(there)
    await client.run(opened)
    tape.record()
    await opened.keep(later)
    await client.run(opened)
    for record in (there, later):
        await delete(opened, record.id)
    await client.run(opened)
    store = await tape.put_back(opened)
    await client.run(store, prove=True)
    assert [k for k in await store.all() if k.kind == "encounter"] == []
    assert len(await store.acknowledged()) == 2  # the ids stay, so that a server which loses them hears again
    assert await store.acknowledged() == held(server_engine, sender(enrolment))
    store.close()


@pytest.mark.parametrize("again", [1, 2, 3], ids=["fewer edits", "as many", "more"])
async def test_an_edit_of_the_old_version_is_put_together_with_the_later_one(
    again: int, opened: LocalStore, tape: Tape, client: SyncClient, server_engine: Engine
) -> None:
    met = await send_new(opened, client)
    tape.record()
    for gender in ("homme", "femme"):
        await edit(opened, met.id, gender=gender)
        await client.run(opened)
    store = await tape.put_back(opened)
    for number in range(again):
        await edit(store, met.id, rsa=("oui", "non", "inconnu")[number])
        await store.to_send(10)  # it left, and no receipt came
    await client.run(store, prove=True)
    await client.run(store)
    found = await find(store, met.id)
    if found.state == "to_correct":  # both versions are there, nothing is thrown away
        assert found.theirs is not None
        assert found.theirs["fields"]["gender"] == "femme"
    else:
        assert (found.state, found.fields["gender"]) == ("sent", "femme")
        # A default may be left out.
        assert found.fields.get("rsa", "inconnu") == ("oui", "non", "inconnu")[again - 1]
    store.close()


async def test_what_was_unsent_in_the_old_file_and_sent_since_counts_once(
    opened: LocalStore, tape: Tape, client: SyncClient, server_engine: Engine
) -> None:
    met = kept()
    await opened.keep(met)
    tape.record()
    await client.run(opened)
    await edit(opened, met.id, gender="femme")
    await client.run(opened)
    store = await tape.put_back(opened)
    await client.run(store, prove=True)
    found = await find(store, met.id)
    assert (found.state, found.revision, found.fields["gender"]) == ("sent", 2, "femme")
    store.close()


async def test_a_colleagues_record_it_had_edited_is_its_own_again(
    opened: LocalStore,
    tape: Tape,
    client: SyncClient,
    colleague: Tablet,
    enrolment: Enrolment,
    server_engine: Engine,
) -> None:
    theirs = kept()
    await colleague.store.keep(theirs)
    await colleague.sync()
    await client.run(opened)
    tape.record()
    await edit(opened, theirs.id, gender="femme")
    await client.run(opened)
    store = await tape.put_back(opened)
    await client.run(store, prove=True)
    found = await find(store, theirs.id)
    assert (found.state, found.revision) == ("sent", 2)
    assert await store.acknowledged() == held(server_engine, sender(enrolment))
    store.close()


async def test_more_than_one_answer_holds_comes_back_whole(
    opened: LocalStore, tape: Tape, client: SyncClient, enrolment: Enrolment, server_engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    tape.record()
    lost = [kept() for _ in range(40)]
    for record in lost:
        await opened.keep(record)
    await client.run(opened)
    store = await tape.put_back(opened)
    monkeypatch.setattr(wire, "MOST_RECORDS", 7)  # of one list of the server's
    client._pace.page = 5  # of what is asked for at once
    await client.run(store, prove=True)
    assert store.counts() == {"sent": 40}
    store.close()


async def test_a_damaged_row_of_what_was_sent_comes_back_and_is_not_thrown_away(
    store: LocalStore, client: SyncClient
) -> None:
    met, colleague_less = kept(fields=encounter(gender="femme")), kept()
    for record in (met, colleague_less):
        await store.keep(record)
    await client.run(store)
    store._connection.execute("UPDATE sealed SET ciphertext = x'00' WHERE id = ?", (met.id,))
    again = LocalStore(store._connection, store.vault)
    await client.run(again, prove=True)
    found = await find(again, met.id)
    assert (found.state, found.fields["gender"]) == ("sent", "femme")
    assert again.unreadable == 1
    rows = store._connection.execute("SELECT count(*) FROM sealed WHERE ciphertext = x'00'").fetchone()
    assert rows == (1,)


async def test_a_tablet_that_agrees_asks_for_no_list(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    watched = Watched(transport)
    await keep_new(store, 30)
    client = SyncClient(URL, enrolment.token, watched)
    await client.run(store)
    watched.asked.clear()
    await client.run(store, prove=True)
    assert watched.asked == ["GET /sync/pull", "GET /sync/reconcile"]


async def test_an_older_server_that_gives_nothing_back_is_no_trouble(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    class Older(httpx.AsyncBaseTransport):
        """Knows neither `parts` nor `wanted`, and holds something else."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path != "/sync/reconcile":
                return await transport.handle_async_request(request)
            if request.method == "GET":
                return httpx.Response(
                    200, json={"count": 1, "digests": dict.fromkeys("0123456789abcdef", "0" * 16)}
                )
            return httpx.Response(200, json={"ids": []})

    await store.keep(kept())
    await SyncClient(URL, enrolment.token, Older()).run(store, prove=True)
    assert store.counts() == {"sent": 1}


async def test_the_two_sides_are_compared_at_each_start_of_the_app_and_each_day(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    proofs: list[bool] = []

    class Proving(SyncClient):
        async def run(self, store: Any, prove: bool = False) -> bool:
            proofs.append(prove)
            return await super().run(store, prove)

    desk = Desk(store, Directory(), enrolment, clock, ports=over(transport))
    status = SyncStatus(_desk=desk, _client=Proving)
    await status.run()
    await status.run()
    await SyncStatus(_desk=desk, _client=Proving).run()  # locked and unlocked
    status._started = "another start"
    await status.run()
    assert proofs == [True, False, False, True]


STATES = ("draft", "pending", "to_correct")


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("state", STATES)
def test_what_comes_back_never_overwrites_what_is_unsent(state: Any, deleted: bool) -> None:
    mine = kept(state=state)
    theirs = wire.Pulled(id=mine.id, kind=mine.kind, revision=9, deleted=deleted, fields={})
    assert take_given_back(theirs, mine, "9.0") is mine


HAPPENINGS = ("save", "edit", "delete", "sync", "coordinator", "tape")


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 9)), max_size=25), st.integers(0, 20))
def test_put_back_to_any_moment_it_holds_all_that_the_server_holds_of_it(
    sqlite_template: Path, happenings: list[tuple[str, int]], moment: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder) / "server.db")
        asyncio.run(History(Path(folder)).lived(happenings, moment))


class History:
    """A tablet, its server, and what happens; then the tablet's file of an earlier moment is put back."""

    def __init__(self, folder: Path) -> None:
        self.tape = Tape(folder / "tablet.db")
        self.app = create_app(Settings(database_url=f"sqlite:///{folder / 'server.db'}"), clock)
        self.engine: Engine = self.app.state.context.engine
        self.transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        self.made: list[str] = []

    async def lived(self, happenings: list[tuple[str, int]], moment: int) -> None:
        async with AsyncExitStack() as ends:
            ends.callback(self.engine.dispose)
            enrolment, _ = await SyncClient(URL, transport=self.transport).enrol(a_code(self.engine))
            self.client = SyncClient(URL, enrolment.token, self.transport)
            self.store = await open_store(self.tape.path, SECRET)
            moments = [self.tape.record()]
            for name, pick in happenings:
                if name == "tape":
                    moments.append(self.tape.record())
                else:
                    await getattr(self, f"_{name}")(pick)
            await self._sync(0)
            self.store = await self.tape.put_back(self.store, moments[moment % len(moments)])
            ends.callback(self.store.close)
            for _ in range(3):
                await self.client.run(self.store, prove=True)
            await self._agree(sender(enrolment))

    async def _agree(self, who: Sender) -> None:
        unsent = {k.id for k in await self.store.all() if k.state in STATES}
        theirs = {i: mark for i, mark in held(self.engine, who).items() if i not in unsent}
        mine = await self.store.acknowledged()
        assert mine.items() >= theirs.items()
        for kept_here in await self.store.all():
            if kept_here.state == "to_correct":
                assert kept_here.theirs is not None  # both versions, for the worker to choose

    async def _save(self, pick: int) -> None:
        record = kept(fields=encounter(gender=("femme", "homme")[pick % 2]))
        await self.store.keep(record)
        self.made.append(record.id)

    async def _chosen(self, pick: int) -> Any:
        return await self.store.get(self.made[pick % len(self.made)]) if self.made else None

    async def _edit(self, pick: int) -> None:
        now = await self._chosen(pick)
        if now is not None and now.state != "gone":
            await edit(self.store, now.id, rsa=("oui", "non")[pick % 2])

    async def _delete(self, pick: int) -> None:
        now = await self._chosen(pick)
        if now is not None and now.state != "gone":
            await self.store.delete(now)

    async def _sync(self, _: int) -> None:
        await self.client.run(self.store)

    async def _coordinator(self, pick: int) -> None:
        """Corrects what the server holds."""
        ids = sorted(self.made)
        with database.reading(self.engine) as connection:
            page = pulling.page(connection, Sender(TERRITORY, "giromagny", "nobody"), None, 500, date(2000, 1, 1))
        there = [r for r in page.records if r.id in ids and not r.deleted]
        if there:
            chosen = there[pick % len(there)]
            raw = wire.Record(
                id=chosen.id, kind=chosen.kind, revision=chosen.revision + 1, base_revision=chosen.revision,
                made_from=[wire.mark(chosen.revision, wire.digest(chosen.kind, False, chosen.fields))],
                fields={**chosen.fields, "household": "seul"},
            )  # fmt: skip
            push(self.engine, COORDINATION, raw)
