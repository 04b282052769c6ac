"""The tablet against the real server, and against networks that lie."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from field_app.locking.opening import open_store
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient, SyncError
from field_app.sync.pace import Pace
from shared import wire
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.directory import new_territory
from sync_server.storage.audit_log import Actor
from tests.field_app.conftest import a_code, held_by_server
from tests.field_app.world import NOW, SECRET, URL, encounter, kept

Answer = Callable[[httpx.Request], httpx.Response]


def lying(answer: Answer) -> SyncClient:
    """A client on a network where someone else answers."""
    return SyncClient(URL, "token", httpx.MockTransport(answer))


async def states(store: LocalStore) -> list[str]:
    return [met.state for met in await store.all() if met.kind != "service"]


async def test_what_is_saved_offline_arrives_and_is_said_to_be_sent(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    met = [kept() for _ in range(3)]
    for one in met:
        await store.keep(one)
    assert await client.run(store) is False
    assert await states(store) == ["sent"] * 3
    assert sorted(held_by_server(server_engine)) == sorted(one.id for one in met)


async def test_the_directory_comes_down_with_the_first_sync(store: LocalStore, client: SyncClient) -> None:
    await client.run(store)
    assert sum(met.kind == "service" for met in await store.all()) == 35


async def test_an_unknown_code_is_refused_stays_and_passes_once_corrected_while_the_others_pass(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    wrong, right = kept(fields=encounter(place_type="sur-la-lune")), kept()
    await store.keep(wrong)
    await store.keep(right)
    await client.run(store)
    assert held_by_server(server_engine) == [right.id]
    found = await store.get(wrong.id)
    assert found is not None
    assert found.state == "to_correct"
    assert "« sur-la-lune » n’est pas dans la liste" in found.reasons[0]["message"]
    await store.keep(found.edited(encounter(), "pending"))
    await client.run(store)
    assert sorted(held_by_server(server_engine)) == sorted([wrong.id, right.id])
    assert await states(store) == ["sent", "sent"]


async def test_more_than_a_batch_leaves_in_several(
    store: LocalStore,
    enrolment: Enrolment,
    transport: httpx.AsyncBaseTransport,
    server_engine: Engine,
) -> None:
    for _ in range(11):
        await store.keep(kept())
    told: list[int] = []
    await SyncClient(URL, enrolment.token, transport, Pace(4), told.append, page=5).run(store)
    assert told == [4, 11]
    assert len(held_by_server(server_engine)) == 11
    assert sum(met.kind == "service" for met in await store.all()) == 35


async def test_the_answer_is_lost_and_the_record_counts_once(
    store: LocalStore, unanswered: SyncClient, client: SyncClient, server_engine: Engine
) -> None:
    met = kept()
    await store.keep(met)
    with pytest.raises(SyncError):
        await unanswered.run(store)
    assert await states(store) == ["pending"]
    await store.keep((await store.all())[0].edited(encounter(gender="femme"), "pending"))
    await client.run(store)
    assert held_by_server(server_engine) == [met.id]
    assert [(m.state, m.revision) for m in await store.all() if m.kind != "service"] == [("sent", 2)]


async def test_a_colleague_sees_it_and_its_deletion(
    store: LocalStore,
    client: SyncClient,
    server_engine: Engine,
    transport: httpx.AsyncBaseTransport,
    tmp_path: Path,
) -> None:
    other, _ = await SyncClient(URL, transport=transport).enrol(a_code(server_engine))
    theirs = await open_store(tmp_path / "other.db", SECRET)
    colleague = SyncClient(URL, other.token, transport)
    met = kept()
    await store.keep(met)
    await client.run(store)
    await colleague.run(theirs)
    assert await states(theirs) == ["received"]
    sent = await store.get(met.id)
    assert sent is not None
    await store.delete(sent)
    await client.run(store)
    await colleague.run(theirs)
    assert await states(theirs) == []
    assert await states(store) == []
    theirs.close()


async def test_two_tablets_edit_the_same_record_and_the_second_is_asked(
    store: LocalStore,
    client: SyncClient,
    server_engine: Engine,
    transport: httpx.AsyncBaseTransport,
    tmp_path: Path,
) -> None:
    other, _ = await SyncClient(URL, transport=transport).enrol(a_code(server_engine))
    theirs, colleague = await open_store(tmp_path / "other.db", SECRET), SyncClient(URL, other.token, transport)
    await store.keep(kept())
    await client.run(store)
    await colleague.run(theirs)
    for tablet, gender in ((store, "femme"), (theirs, "homme")):
        [met] = [m for m in await tablet.all() if m.kind == "encounter"]
        await tablet.keep(met.edited(encounter(gender=gender), "pending"))
    await client.run(store)
    await colleague.run(theirs)
    [asked] = [m for m in await theirs.all() if m.kind == "encounter"]
    assert (asked.state, asked.fields["gender"]) == ("to_correct", "homme")
    assert asked.theirs is not None
    assert asked.theirs["fields"]["gender"] == "femme"
    await theirs.keep(asked.edited(asked.fields, "pending"))
    await colleague.run(theirs)
    await client.run(store)
    assert [m.fields["gender"] for m in await store.all() if m.kind == "encounter"] == ["homme"]
    theirs.close()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda r: httpx.Response(200, html="<h1>Bienvenue sur le Wi-Fi</h1>"), "portal"),
        (lambda r: httpx.Response(200, json={"hello": "world"}), "portal"),
        (lambda r: httpx.Response(302, headers={"Location": "http://portal.test"}), "portal"),
        (lambda r: httpx.Response(404, html="nothing here"), "portal"),
        (lambda r: httpx.Response(502, html="bad gateway"), "unavailable"),
        (lambda r: httpx.Response(200, content=b"\xff\xfe"), "portal"),
    ],
)
async def test_a_network_that_lies_settles_nothing(store: LocalStore, answer: Answer, code: str) -> None:
    await store.keep(kept())
    with pytest.raises(SyncError) as failure:
        await lying(answer).run(store)
    assert failure.value.code == code
    assert await states(store) == ["pending"]


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.PoolTimeout]
)
async def test_without_network_the_queue_waits(store: LocalStore, error: type[httpx.TransportError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("no", request=request)

    await store.keep(kept())
    with pytest.raises(SyncError, match="restent sur la tablette"):
        await lying(fail).run(store)
    assert await states(store) == ["pending"]


@pytest.mark.parametrize("url", ["", "n’importe quoi", "http://", "ftp://x", "http://[::1", "http://é..é"])
async def test_an_address_that_is_none_is_said_and_nothing_breaks(url: str) -> None:
    with pytest.raises(SyncError):
        await SyncClient(url).enrol("ABCD")


async def test_a_server_that_acknowledges_nothing_is_not_asked_for_ever(store: LocalStore) -> None:
    await store.keep(kept())
    asked: list[httpx.Request] = []

    def silent(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"receipts": []})

    with pytest.raises(SyncError, match="accusé réception"):
        await lying(silent).run(store)
    assert len(asked) == 2
    assert await states(store) == ["pending"]


async def test_an_unknown_tablet_keeps_everything_and_is_told_what_to_do(
    store: LocalStore, transport: httpx.AsyncBaseTransport
) -> None:
    await store.keep(kept())
    with pytest.raises(SyncError, match="nouveau code à usage unique") as failure:
        await SyncClient(URL, "wrong", transport).run(store)
    assert failure.value.code == "unknown_device"
    assert await states(store) == ["pending"]


async def test_a_revoked_tablet_hands_in_what_it_holds(
    store: LocalStore, client: SyncClient, enrolment: Enrolment, server_engine: Engine
) -> None:
    await store.keep(kept())
    devices.revoke(server_engine, Actor(TERRITORY, "administration", NOW.date()), enrolment.device_id)
    with pytest.raises(SyncError) as failure:
        await client.run(store)
    assert failure.value.code == "revoked_device"
    assert await states(store) == ["sent"]


async def test_a_wrong_code_says_so_and_patience_is_passed_on(transport: httpx.AsyncBaseTransport) -> None:
    stranger = SyncClient(URL, transport=transport)
    for _ in range(10):
        with pytest.raises(SyncError, match="Ce code n’est pas valable"):
            await stranger.enrol("AAAA-BBBB-CC")
    with pytest.raises(SyncError) as failure:
        await stranger.enrol("AAAA-BBBB-CC")
    assert failure.value.code == "too_many_attempts"
    assert failure.value.retry_after is not None
    assert 0 < failure.value.retry_after <= 900


async def test_a_restored_server_makes_the_tablet_start_again_and_delete_nothing(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    await store.keep(kept())
    await client.run(store)
    await store.take_page(wire.Page(records=[], cursor="another-epoch.3", epoch="x"), URL)
    await client.run(store)
    assert await states(store) == ["sent"]
    cursor = await store.cursor(URL)
    assert cursor is not None
    assert not cursor.startswith("another-epoch")
    assert len(held_by_server(server_engine)) == 1


async def test_invented_data_is_said(client: SyncClient, store: LocalStore, server_engine: Engine) -> None:
    new_territory.mark_synthetic(server_engine, TERRITORY)
    assert await client.run(store) is True


async def test_a_body_carries_the_record_and_nothing_else(store: LocalStore, server: FastAPI) -> None:
    bodies: list[bytes] = []

    def spy(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(503)

    met = replace(kept(fields=encounter(gender="femme")), reasons=[{"message": "une raison gardée ici"}])
    await store.keep(met)
    with pytest.raises(SyncError):
        await lying(spy).run(store)
    [body] = bodies
    [sent] = wire.Batch.model_validate_json(gzip.decompress(body)).records
    assert sent == {"id": met.id, "kind": "encounter", "revision": 1, "fields": met.fields}
    assert server is not None
