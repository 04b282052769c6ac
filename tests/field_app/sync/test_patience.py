"""How long a server may ask a tablet to wait: an hour at most, in its own words only, and never against a save."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from field_app.directory import Directory
from field_app.state.desk import Desk
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.local_store import LocalStore
from field_app.sync.answers import SyncError, retry_after
from field_app.sync.client import SyncClient
from field_app.sync.pace import LONGEST_DELAY, MOST_PATIENCE, Pace
from tests.field_app.conftest import held_by_server
from tests.field_app.world import ENROLMENT, NOW, URL, clock, kept, over

OURS = {"code": "too_many_attempts", "message": "Trop d’essais.", "hint": "Attendez."}
FOR_EVER = {"Retry-After": "999999999"}
DATED = {"Date": format_datetime(NOW)}


async def patience(store: LocalStore, answer: httpx.Response) -> tuple[SyncError, Pace]:
    """What a sync that is answered so makes of the tablet's pace."""
    pace = Pace()
    with pytest.raises(SyncError) as failure:
        await SyncClient(URL, "token", httpx.MockTransport(lambda _: answer), pace).run(store)
    return failure.value, pace


@pytest.mark.parametrize("status", [200, 403, 404, 413, 429, 500, 502, 503, 504])
async def test_what_stands_before_the_server_cannot_silence_a_tablet(status: int, store: LocalStore) -> None:
    await store.keep(kept())
    _, pace = await patience(store, httpx.Response(status, html="<h1>…</h1>", headers=FOR_EVER))
    assert pace.retry_after == 0
    assert pace.delay() <= LONGEST_DELAY


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("90", 90), ("999999999", 3600), ("9" * 5_000, 3600), ("1.5", 1.5), ("0", 0), ("-5", 0), ("", 0),
        ("nan", 0), ("inf", 0), ("1e9", 0), ("٣", 0), ("soon", 0), ("12 h", 0),
        (format_datetime(NOW + timedelta(seconds=120)), 120), (format_datetime(NOW + timedelta(days=900)), 3600),
        (format_datetime(NOW - timedelta(days=1)), 0), ("Wed, 99 Foo 2026 25:61:00 GMT", 0),
    ],
)  # fmt: skip
async def test_the_server_is_believed_for_an_hour_at_most(asked: str, seconds: float, store: LocalStore) -> None:
    headers = [(b"Retry-After", asked.encode()), (b"Date", DATED["Date"].encode())]
    error, pace = await patience(store, httpx.Response(429, json=OURS, headers=headers))
    assert error.code == "too_many_attempts"
    assert pace.retry_after == pytest.approx(seconds)


@given(st.binary(max_size=60))
def test_whatever_the_header_says_it_is_between_nothing_and_an_hour(asked: bytes) -> None:

    answer = httpx.Response(503, headers=[(b"Retry-After", asked)])
    assert 0 <= retry_after(answer) <= MOST_PATIENCE


def test_no_pace_waits_longer_than_an_hour_whoever_asks() -> None:
    pace = Pace()
    for asked in (10.0**9, float("inf"), -5.0):
        pace.gave_up(asked)
        assert 0 <= pace.retry_after <= MOST_PATIENCE


async def refusal(client: SyncClient, store: LocalStore) -> SyncError | None:
    """Sync once; return why it did not end."""
    try:
        await client.run(store)
    except SyncError as error:
        return error
    return None


async def test_records_beyond_the_quota_all_arrive_and_the_tablet_waits_as_it_is_told(
    store: LocalStore, client: SyncClient, server: FastAPI, server_engine: Engine
) -> None:
    now, quotas = [0.0], server.state.context.quotas
    quotas.most["push"], quotas.clock = 50, lambda: now[0]
    met = [kept() for _ in range(120)]
    for one in met:
        await store.keep(one)
    pace, waits = client._pace, list[float]()
    while store.counts().get("pending"):
        refused = await refusal(client, store)
        if refused is not None:
            assert (refused.code, refused.status) == ("quota_reached", 429)
            assert "Rien n’est perdu" in refused.message
            waits.append(pace.delay())
            assert waits[-1] >= refused.retry_after > 0  # never sooner than it was told
            now[0] += waits[-1]
    assert 0 < len(waits) < 10
    assert sorted(held_by_server(server_engine)) == sorted(one.id for one in met)


async def test_a_save_tries_again_at_once_though_the_server_asked_for_an_hour(
    store: LocalStore,
) -> None:
    asked: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(429, json=OURS, headers={"Retry-After": "3600"})

    ports = over(httpx.MockTransport(refuse))
    status = SyncStatus(_desk=Desk(store, Directory(), ENROLMENT, clock, ports=ports))
    task = asyncio.create_task(status.keep_going())
    for tries in range(1, 4):
        for _ in range(6_000):
            if len(asked) >= tries and not status.running:
                break
            await asyncio.sleep(0.01)
        assert len(asked) == tries
        status._desk.bell.set()
    await status.run()  # and so does the worker's tap
    assert len(asked) >= 4
    task.cancel()
