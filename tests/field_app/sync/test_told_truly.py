"""What the screen says of each record, held against a plain model, through an afternoon of everything at once; and
what the server refused by its own fault."""

from __future__ import annotations

import random

import httpx
import pytest
from sqlalchemy import Engine, insert, select

from field_app.directory import Directory
from field_app.state.desk import Desk
from field_app.state.journal import STATES, Journal
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment, SyncClient
from shared.models.tables import Service
from shared.territory import TERRITORY
from sync_server.intake import quarantine
from sync_server.storage import database
from sync_server.storage.tables import table
from tests.field_app.conftest import held_by_server
from tests.field_app.world import clock, encounter, kept, over

SERVICE = table(Service)
ACTS = ("begin", "save", "save wrongly", "correct", "edit", "delete", "sync", "sync without network")


class Coverage(httpx.AsyncBaseTransport):
    """The real server, as long as there is a network."""

    def __init__(self, through: httpx.AsyncBaseTransport) -> None:
        self._through, self.there = through, True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.there:
            raise httpx.ConnectError("no network")
        return await self._through.handle_async_request(request)


class Afternoon:
    """Does one thing after the other, and knows what the worker should read: `said` is the model."""

    def __init__(self, store: LocalStore, status: SyncStatus, coverage: Coverage, seed: int) -> None:
        self.store, self.status, self.coverage, self.chance = store, status, coverage, random.Random(seed)
        self.said: dict[str, str] = {}
        self.wrong: set[str] = set()
        self.deletions = 0
        self.failed = False

    def _one(self, state: str) -> str:
        return self.chance.choice([i for i, now in self.said.items() if now == state] or [""])

    async def act(self, name: str) -> None:
        if name in ("begin", "save", "save wrongly"):
            fields = encounter(place_type="sur-la-lune") if name == "save wrongly" else encounter()
            new = kept(state="draft" if name == "begin" else "pending", fields=fields)
            await self.store.keep(new)
            self.said[new.id] = new.state
            self.wrong |= {new.id} if name == "save wrongly" else set()
        elif name in ("correct", "edit"):
            await self._edit(self._one("sent" if name == "edit" else "to_correct"))
        elif name == "delete" and (chosen := self._one("sent")):
            now = await self.store.get(chosen)
            assert now is not None
            await self.store.delete(now)
            del self.said[chosen]
            self.deletions += 1
        elif name.startswith("sync"):
            await self._sync(name == "sync")

    async def _edit(self, chosen: str) -> None:
        now = await self.store.get(chosen) if chosen else None
        if now is not None:
            await self.store.edit(now.edit_under("edit"), encounter(gender="femme"), "pending")
            self.said[chosen] = "pending"
            self.wrong.discard(chosen)

    async def _sync(self, covered: bool) -> None:
        self.coverage.there, self.failed = covered, not covered
        await self.status.run()
        if covered:
            self.deletions = 0
            for record_id in [i for i, now in self.said.items() if now == "pending"]:
                self.said[record_id] = "to_correct" if record_id in self.wrong else "sent"

    def count(self, state: str) -> int:
        return sum(now == state for now in self.said.values())


@pytest.mark.parametrize("seed", range(4))
async def test_each_record_is_called_what_it_is_and_what_waits_is_counted(
    seed: int, store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport,
    server_engine: Engine,
) -> None:  # fmt: skip
    coverage = Coverage(transport)
    desk = Desk(store, Directory(), enrolment, clock, ports=over(coverage))
    status, journal = SyncStatus(_desk=desk), Journal(_desk=desk)
    afternoon = Afternoon(store, status, coverage, seed)
    for _ in range(60):
        await afternoon.act(afternoon.chance.choice(ACTS))
        await status.look()
        await journal.refresh()
        shown = {k.id: STATES[k.state] for k in journal.records}
        assert shown == {i: STATES[state] for i, state in afternoon.said.items()}
        assert status.waiting == afternoon.count("pending") + afternoon.deletions
        assert (status.to_correct, status.drafts) == (afternoon.count("to_correct"), afternoon.count("draft"))
        none_left = status.waiting + status.to_correct == 0
        assert (status.sentence == "Tout est envoyé") == (none_left and afternoon.count("sent") > 0)
        assert (status.sentence == "Rien à envoyer") == (none_left and afternoon.count("sent") == 0)
        assert bool(status.error) == afternoon.failed
    there = set(held_by_server(server_engine))
    assert {i for i, state in afternoon.said.items() if state == "sent"} <= there
    assert there.isdisjoint(i for i, state in afternoon.said.items() if state == "draft")


async def test_what_the_server_refused_passes_as_it_is_once_the_server_is_mended(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    referral = kept().id
    met = kept(fields=encounter(referrals=[{"id": referral, "service": "lieu-oublie"}]))
    await store.keep(met)
    await client.run(store)
    found = await store.get(met.id)
    assert found is not None
    assert (found.state, found.fields) == ("to_correct", met.fields)
    with database.reading(server_engine) as connection:
        assert len(quarantine.waiting(connection, TERRITORY)) == 1
        known = connection.execute(select(SERVICE).limit(1)).one()
    with database.writing(server_engine) as connection:  # the directory gets the service that was forgotten
        connection.execute(insert(SERVICE).values({**known._mapping, "id": "lieu-oublie"}))
    await store.edit(found.edit_under("opened"), found.fields, "pending")  # opened and saved, nothing typed again
    await client.run(store)
    assert held_by_server(server_engine) == [met.id]
    again = await store.get(met.id)
    assert again is not None
    assert (again.state, again.fields, again.reasons) == ("sent", met.fields, [])
    with database.reading(server_engine) as connection:
        assert quarantine.waiting(connection, TERRITORY) == []
