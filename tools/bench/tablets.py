"""The tablets of the fleet simulation: the app's own store and sync, behind a link that fails."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import httpx

from field_app.locking.opening import open_store
from field_app.ports.secret import SecretBytes
from field_app.store.kept import Kept
from field_app.sync.client import SyncClient, SyncError
from field_app.sync.pace import Pace
from sync_server.operations.synthetic import Generator

LOST, UNANSWERED, TWICE, SLOWEST = 0.05, 0.05, 0.02, 0.4
"""Shares of the requests that never arrive, whose answer never arrives, that arrive twice; most seconds on the
way."""
SECRET = SecretBytes(32)


class Link(httpx.AsyncBaseTransport):
    """A bad network between one tablet and whichever process is its turn."""

    def __init__(self, ports: list[int], chance: random.Random, fine: bool) -> None:
        self._ports, self._chance, self._fine = ports, chance, fine
        self._way = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; raise, at random, what httpx raises when a link breaks."""
        fate = 1.0 if self._fine else self._chance.random()
        await asyncio.sleep(0 if self._fine else self._chance.uniform(0.02, SLOWEST))
        if fate < LOST:
            raise httpx.ConnectError("no network")
        answer = await self._send(request)
        if fate < LOST + UNANSWERED:
            raise httpx.ReadError("connection reset")
        return await self._send(request) if fate < LOST + UNANSWERED + TWICE else answer

    async def _send(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(port=self._chance.choice(self._ports))
        answer = await self._way.handle_async_request(
            httpx.Request(request.method, url, headers=request.headers, content=request.content)
        )
        await answer.aread()
        return answer

    async def aclose(self) -> None:
        """Close the link, which is gone with its sync."""
        await self._way.aclose()


@dataclass
class Tablet:
    """One tablet: its file, its token, what was saved on it, and how its syncs went."""

    path: Path
    team: int
    token: str
    chance: random.Random
    saved: set[str] = field(default_factory=set)
    syncs: list[float] = field(default_factory=list)
    pace: Pace = field(default_factory=Pace)
    failures: int = 0
    until_sent: float = 0.0

    async def record(self, count: int, seed: int) -> None:
        """Save an afternoon's encounters, as the app saves them."""
        today = datetime.now(UTC).date()
        store = await open_store(self.path, SECRET)
        for raw in islice(Generator(seed, today - timedelta(1), today).encounters(), count):
            await store.keep(Kept(raw["id"], raw["kind"], raw["fields"], "pending"))
            self.saved.add(raw["id"])
        store.close()

    async def sync(self, ports: list[int], fine: bool = False) -> None:
        """Run one sync. Raises SyncError."""
        link = Link(ports, self.chance, fine)
        client = SyncClient(f"http://127.0.0.1:{ports[0]}", self.token, link, self.pace)
        store = await open_store(self.path, SECRET)
        begun = time.monotonic()
        try:
            await client.run(store, prove=fine)
            self.syncs.append(time.monotonic() - begun)
        finally:
            store.close()

    async def come_back(self, ports: list[int], after: float) -> None:
        """Try until it went well, as patiently as the app does."""
        await asyncio.sleep(after)
        begun = time.monotonic()
        while True:
            try:
                await self.sync(ports)
                break
            except SyncError:
                self.failures += 1
                await asyncio.sleep(self.pace.delay())
        self.until_sent = time.monotonic() - begun

    async def holds(self) -> set[str]:
        """Return the encounters it has, its own and its team's, none of them waiting."""
        store = await open_store(self.path, SECRET)
        try:
            return {k.id for k in await store.all() if k.kind == "encounter" and k.state in ("sent", "received")}
        finally:
            store.close()
