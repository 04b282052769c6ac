"""What cannot leave holds back nothing that can: damaged rows, what no message carries, batches refused whole."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from field_app.directory import Directory
from field_app.locking.opening import open_store
from field_app.ports.vault import SealBrokenError
from field_app.state.desk import Desk
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.kept import Kept
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient, SyncError
from field_app.sync.pace import SMALLEST, Pace
from shared import wire
from tests.field_app.conftest import held_by_server
from tests.field_app.world import SECRET, URL, Gate, clock, encounter, keep_new, kept

POISON = "le texte que le serveur ne lit pas"
FAILURE = {"code": "malformed", "message": "La demande n’a pas la forme attendue.", "hint": "Réessayez."}
TOO_LARGE = FAILURE | {"code": "too_large"}
BROKEN = FAILURE | {"code": "broken"}


def damage(store: LocalStore, *records: Kept) -> LocalStore:
    """The tablet's memory failed under those rows; it is opened again."""
    for record in records:
        store._connection.execute("UPDATE sealed SET ciphertext = x'00' WHERE id = ?", (record.id,))
    return LocalStore(store._connection, store.vault)


async def state_of(store: LocalStore, record: Kept) -> str:
    found = await store.get(record.id)
    assert found is not None
    return found.state


@pytest.mark.parametrize("size", [1, 2, 5, 100])
async def test_five_damaged_rows_before_fifteen_good_ones_hold_back_none(
    size: int, store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport, server_engine: Engine
) -> None:
    bad, good = await keep_new(store, 5), await keep_new(store, 15)
    again = damage(store, *bad)
    await SyncClient(URL, enrolment.token, transport, Pace(size)).run(again, prove=True)
    assert sorted(held_by_server(server_engine)) == sorted(record.id for record in good)
    await again.all()
    assert again.unreadable == 5  # said to the worker, and still there
    assert store._connection.execute("SELECT count(*) FROM sealed WHERE ciphertext = x'00'").fetchone() == (5,)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 12))
def test_wherever_the_damaged_rows_stand_the_others_are_all_offered(whole: list[bool], most: int) -> None:
    asyncio.run(all_offered(whole, most))


async def all_offered(whole: list[bool], most: int) -> None:
    store = await open_store(Path(":memory:"), SECRET)
    records = await keep_new(store, len(whole))
    again = damage(store, *(record for record, good in zip(records, whole, strict=True) if not good))
    good = sorted(record.id for record, good in zip(records, whole, strict=True) if good)
    leaving = await again.to_send(most)
    assert [record.id for record in leaving] == good[:most]
    aside = frozenset((record.id, record.revision) for record in leaving)
    assert [record.id for record in await again.to_send(most, aside)] == good[most : 2 * most]
    store.close()


async def test_what_does_not_open_is_not_counted_among_what_waits(store: LocalStore) -> None:
    bad, _ = await keep_new(store, 2), await keep_new(store, 1)
    status = SyncStatus(_desk=Desk(damage(store, *bad), Directory(), None, clock))
    await status._desk.store.all()
    await status.look()
    assert (status.waiting, status.unreadable) == (1, 2)


async def test_a_row_of_another_version_is_as_good_as_damaged_and_holds_back_no_other(store: LocalStore) -> None:
    [strange], [good] = await keep_new(store, 1), await keep_new(store, 1)
    about = f"sealed|{strange.id}|encounter|1|None|pending|v1"
    for content in (b'{"fields": {}, "colour": "blue"}', b"not json", b"[]"):
        sealed = await store.vault.seal(content, about)
        store._connection.execute("UPDATE sealed SET ciphertext = ? WHERE id = ?", (sealed, strange.id))
        again = LocalStore(store._connection, store.vault)
        assert [record.id for record in await again.to_send(5)] == [good.id]
        assert ([record.id for record in await again.all()], again.unreadable) == ([good.id], 1)


async def test_a_receipt_for_a_row_that_was_damaged_meanwhile_ends_nothing(store: LocalStore) -> None:
    bad, good = await keep_new(store, 2)
    await store.to_send(5)
    again = damage(store, bad)
    for record in (bad, good):
        await again.mark(wire.Receipt(id=record.id, revision=1, status="accepted", digest=record.digest))
    assert await state_of(again, good) == "sent"
    await again.send_again([bad.id, good.id])
    assert await state_of(again, good) == "pending"
    with pytest.raises(SealBrokenError):  # what the worker asks for is said to fail
        await again.get(bad.id)


