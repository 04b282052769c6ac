"""Short words for the tablet's tests."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from field_app.ports.ports import Ports
from field_app.ports.secret import SecretBytes
from field_app.store.local_store import Kept, LocalStore
from field_app.sync.client import Enrolment, SyncClient
from field_app.sync.pace import Pace
from shared import ids

SECRET = SecretBytes(range(32))
PIN = "482916"
URL = "https://server.test"
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=ZoneInfo("Europe/Paris"))
_numbers = itertools.count(1)
Verdict = Callable[[list[dict[str, Any]], int], httpx.Response | None]
ENROLMENT = Enrolment(URL, "device", "token", "Giromagny", "trait-dunion")


def clock() -> datetime:
    return NOW


def encounter(**fields: Any) -> dict[str, Any]:
    return {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052", "place_type": "mairie"} | fields


def kept(**changes: Any) -> Kept:
    """An encounter waiting to be sent."""
    record_id = ids.new_id(NOW.date(), next(_numbers))
    values: dict[str, Any] = {"id": record_id, "kind": "encounter", "fields": encounter(), "state": "pending"}
    return Kept(**(values | changes))


class Gate(httpx.AsyncBaseTransport):
    """The real server, behind what judges each batch by its records and its size in bytes."""

    def __init__(self, through: httpx.AsyncBaseTransport, verdict: Verdict) -> None:
        self._through, self._verdict = through, verdict
        self.batches: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/sync/push":
            body = await request.aread()
            records = json.loads(gzip.decompress(body))["records"]
            self.batches.append(len(records))
            if (refused := self._verdict(records, len(body))) is not None:
                return refused
        return await self._through.handle_async_request(request)


class Watched(httpx.AsyncBaseTransport):
    """Lets everything through, and remembers what was asked."""

    def __init__(self, through: httpx.AsyncBaseTransport) -> None:
        self._through = through
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        return await self._through.handle_async_request(request)


@contextmanager
def full(store: LocalStore, table: str = "meta", verb: str = "INSERT") -> Iterator[None]:
    """Let no row of that table be written, as where the tablet's memory is full."""
    store._connection.execute(
        f"CREATE TEMP TRIGGER full BEFORE {verb} ON main.{table} BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    )
    try:
        yield
    finally:
        store._connection.execute("DROP TRIGGER full")


class Silent(httpx.AsyncBaseTransport):
    """No network."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no network", request=request)


class Quick(Pace):
    """Tries again at once."""

    def delay(self) -> float:
        return 0.01


def over(transport: httpx.AsyncBaseTransport, **more: Any) -> Ports:
    """The ports of a desk whose network is that one, on the tests' day."""
    return Ports(transport=lambda: transport, clock=clock, **more)


async def keep_new(store: LocalStore, count: int = 1, **fields: Any) -> list[Kept]:
    """Keep so many new encounters that wait to be sent."""
    found = [kept(fields=encounter(**fields)) for _ in range(count)]
    for record in found:
        await store.keep(record)
    return found


async def send_new(store: LocalStore, client: SyncClient, **fields: Any) -> Kept:
    """Keep a new encounter and sync: the server holds it."""
    [record] = await keep_new(store, **fields)
    await client.run(store)
    return record


async def find(store: LocalStore, record_id: str) -> Kept:
    """Return a record that is there."""
    found = await store.get(record_id)
    assert found is not None
    return found


async def edit(store: LocalStore, record_id: str, **fields: Any) -> None:
    """Change those fields in the form, and save."""
    now = await find(store, record_id)
    await store.edit(now.edit_under("draft"), {**now.fields, **fields}, "pending")


async def delete(store: LocalStore, record_id: str) -> None:
    """Delete by the worker's hand."""
    await store.delete(await find(store, record_id))
