"""How a tablet treats its link: patience that grows, and ends as soon as something moves."""

from __future__ import annotations

from functools import partial

import httpx
import pytest

from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient
from field_app.sync.pace import Pace
from tests.field_app.world import URL, Gate, keep_new

FAILURE = {"code": "broken", "message": "La demande n’a pas la forme attendue.", "hint": "Réessayez."}


def after(failures: int, retry_after: float = 0.0) -> Pace:
    return Pace(failures=failures, retry_after=retry_after)


def test_retries_come_less_and_less_often_never_together_and_never_stop() -> None:
    longest = [max(after(n).delay() for _ in range(200)) for n in range(12)]
    assert longest[:6] == sorted(longest[:6])  # then it has reached five minutes
    assert 250 < longest[-1] <= 300
    assert len({after(3).delay() for _ in range(50)}) > 40
    assert after(10_000).delay() <= 300


def test_a_link_that_stays_broken_is_tried_every_minute_a_server_that_answers_badly_every_five() -> None:
    pace = after(20)
    pace.gave_up(offline=True)
    assert 30 <= min(pace.delay() for _ in range(200)) <= max(pace.delay() for _ in range(200)) <= 60
    pace.gave_up()
    assert 150 <= min(pace.delay() for _ in range(200)) <= max(pace.delay() for _ in range(200)) <= 300
    pace.gave_up(retry_after=900, offline=True)
    assert pace.delay() >= 900


def test_a_server_that_asks_for_patience_gets_it() -> None:
    assert after(1, retry_after=900).delay() >= 900


def test_each_sync_that_moves_nothing_makes_it_more_patient() -> None:
    pace = Pace()
    for expected in (1, 2, 3):
        pace.gave_up(offline=True)
        assert pace.failures == expected


def test_a_link_that_broke_after_it_moved_something_is_tried_again_soon() -> None:
    pace = after(8)
    pace.moved()
    pace.gave_up(offline=True)
    assert pace.failures == 1
    pace.gave_up(offline=True)  # nothing moved since
    assert pace.failures == 2


def test_a_server_that_refuses_is_not_a_bad_link_whatever_moved_before() -> None:
    pace = after(3)
    pace.moved()
    pace.gave_up(retry_after=60)
    assert (pace.failures, pace.retry_after) == (4, 60)


def test_a_sync_that_went_well_forgets_the_failures() -> None:
    pace = after(5, retry_after=60)
    pace.went_well()
    assert (pace.failures, pace.retry_after) == (0, 0.0)


@pytest.mark.parametrize("status", [400, 500])
async def test_a_refusal_that_is_not_for_the_size_and_passes_leaves_batches_as_large_as_before(
    status: int, store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    """The server breaks for a minute, over a link where no batch is quick."""
    await keep_new(store, 300)
    refusals = iter(range(6))
    gate = Gate(
        transport, lambda *_: None if next(refusals, None) is None else httpx.Response(status, json=FAILURE)
    )
    pace = Pace(brisk=0.0)
    await SyncClient(URL, enrolment.token, gate, pace).run(store)
    assert (store.counts(), pace.size) == ({"sent": 300}, 100)
    assert len(gate.batches) < 20


@pytest.mark.parametrize("status", [413, 422])
async def test_a_refusal_for_the_size_that_passes_is_forgotten_over_the_next_syncs(
    status: int, store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    """A proxy that is being set up refuses all but the smallest batch, then what it should."""
    await keep_new(store, 10)
    narrow = Gate(transport, lambda records, _: httpx.Response(status) if len(records) > 1 else None)
    pace = Pace()
    await SyncClient(URL, enrolment.token, narrow, pace).run(store)
    assert (store.counts(), pace.size) == ({"sent": 10}, 1)
    for _ in range(8):
        await keep_new(store, 60)
        wide = Gate(transport, lambda *_: None)
        await SyncClient(URL, enrolment.token, wide, pace).run(store)
    assert store.counts() == {"sent": 490}
    assert pace.size >= 60
    assert len(wide.batches) == 1


@pytest.mark.parametrize("most", [1, 7, 60, 300])
async def test_a_server_that_takes_few_at_once_is_asked_for_more_once_in_a_sync_at_most(
    most: int, store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    pace = Pace(400)
    client_of = partial(SyncClient, URL, enrolment.token)
    gate = Gate(transport, lambda records, _: httpx.Response(413) if len(records) > most else None)
    refused = []
    for _ in range(4):
        await keep_new(store, 130 if most < 300 else 420)
        gate.batches.clear()
        await client_of(gate, pace).run(store)
        refused.append(sum(size > most for size in gate.batches))
    assert set(store.counts()) == {"sent"}
    assert refused[1:] == [0, 0, 0] if most == 300 else max(refused[1:]) <= 1
