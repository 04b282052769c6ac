"""A thousand deaths of the tablet, two hundred of the server (`make soak`; fewer in `make test`): nothing that was
said to be saved or received is lost, hidden or counted twice."""

from __future__ import annotations

import asyncio
import os
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from field_app.locking.opening import open_store
from field_app.store.kept import Kept
from field_app.store.local_store import LocalStore
from field_app.sync.client import SyncClient, SyncError
from shared import ids, wire
from sync_server.intake.store import RECORD
from sync_server.storage import database
from tests.faults import killing
from tests.faults.conftest import Server, until_it_answers
from tests.faults.soaking import soaked
from tests.field_app.world import NOW, SECRET
from tools.run import free_port

TABLET_KILLS = int(os.environ.get("TABLET_KILLS", "60"))
SERVER_KILLS = int(os.environ.get("SERVER_KILLS", "10"))
ALIVE = "SELECT id FROM record WHERE kind = 'encounter' AND NOT deleted ORDER BY id"
COUNTED = "SELECT id FROM fact_encounter ORDER BY id"


def asked(engine: Engine, question: str) -> list[str]:
    with database.reading(engine) as connection:
        return list(connection.exec_driver_sql(question).scalars())


async def token_of(served: Server) -> str:
    return (await SyncClient(served.url).enrol(served.code()))[0].token


async def seen_by_a_colleague(client: SyncClient, path: Path) -> dict[str, Any]:
    """Everything another tablet of the team can pull, from nothing."""
    store = await open_store(path, SECRET)
    await client.run(store)
    found = {kept.id: kept.fields["gender"] for kept in await store.all() if kept.kind == "encounter"}
    store.close()
    return found


class Worker:
    """What the worker was told, read from the ledger: `values` what each record must hold now."""

    def __init__(self, folder: Path) -> None:
        self.path, self.ledger = folder / "tablet.db", folder / "ledger"
        self.values: dict[str, str] = {}
        self.done = self.cuts = 0

    def told(self) -> tuple[dict[str, str], tuple[str, str] | None]:
        """What was acknowledged since the last call, and the act that death interrupted."""
        lines = self.ledger.read_text().splitlines()[self.done :] if self.ledger.exists() else []
        self.done += len(lines)
        acts = [line.split() for line in lines if not line.startswith("open")]
        finished = {record_id: value for word, record_id, value in acts if word == "done"}
        return finished, (acts[-1][1], acts[-1][2]) if acts and acts[-1][0] == "begun" else None

    async def answer(self) -> None:
        """Opens the tablet after a death: every act acknowledged stands, the last one whole or not at all."""
        finished, cut = self.told()
        self.values |= finished
        cut_short = dict([cut] if cut else [])
        self.cuts += len(cut_short)
        store = await open_store(self.path, SECRET)
        for record_id in finished | cut_short:
            found = value_of(await store.get(record_id))
            allowed = {self.values.get(record_id, "deleted")} | (
                {cut[1]} if cut and cut[0] == record_id else set()
            )
            assert found in allowed, (record_id, found, allowed)
            self.values[record_id] = found
        store.close()

    @property
    def alive(self) -> dict[str, str]:
        return {record_id: value for record_id, value in self.values.items() if value != "deleted"}


def value_of(kept: Kept | None) -> str:
    return "deleted" if kept is None or kept.deleted else str(kept.fields["gender"])


async def test_the_tablet_dies_at_any_moment_and_all_that_was_saved_stands_and_counts_once(
    served: Server, tmp_path: Path
) -> None:
    chance, worker = random.Random(1), Worker(tmp_path)
    token = await token_of(served)
    for death in range(TABLET_KILLS):
        mine = chance.sample(sorted(worker.alive), min(10, len(worker.alive)))
        process = killing.begin(killing.work, worker.path, served.url, token, worker.ledger, mine, death)
        await asyncio.sleep(chance.random() * 0.12)  # while it starts, opens, saves, sends, receives
        killing.stop(process)
        await worker.answer()
    store = await open_store(worker.path, SECRET)
    await SyncClient(served.url, token).run(store, prove=True)
    assert {state: n for state, n in store.counts().items() if state != "sent"} == {}
    store.close()
    await none_lost_hidden_or_twice(served, worker.alive, tmp_path)
    soaked(
        f"The tablet killed, with a server on {served.engine.dialect.name}",
        **{"kills": TABLET_KILLS, "in the middle of a save": worker.cuts, "records": len(worker.values)},
    )


