"""A tablet put back to an earlier file, whose older app had sent a number as a text: the server keeps what it
judged, and knows the record by what was sent. Both sides agree after one comparison all the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from field_app.store.from_server import take_given_back
from field_app.store.kept import Kept
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient
from shared import wire
from tests.field_app.conftest import held_by_server
from tests.field_app.server_side import push, sender
from tests.field_app.world import URL, Watched, edit, encounter, kept

LAX: dict[str, Any] = {
    "action": "trait-dunion", "day": "2026-03-09", "commune": "90052", "place_type": "mairie",
    "minutes": "60", "agents": "02",
}  # fmt: skip
AT_REST = ["GET /sync/pull", "GET /sync/reconcile"]
Start = Callable[[], Awaitable[list[str]]]


@pytest.fixture
def start(store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport) -> Start:
    """The app starts: what it asks of the server."""
    watched = Watched(transport)

    async def run() -> list[str]:
        watched.asked.clear()
        await SyncClient(URL, enrolment.token, watched).run(store, prove=True)
        return [*watched.asked]

    return run


async def presence(store: LocalStore) -> Kept:
    [found] = [record for record in await store.all() if record.kind == "presence"]
    return found


async def test_what_an_older_app_had_sent_otherwise_is_fetched_once_and_not_at_each_start(
    store: LocalStore, start: Start, enrolment: Enrolment, server_engine: Engine
) -> None:
    push(server_engine, sender(enrolment), kept(kind="presence", fields=LAX).record)
    await start()
    found = await presence(store)
    assert (found.state, found.fields["minutes"]) == ("sent", 60)
    for _ in range(3):
        assert await start() == AT_REST
        assert await presence(store) == found


async def test_where_the_old_file_holds_the_version_before_it_comes_to_rest_too(
    store: LocalStore, start: Start, enrolment: Enrolment, server_engine: Engine
) -> None:
    old = kept(kind="presence", fields=LAX, attempted=True)
    later = old.edited({**LAX, "minutes": "90"}, "pending")
    push(server_engine, sender(enrolment), old.record, later.record)
    await store.keep(kept(id=old.id, kind="presence", fields=LAX, state="sent", base_revision=1, attempted=True))
    await start()
    found = await presence(store)
    assert (found.revision, found.fields["minutes"], len(found.made_from)) == (2, 90, 2)
    assert await start() == AT_REST
    assert await presence(store) == found


async def test_it_is_edited_after_it_came_back_and_both_sides_agree(
    store: LocalStore, start: Start, enrolment: Enrolment, server_engine: Engine
) -> None:
    push(server_engine, sender(enrolment), kept(kind="presence", fields=LAX).record)
    await start()
    found = await presence(store)
    await edit(store, found.id, minutes=75)
    await start()
    now = await presence(store)
    assert (now.state, now.revision) == ("sent", 2)
    assert await start() == AT_REST


async def test_a_server_that_loses_it_gets_it_back_and_both_sides_agree(
    store: LocalStore, start: Start, enrolment: Enrolment, server_engine: Engine
) -> None:
    record = kept(kind="presence", fields=LAX)
    push(server_engine, sender(enrolment), record.record)
    await start()
    with server_engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM record WHERE kind = 'presence'")
    await start()
    assert held_by_server(server_engine) == [record.id]
    assert (await presence(store)).state == "sent"
    assert await start() == AT_REST


@given(st.lists(st.sampled_from(["edit", "again", "settled", "pulled"]), max_size=12))
def test_whatever_happens_a_mark_stands_once_among_those_it_was_made_from(happenings: list[str]) -> None:
    record = kept(attempted=True)
    for number, name in enumerate(happenings):
        if name == "edit":
            record = record.edited(encounter(minutes=number % 2), "pending")
        elif name == "again":
            record = record.again()
        elif name == "settled":
            record = record.settled(
                wire.Receipt(id=record.id, revision=record.revision, status="accepted", digest=record.digest)
            )
        else:
            theirs = wire.Pulled(id=record.id, kind=record.kind, revision=record.revision, fields=record.fields)
            taken = take_given_back(theirs, record, "")
            assert taken is not None
            record = taken
        assert len(set(record.made_from)) == len(record.made_from)