@pytest.mark.parametrize(
    "fields",
    [{"comment": "\ud800"}, {"minutes": math.nan}, {"minutes": math.inf}],
    ids=["half a character", "not a number", "infinite"],
)
async def test_what_no_message_can_carry_is_to_correct_and_the_others_leave(
    fields: dict[str, Any], store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    [bad], [good] = await keep_new(store, 1, **fields), await keep_new(store, 1)
    await client.run(store)
    assert held_by_server(server_engine) == [good.id]
    found = await store.get(bad.id)
    assert found is not None
    assert (found.state, found.fields.keys()) == ("to_correct", bad.fields.keys())
    assert "ne peut pas partir telle quelle" in found.reasons[0]["message"]
    await store.edit(found, encounter(), "pending")
    await client.run(store)
    assert sorted(held_by_server(server_engine)) == sorted([bad.id, good.id])


async def test_a_record_whose_number_no_message_takes_is_to_correct(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    bad, [good] = kept(kind="x" * 60), await keep_new(store, 1)
    await store.keep(bad)
    await client.run(store)
    assert (await state_of(store, bad), held_by_server(server_engine)) == ("to_correct", [good.id])


@pytest.mark.parametrize(
    ("status", "body"),
    [(413, {"json": TOO_LARGE}), (413, {"html": "<h1>413</h1>"}), (422, {"json": FAILURE}), (422, {"text": ""})],
    ids=["ours 413", "a proxy's 413", "ours 422", "a proxy's 422"],
)
async def test_where_three_hundred_are_taken_a_tablet_grown_to_four_hundred_sends_them_all(
    status: int, body: Any, store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport,
    server_engine: Engine,
) -> None:  # fmt: skip
    await keep_new(store, 450)
    gate = Gate(transport, lambda records, _: httpx.Response(status, **body) if len(records) > 300 else None)
    pace = Pace(400)
    await SyncClient(URL, enrolment.token, gate, pace).run(store)
    assert len(held_by_server(server_engine)) == 450
    assert store.counts() == {"sent": 450}
    assert sum(size > 300 for size in gate.batches) == 1
    await keep_new(store, 450)
    await SyncClient(URL, enrolment.token, gate, pace).run(store)
    assert sum(size > 300 for size in gate.batches) == 1  # it was learned


@pytest.mark.parametrize("place", [0, 7, 19])
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (422, {"json": FAILURE}, "n’arrive pas à lire cette saisie"),
        (400, {"json": FAILURE}, "n’arrive pas à lire cette saisie"),
        (413, {"html": "<h1>too large</h1>"}, "trop volumineuse"),
    ],
    ids=["422", "400", "413"],
)
async def test_a_batch_refused_for_one_record_sets_that_one_aside_and_the_others_leave(
    place: int, status: int, body: Any, said: str, store: LocalStore, enrolment: Enrolment,
    transport: httpx.AsyncBaseTransport, server_engine: Engine,
) -> None:  # fmt: skip
    records = [kept() for _ in range(20)]
    records.sort(key=lambda record: record.id)
    for number, record in enumerate(records):
        fields = encounter(comment=POISON) if number == place else encounter()
        await store.keep(kept(id=record.id, fields=fields))

    def refuse(batch: list[dict[str, Any]], _: int) -> httpx.Response | None:
        return httpx.Response(status, **body) if any(POISON in str(item) for item in batch) else None

    pace = Pace()
    gate = Gate(transport, refuse)
    await SyncClient(URL, enrolment.token, gate, pace).run(store)
    assert store.counts() == {"sent": 19, "to_correct": 1}
    assert len(held_by_server(server_engine)) == 19
    bad = await store.get(records[place].id)
    assert bad is not None
    assert said in bad.reasons[0]["message"]
    assert bad.fields["comment"] == POISON  # nothing is lost
    assert pace.ceiling > 20  # it was not for the size
    await store.edit(bad, encounter(), "pending")
    await SyncClient(URL, enrolment.token, gate, pace).run(store)
    assert store.counts() == {"sent": 20}