async def none_lost_hidden_or_twice(served: Server, expected: dict[str, str], folder: Path) -> None:
    assert expected
    assert asked(served.engine, ALIVE) == sorted(expected)
    assert asked(served.engine, COUNTED) == sorted(expected)
    assert await seen_by_a_colleague(SyncClient(served.url, await token_of(served)), folder / "new.db") == expected


class Watched(LocalStore):
    """A tablet's records, and every receipt it was given."""

    promised: dict[str, int]

    async def mark(self, receipt: wire.Receipt) -> None:
        if receipt.status in ("accepted", "duplicate"):
            self.promised[receipt.id] = receipt.revision
        await super().mark(receipt)


class Afternoon:
    """Three tablets that record, correct and send without a pause, and a fourth that only receives."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.stores: list[Watched] = []
        self.clients: list[SyncClient] = []
        self.expected: dict[str, str] = {}
        self.over = False

    async def begin(self, folder: Path) -> None:
        for number in range(4):
            plain = await open_store(folder / f"{number}.db", SECRET)
            store = Watched(plain._connection, plain.vault)
            store.promised = {}
            self.stores.append(store)
            self.clients.append(SyncClient(self.server.url, await token_of(self.server)))

    async def work(self, who: int) -> None:
        store, chance = self.stores[who], random.Random(who)
        mine: list[str] = []
        while not self.over:
            for _ in range(chance.randint(0, 4) if who < 3 else 0):
                await self._act(store, mine, chance)
            with suppress(SyncError):
                await self.clients[who].run(store)
            await asyncio.sleep(0.002)

    async def _act(self, store: Watched, mine: list[str], chance: random.Random) -> None:
        value, record_id = chance.choice(killing.GENDERS), ids.new_id(NOW.date())
        if mine and chance.random() < 0.4:
            record_id = chance.choice(mine[-20:])
        else:
            mine.append(record_id)
        await killing.act(store, "record" if record_id not in self.expected else "correct", record_id, value)
        self.expected[record_id] = value

    def every_receipt_was_true(self) -> None:
        with database.reading(self.server.engine) as connection:
            held = {row.id: row.revision for row in connection.execute(select(RECORD.c.id, RECORD.c.revision))}
        for store in self.stores:
            for record_id, revision in store.promised.items():
                assert held.get(record_id, 0) >= revision, record_id


async def test_the_server_dies_at_any_moment_and_every_receipt_was_true(database_url: str, tmp_path: Path) -> None:
    engine, chance, port = database.connect(database_url), random.Random(2), free_port(0)
    server = Server(port, engine)
    process = killing.begin(killing.serve, database_url, port)
    until_it_answers(server.url)
    afternoon = Afternoon(server)
    await afternoon.begin(tmp_path)
    working = [asyncio.create_task(afternoon.work(who)) for who in range(4)]
    for _ in range(SERVER_KILLS):
        await asyncio.sleep(chance.random() * 0.25)
        killing.stop(process)
        afternoon.every_receipt_was_true()
        process = killing.begin(killing.serve, database_url, port)
        until_it_answers(server.url)
    afternoon.over = True
    await asyncio.gather(*working)
    for _ in range(2):  # each receives what the others sent last
        for store, client in zip(afternoon.stores, afternoon.clients, strict=True):
            await client.run(store, prove=True)
    for store in afternoon.stores:  # the fourth only followed its cursor, through every death
        assert {k.id: k.fields["gender"] for k in await store.all() if k.kind == "encounter"} == afternoon.expected
        store.close()
    await none_lost_hidden_or_twice(server, afternoon.expected, tmp_path)
    killing.stop(process)
    engine.dispose()
    soaked(
        f"The server killed, on {engine.dialect.name}",
        **{
            "kills": SERVER_KILLS,
            "receipts given": sum(len(store.promised) for store in afternoon.stores),
            "records": len(afternoon.expected),
        },
    )
