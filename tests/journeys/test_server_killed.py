"""SIGKILL of the server while tablets push: every receipt told the truth, and the repeats count once."""

from __future__ import annotations

import threading
import time
from itertools import islice
from typing import Any

import httpx
import pytest

from shared import wire
from sync_server.operations.synthetic import Generator
from sync_server.web.context import paris_now
from tests.journeys.conftest import World

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("server killed")]
PROTOCOL = {wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}


def enrolled(world: World) -> dict[str, str]:
    url = f"http://127.0.0.1:{world.server_port}/devices/enrol"
    answer = httpx.post(url, json={"code": world.code()}, headers=PROTOCOL, timeout=60).raise_for_status()
    return PROTOCOL | {"Authorization": f"Bearer {answer.json()['token']}"}


def records(count: int, seed: int) -> list[dict[str, Any]]:
    today = paris_now().date()
    return list(islice(Generator(seed, today, today).encounters(), count))


class Tablet(threading.Thread):
    """Pushes its records in small batches until the server is gone; `promised` is what it has receipts for."""

    def __init__(self, world: World, headers: dict[str, str], queue: list[dict[str, Any]]) -> None:
        super().__init__()
        self.url, self.headers, self.queue = f"http://127.0.0.1:{world.server_port}", headers, queue
        self.promised: set[str] = set()

    def run(self) -> None:
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=120) as client:
            for at in range(0, len(self.queue), 3):
                batch = {"records": self.queue[at : at + 3]}
                try:
                    answer = client.post("/sync/push", json=batch).raise_for_status()
                except httpx.TransportError:
                    return
                for receipt in wire.Receipts.model_validate_json(answer.content).receipts:
                    if receipt.status in ("accepted", "duplicate"):
                        self.promised.add(receipt.id)


def held(world: World, headers: dict[str, str]) -> list[str]:
    """Everything a colleague can pull, page after page."""
    found, cursor, more = [], None, True
    with httpx.Client(base_url=f"http://127.0.0.1:{world.server_port}", headers=headers, timeout=120) as client:
        while more:
            query = {"limit": "50"} | ({"cursor": cursor} if cursor else {})
            page = wire.Page.model_validate_json(client.get("/sync/pull", params=query).raise_for_status().content)
            found += [record.id for record in page.records if record.kind != "service"]
            cursor, more = page.cursor, page.more
    return found


def test_what_has_a_receipt_survives_ten_kills_and_counts_once(world: World) -> None:
    senders = [enrolled(world) for _ in range(3)]
    reader = enrolled(world)
    queues = [records(400, seed) for seed in range(3)]
    promised: set[str] = set()
    for kill in range(10):
        tablets = [Tablet(world, h, q) for h, q in zip(senders, queues, strict=True)]
        for tablet in tablets:
            tablet.start()
        # Each time at another point of the work, however slow the machine: after so many receipts.
        while sum(len(tablet.promised) for tablet in tablets) < 3 * kill and any(t.is_alive() for t in tablets):
            time.sleep(0.002)
        world.kill("server")
        for tablet in tablets:
            tablet.join()
            promised |= tablet.promised
        world.start_server()
        found = held(world, reader)
        assert promised <= set(found)
        assert len(found) == len(set(found))
    everything = {record["id"] for queue in queues for record in queue}
    last = [Tablet(world, h, q) for h, q in zip(senders, queues, strict=True)]
    for tablet in last:
        tablet.start()
    for tablet in last:
        tablet.join()
    assert set(held(world, reader)) == everything
    assert len(held(world, reader)) == len(everything) == 1_200
    assert promised