async def test_one_record_alone_in_the_queue_is_told_from_a_server_that_takes_nothing(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    [only] = await keep_new(store, 1)
    nothing = Gate(transport, lambda *_: httpx.Response(422, json=FAILURE))
    with pytest.raises(SyncError, match="forme attendue"):
        await SyncClient(URL, enrolment.token, nothing).run(store)
    assert await state_of(store, only) == "pending"
    picky = Gate(transport, lambda records, _: httpx.Response(422, json=FAILURE) if records else None)
    await SyncClient(URL, enrolment.token, picky).run(store)
    assert await state_of(store, only) == "to_correct"


async def test_a_server_that_breaks_at_one_record_gets_the_others_and_that_one_later(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport, server_engine: Engine
) -> None:
    await keep_new(store, 9)
    [bad] = await keep_new(store, 1, gender="femme")
    gate = Gate(
        transport,
        lambda batch, _: httpx.Response(500, json=BROKEN) if any("gender" in str(i) for i in batch) else None,
    )
    with pytest.raises(SyncError) as failure:
        await SyncClient(URL, enrolment.token, gate).run(store)
    assert failure.value.code == "broken"
    assert await store.cursor(URL) is not None  # it was pulled all the same
    assert (len(held_by_server(server_engine)), await state_of(store, bad)) == (9, "pending")
    await SyncClient(URL, enrolment.token, transport).run(store)
    assert await state_of(store, bad) == "sent"


async def test_a_server_that_is_broken_is_not_asked_about_each_record(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    await keep_new(store, 200)
    gate = Gate(transport, lambda batch, _: httpx.Response(500, json=BROKEN) if batch else None)
    with pytest.raises(SyncError):
        await SyncClient(URL, enrolment.token, gate).run(store)
    assert len(gate.batches) < 25
    assert store.counts() == {"pending": 200}


async def test_records_the_server_never_settles_hold_back_no_others(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport, server_engine: Engine
) -> None:
    stuck = await keep_new(store, 7, gender="femme")
    await keep_new(store, 20)
    mute = {record.id for record in stuck[:3]}

    class Forgetful(httpx.AsyncBaseTransport):
        """Gives no receipt for three of them, and one for another content for the rest of the seven."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            answer = await transport.handle_async_request(request)
            body = json.loads(await answer.aread())
            if request.url.path != "/sync/push":
                return httpx.Response(answer.status_code, json=body)
            body["receipts"] = [r for r in body["receipts"] if r["id"] not in mute]
            for receipt in body["receipts"]:
                if receipt["id"] in {record.id for record in stuck}:
                    receipt["digest"] = "0" * 32
            return httpx.Response(200, json=body)

    with pytest.raises(SyncError, match="accusé réception"):
        await SyncClient(URL, enrolment.token, Forgetful(), Pace(SMALLEST)).run(store)
    assert store.counts() == {"sent": 20, "pending": 3, "to_correct": 4}
    assert await store.cursor(URL) is not None
    assert len(held_by_server(server_engine)) == 27
    await SyncClient(URL, enrolment.token, transport).run(store)
    assert store.counts() == {"sent": 23, "to_correct": 4}


@pytest.mark.parametrize("status", [408, 413, 414, 429, 431, 502, 504])
async def test_a_page_of_a_proxy_is_no_portal(status: int, store: LocalStore) -> None:
    await keep_new(store, 1)
    answer = httpx.MockTransport(lambda _: httpx.Response(status, html="<h1>nginx</h1>"))
    with pytest.raises(SyncError) as failure:
        await SyncClient(URL, "token", answer).run(store)
    assert failure.value.code in ("too_large", "unavailable")
    assert "portail" not in failure.value.message
    assert store.counts() == {"pending": 1}


async def test_pages_that_do_not_pass_become_smaller_until_they_do(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    asked: list[int] = []

    class Narrow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            limit = int(request.url.params.get("limit", 0))
            asked.append(limit)
            if limit > 15:
                raise httpx.ReadError("cut", request=request)
            return await transport.handle_async_request(request)

    pace = Pace()
    for _ in range(40):
        try:
            await SyncClient(URL, enrolment.token, Narrow(), pace).run(store)
            break
        except SyncError:
            continue
    assert sum(record.kind == "service" for record in await store.all()) == 35
    assert len(asked) < 30
