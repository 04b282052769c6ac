"""The server loses what it had acknowledged: the tablets bring it back, and what it still holds counts once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from field_app.store.from_server import take_pulled
from field_app.store.kept import Kept
from field_app.store.local_store import LocalStore
from field_app.sync.client import SyncClient
from shared import wire
from sync_server.intake.store import RECORD, TERRITORY
from sync_server.storage import database
from tests.field_app.conftest import Tablet, a_code, held_by_server
from tests.field_app.server_side import COORDINATION, backup, make_old, push, restore
from tests.field_app.world import URL, delete, edit, encounter, find, keep_new, kept, send_new

HELD = st.dictionaries(st.uuids().map(str), st.sampled_from(("1.a", "2.a", "2.b")), max_size=30)


def heads(engine: Engine) -> dict[str, int]:
    """Id to revision of what the server holds, the directory aside."""
    with database.reading(engine) as connection:
        rows = connection.execute(select(RECORD.c.id, RECORD.c.revision).where(RECORD.c.kind == "encounter"))
        return {row.id: row.revision for row in rows}


def deleted(engine: Engine) -> list[bool]:
    """Of each record the server holds, whether it is deleted; the directory aside."""
    with database.reading(engine) as connection:
        return list(connection.scalars(select(RECORD.c.deleted).where(RECORD.c.kind == "encounter")))


async def encounters(store: LocalStore) -> dict[str, tuple[str, int]]:
    return {m.id: (m.state, m.revision) for m in await store.all() if m.kind == "encounter"}


async def test_rows_that_vanish_from_the_server_are_found_and_healed(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    await keep_new(store, 40)
    await client.run(store)
    whole = sorted(held_by_server(server_engine))
    with database.writing(server_engine) as connection:
        connection.execute(RECORD.delete().where(RECORD.c.id.in_(whole[::7])))
    await client.run(store)
    assert len(held_by_server(server_engine)) == 34  # without a proof nobody notices
    await client.run(store, prove=True)
    assert sorted(held_by_server(server_engine)) == whole
    assert store.counts() == {"sent": 40}


async def test_who_agrees_sends_nothing_again(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    await keep_new(store, 5)
    await client.run(store)
    with database.reading(server_engine) as connection:
        before = connection.scalar(select(TERRITORY.c.seq))
    again = store.send_again
    asked: list[str] = []

    async def watched(record_ids: Any) -> None:
        asked.extend(record_ids)
        await again(record_ids)

    store.send_again = watched  # type: ignore[method-assign]  # only listens
    await client.run(store, prove=True)
    with database.reading(server_engine) as connection:
        assert connection.scalar(select(TERRITORY.c.seq)) == before
    assert asked == []


async def test_a_server_restored_from_yesterday_gets_back_what_it_lost(
    store: LocalStore, client: SyncClient, colleague: Tablet, server_engine: Engine
) -> None:
    first, second = kept(), kept()
    await store.keep(first)
    await client.run(store)
    await colleague.sync()
    yesterday = backup(server_engine)
    await edit(store, first.id, gender="femme")
    await store.keep(second)
    await client.run(store)
    await colleague.sync()
    restore(server_engine, yesterday)
    assert heads(server_engine) == {first.id: 1}
    await client.run(store)
    await colleague.sync()
    assert heads(server_engine) == {first.id: 2, second.id: 1}
    assert await encounters(store) == {first.id: ("sent", 2), second.id: ("sent", 1)}


async def test_a_deletion_the_server_lost_is_said_again(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    met = await send_new(store, client)
    yesterday = backup(server_engine)
    await delete(store, met.id)
    await client.run(store)
    restore(server_engine, yesterday)
    assert deleted(server_engine) == [False]  # risen from the dead
    await client.run(store)
    assert deleted(server_engine) == [True]
    assert await encounters(store) == {}


async def test_a_tablet_enrolled_again_finds_what_it_sent_before_and_sends_nothing_twice(
    store: LocalStore, client: SyncClient, transport: httpx.AsyncBaseTransport, server_engine: Engine
) -> None:
    await keep_new(store, 3)
    await client.run(store)
    again, _ = await SyncClient(URL, transport=transport).enrol(a_code(server_engine))
    with database.reading(server_engine) as connection:
        before = connection.scalar(select(TERRITORY.c.seq))
    await SyncClient(URL, again.token, transport).run(store, prove=True)
    with database.reading(server_engine) as connection:
        assert connection.scalar(select(TERRITORY.c.seq)) == before
    assert store.counts() == {"sent": 3}


async def test_a_tablet_a_year_away_learns_what_was_deleted_meanwhile(
    store: LocalStore, client: SyncClient, colleague: Tablet, server_engine: Engine
) -> None:
    met = await send_new(store, client)
    await colleague.sync()
    await delete(store, met.id)
    await client.run(store)
    make_old(server_engine, met.id)  # the days a tablet pulls are over since long
    assert met.id in await encounters(colleague.store)
    await colleague.sync()
    assert met.id not in await encounters(colleague.store)


async def test_after_a_restore_an_old_deletion_reaches_who_still_has_the_record(
    store: LocalStore, client: SyncClient, colleague: Tablet, server_engine: Engine
) -> None:
    met = await send_new(store, client)
    await colleague.sync()
    await delete(store, met.id)
    await client.run(store)
    make_old(server_engine, met.id)  # of long ago
    restore(server_engine, backup(server_engine))
    assert met.id in await encounters(colleague.store)
    await colleague.sync()
    assert await encounters(colleague.store) == {}
    assert deleted(server_engine) == [True]


@pytest.mark.parametrize("meanwhile", [1, 4, 9])
async def test_a_database_put_back_unsaid_gets_back_what_it_lost_and_hides_nothing(
    store: LocalStore, client: SyncClient, colleague: Tablet, server_engine: Engine, meanwhile: int
) -> None:
    met = await send_new(store, client)
    await colleague.sync()
    yesterday = backup(server_engine)
    await edit(store, met.id, gender="femme")
    await keep_new(store, 3)
    await client.run(store)
    await colleague.sync()
    before = heads(server_engine)
    restore(server_engine, yesterday, unsaid=True)
    new = [wire.Record(id=kept().id, kind="encounter", revision=1, fields=encounter()) for _ in range(meanwhile)]
    push(server_engine, COORDINATION, *new)
    await colleague.sync()
    await client.run(store)
    everything = before | {record.id: 1 for record in new}
    assert heads(server_engine) == everything
    for side in (store, colleague.store):
        assert {i: revision for i, (_, revision) in (await encounters(side)).items()} == everything


async def test_a_tablet_put_back_to_yesterdays_file_learns_its_own_deletion(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    met = await send_new(store, client)
    yesterday = await store.get(met.id)
    cursor = await store.cursor(URL)
    assert yesterday is not None
    await store.delete(yesterday)
    await client.run(store)
    await store.keep(yesterday)
    await store.take_page(wire.Page(records=[], cursor=cursor, epoch=""), URL)
    assert (await encounters(store))[met.id][0] == "sent"
    await client.run(store)
    assert met.id not in {m.id for m in await store.all()}
    assert deleted(server_engine) == [True]


async def test_a_colleague_brings_back_what_a_broken_tablet_had_sent(
    store: LocalStore, client: SyncClient, colleague: Tablet, server_engine: Engine
) -> None:
    met = await send_new(store, client)
    yesterday = backup(server_engine)
    await edit(store, met.id, gender="femme")
    await client.run(store)
    await colleague.sync()
    restore(server_engine, yesterday)
    await colleague.sync()  # the tablet that wrote it never comes back
    assert heads(server_engine) == {met.id: 2}
    assert (await encounters(colleague.store))[met.id] == ("received", 2)  # and stays the other's


async def test_what_only_a_colleague_still_holds_comes_back_too(
    store: LocalStore, client: SyncClient, colleague: Tablet, server_engine: Engine
) -> None:
    yesterday = backup(server_engine)
    met, gone = kept(), kept()
    for record in (met, gone):
        await store.keep(record)
    await client.run(store)
    await colleague.sync()
    await delete(store, gone.id)
    await client.run(store)
    restore(server_engine, yesterday)
    await colleague.sync()  # who had not heard of the deletion, and comes first
    assert heads(server_engine) == {met.id: 1, gone.id: 1}
    assert await encounters(colleague.store) == {met.id: ("received", 1), gone.id: ("received", 1)}
    await client.run(store)
    await colleague.sync()
    assert await encounters(colleague.store) == {met.id: ("received", 1)}
    assert heads(server_engine) == {met.id: 1, gone.id: 2}


async def test_what_the_owner_brought_back_is_not_replaced_by_a_copy_that_was_not_made_from_it(
    store: LocalStore, client: SyncClient, colleague: Tablet, server_engine: Engine
) -> None:
    met = await send_new(store, client)
    await colleague.sync()
    yesterday = backup(server_engine)
    await edit(store, met.id, household="inconnu")
    await client.run(store)
    restore(server_engine, yesterday)
    for revision in (2, 3):  # the coordinator corrects what came with the backup; the owner is away
        raw = wire.Record(
            id=met.id, kind="encounter", revision=revision, base_revision=revision - 1,
            fields=encounter(rsa="non", gender=("femme", "homme")[revision - 2]),
        )  # fmt: skip
        push(server_engine, COORDINATION, raw)
    await colleague.sync()
    assert (await encounters(colleague.store))[met.id] == ("received", 3)
    restore(server_engine, yesterday)  # the same backup, once more
    await client.run(store)
    await colleague.sync()  # whose copy has a later number, but knows nothing of the edit
    await client.run(store)
    for side in (store, colleague.store):
        found = await find(side, met.id)
        assert (found.revision, found.fields.get("household")) == (2, "inconnu")
    assert heads(server_engine) == {met.id: 2}


def test_a_colleagues_record_that_was_sent_again_becomes_what_the_server_holds() -> None:
    lent = kept(state="received", revision=2, attempted=True).again()
    newer = wire.Pulled(id=lent.id, kind=lent.kind, revision=3, fields=encounter(gender="homme"))
    answer = wire.Receipt(id=lent.id, revision=2, status="conflict", digest=lent.record.digest, server=newer)
    settled = lent.settled(answer)
    assert (settled.state, settled.revision, settled.fields["gender"]) == ("received", 3, "homme")
    gone = answer.model_copy(update={"server": newer.model_copy(update={"deleted": True, "fields": {}})})
    assert lent.settled(gone).state == "gone"


async def test_both_came_back_in_the_other_order_and_nobody_is_asked(
    store: LocalStore, client: SyncClient, colleague: Tablet, server_engine: Engine
) -> None:
    met = await send_new(store, client)
    await colleague.sync()
    yesterday = backup(server_engine)
    await edit(colleague.store, met.id, gender="homme")
    await colleague.sync()
    await client.run(store)
    restore(server_engine, yesterday)
    for _ in range(2):
        await client.run(store)
        await colleague.sync()
    assert heads(server_engine) == {met.id: 2}
    assert [(await encounters(s))[met.id] for s in (store, colleague.store)] == [("sent", 2), ("sent", 2)]


def test_an_older_version_than_the_one_acknowledged_is_answered_by_mine() -> None:
    mine = kept(state="sent", revision=3, base_revision=3, attempted=True)
    older = wire.Pulled(id=mine.id, kind=mine.kind, revision=2, fields=encounter())
    assert take_pulled(older, mine) == mine.again()
    newer = older.model_copy(update={"revision": 4})
    found = take_pulled(newer, mine)
    assert isinstance(found, Kept)
    assert (found.state, found.revision) == ("sent", 4)


@given(HELD, HELD)
def test_two_sets_of_ids_differ_just_where_their_digests_do(mine: dict[str, str], theirs: dict[str, str]) -> None:
    one, other = wire.fingerprints(mine), wire.fingerprints(theirs)
    differing = {d for d in one.keys() | other.keys() if one.get(d) != other.get(d)}
    assert differing == {record_id[-1] for record_id, _ in mine.items() ^ theirs.items()}
    assert wire.fingerprints(dict(sorted(mine.items(), reverse=True))) == one
