"""Three tablets and a server in one process, a network that fails as it is told, and a plain model of what the
people did: what must be true follows from the model alone."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from field_app.locking.opening import open_store
from field_app.store.kept import Kept
from field_app.store.local_store import LocalStore
from field_app.sync.client import SyncClient, SyncError
from shared import coupons as codes
from shared import ids, merge, wire
from shared.territory import TERRITORY
from sync_server.access import devices, slips
from sync_server.intake import store, travelling
from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from sync_server.web.app import create_app
from tests.faults.grounds import Ground
from tests.field_app.world import NOW, SECRET, URL, clock, encounter

TEAM = "giromagny"
COORDINATOR = store.Sender(TERRITORY, TEAM, None)
FAULTS = ("fine", "lost", "unanswered", "twice", "late", "portal", "busy")
"""What may become of a request: sent as it should; never arrived; arrived, but its answer did not; arrived twice;
thought lost, and arriving later; answered by a captive portal; refused for a while."""
WRITTEN = ("gender", "rsa", "household")
"""The fields that people write in these histories."""
Fields = dict[str, Any]


class Network(httpx.AsyncBaseTransport):
    """The way of one tablet to the server; `faults` says what becomes of the next requests."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.faults: deque[str] = deque()
        self.late: list[httpx.Request] = []
        self.answering: asyncio.Future[httpx.Response] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fault = self.faults.popleft() if self.faults else "fine"
        if fault == "lost":
            raise httpx.ConnectError("no network")
        if fault == "portal":
            return httpx.Response(200, html="<h1>Bienvenue sur le Wi-Fi</h1>", request=request)
        if fault == "busy":
            return httpx.Response(503, headers={"Retry-After": "1"}, request=request)
        if fault == "late":
            self.late.append(request)
            raise httpx.ReadTimeout("no answer")
        answer = await self._arrive(request)
        if fault == "unanswered":
            raise httpx.ReadError("connection reset")
        return await self._arrive(request) if fault == "twice" else answer

    async def deliver(self) -> None:
        """What was thought lost arrives; nobody waits for the answers any more."""
        late, self.late = self.late, []
        for request in late:
            await self._arrive(request)

    async def _arrive(self, request: httpx.Request) -> httpx.Response:
        again = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        self.answering = asyncio.ensure_future(self._fleet.transport.handle_async_request(again))
        answer = await asyncio.shield(self.answering)  # the server goes on when the tablet dies
        await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream, request=request)


class Asking(LocalStore):
    """A tablet's records; `asks` hears at once which of them wait for the worker's choice: what a pull does to
    them right afterwards must not make the model forget it."""

    asks: Callable[[str], None]

    @classmethod
    async def open(cls, path: Path, asks: Callable[[str], None]) -> Asking:
        plain = await open_store(path, SECRET)
        store = cls(plain._connection, plain.vault)
        store.asks = asks
        return store

    async def mark(self, receipt: wire.Receipt) -> None:
        await super().mark(receipt)
        kept = await self.get(receipt.id)
        if kept is not None and kept.state == "to_correct":
            self.asks(receipt.id)


@dataclass
class Tablet:
    """One worker's tablet."""

    path: Path
    network: Network
    store: Asking
    token: str = ""
    copied: bool = False
    """Whether there is a copy of its file, of a moment when nothing waited."""

    @property
    def client(self) -> SyncClient:
        return SyncClient(URL, self.token, self.network)

    async def enrol(self, fleet: Fleet) -> None:
        code = devices.create_code(fleet.engine, TERRITORY, TEAM, int(clock().timestamp()), 15)
        self.token = (await SyncClient(URL, transport=fleet.transport).enrol(code))[0].token

    async def crash(self) -> None:
        """The battery dies: nothing is finished, the file is opened again."""
        self.store.close()
        self.store = await Asking.open(self.path, self.store.asks)

    @property
    def waits(self) -> bool:
        """Whether something here has not left, or waits for the worker."""
        counts = self.store.counts()
        return bool(counts.get("pending") or counts.get("to_correct"))

    def copy(self) -> None:
        with closing(sqlite3.connect(self.path.with_suffix(".copy"))) as copy:
            self.store._connection.backup(copy)
        self.copied = True

    async def put_back(self) -> None:
        """The file becomes that of the copy again."""
        self.store.close()
        for end in ("-wal", "-shm"):
            Path(f"{self.path}{end}").unlink(missing_ok=True)
        shutil.copy(self.path.with_suffix(".copy"), self.path)
        self.store = await Asking.open(self.path, self.store.asks)


@dataclass
class Truth:
    """What people did to one record: by whom it was made, what each wrote last, whether it was deleted; the fields
    the worker changed since it was last sent, each with what stood there; whether the worker has been asked to
    choose; which corrections may have gone with a server that was restored, and all the corrections that one of
    those may have replaced."""

    owner: int
    mine: Fields
    theirs: Fields = field(default_factory=dict)
    deleted: bool = False
    code: str = ""
    unsent: Fields = field(default_factory=dict)
    asked: bool = False
    doubtful: set[str] = field(default_factory=set)
    corrections: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass
class Fleet:
    """All of it. `records` is the model; what only the server knew since the backup may go with a restore, and is
    in `unsafe`."""

    folder: Path
    ground: Ground
    app: FastAPI
    transport: httpx.AsyncBaseTransport
    tablets: list[Tablet] = field(default_factory=list)
    records: dict[str, Truth] = field(default_factory=dict)
    follow_ups: dict[str, int] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    unsafe: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    numbers: int = 0
    restores: int = 0
    putbacks: int = 0

    @classmethod
    async def begin(cls, folder: Path, ground: Ground, count: int = 3) -> Fleet:
        app = create_app(Settings(database_url=ground.url), clock)
        fleet = cls(folder, ground, app, httpx.ASGITransport(app=app, raise_app_exceptions=False))
        devices.create_team(fleet.engine, TERRITORY, TEAM, "Giromagny", "trait-dunion")
        for number in range(count):
            path = folder / f"tablet-{number}.db"
            tablet = Tablet(path, Network(fleet), await Asking.open(path, fleet.asks))
            fleet.tablets.append(tablet)
            await tablet.enrol(fleet)
        fleet.backup()
        return fleet

    @property
    def engine(self) -> Any:
        return self.app.state.context.engine

    def end(self) -> None:
        for tablet in self.tablets:
            tablet.store.close()
        self.engine.dispose()
        self.ground.end()

    def asks(self, record_id: str) -> None:
        """The worker is to choose between two versions."""
        self.records[record_id].asked = True

    # What people do.

    def new_id(self) -> str:
        self.numbers += 1
        return ids.new_id(NOW.date(), self.numbers)

    async def save(self, who: int, fields: Fields) -> str:
        record_id, code = self.new_id(), codes.new_code()
        referral = {"id": self.new_id(), "service": "mobijob", "coupon": codes.hashed(code)}
        await self.tablets[who].store.keep(
            Kept(record_id, "encounter", encounter(**fields, referrals=[referral]), "pending")
        )
        self.records[record_id] = Truth(who, dict(fields), code=code)
        return record_id

    async def edit(self, record_id: str, name: str, value: str) -> None:
        truth = self.records[record_id]
        tablet = self.tablets[truth.owner]
        now = await tablet.store.get(record_id)
        assert now is not None, "a saved record is gone from its tablet"
        # Saved while both versions are on the screen: the worker chose their own of each that differs.
        truth.mine |= {clash: standing(now.fields, clash) for clash in now.clashes if clash in WRITTEN}
        truth.mine[name], truth.asked = value, False
        truth.unsent.setdefault(name, standing(now.fields, name))
        if truth.unsent[name] == value:  # what stood there already, or again: no change to set against another's
            del truth.unsent[name]
        await tablet.store.edit(now.edit_under(f"draft {record_id}"), {**now.fields, name: value}, "pending")

    async def edit_in_a_sync(self, record_id: str, name: str, value: str, steps: int) -> None:
        """The worker saves while the tablet sends and receives."""
        tablet = self.tablets[self.records[record_id].owner]
        task = asyncio.create_task(tablet.client.run(tablet.store))
        for _ in range(steps):
            if task.done():
                break
            await asyncio.sleep(0)
        await self.edit(record_id, name, value)
        await asyncio.gather(task, return_exceptions=True)

    async def delete(self, record_id: str) -> None:
        truth = self.records[record_id]
        tablet = self.tablets[truth.owner]
        now = await tablet.store.get(record_id)
        assert now is not None, "a saved record is gone from its tablet"
        await tablet.store.delete(now)
        truth.deleted, truth.asked = True, False

    async def undo_delete(self, record_id: str, kept: Kept) -> None:
        await self.tablets[self.records[record_id].owner].store.restore(kept)
        truth = self.records[record_id]
        truth.deleted = truth.asked = False

    async def follow_up(self, record_id: str) -> None:
        truth = self.records[record_id]
        kept = await self.tablets[truth.owner].store.get(record_id)
        assert kept is not None
        fields = {"subject_id": kept.fields["referrals"][0]["id"], "day": str(NOW.date()), "outcome": "honoree"}
        follow_up = Kept(self.new_id(), "follow_up", fields, "pending")
        await self.tablets[truth.owner].store.keep(follow_up)
        self.follow_ups[follow_up.id] = truth.owner

    def confirm(self, record_id: str) -> None:
        """The service types the code of the slip: counted where the server holds the referral."""
        head = self.head(record_id)
        slips.report(
            self.engine, TERRITORY, codes.hashed(self.records[record_id].code), "acces-effectif", NOW.date()
        )
        if head is not None and not head["deleted"]:
            self.confirmed.add(record_id)
            self.unsafe.add(record_id)

    async def correct(self, record_id: str, name: str, value: str) -> None:
        """The coordinator corrects what the server holds."""
        head = self.head(record_id)
        if head is None or head["deleted"]:
            return
        raw = {
            "id": record_id, "kind": "encounter", "revision": head["revision"] + 1,
            "base_revision": head["revision"], "fields": {**head["fields"], name: value},
        }  # fmt: skip
        [receipt] = store.accept(self.engine, COORDINATOR, [raw], NOW.date())
        assert receipt.status == "accepted", receipt
        truth, before = self.records[record_id], standing(head["fields"], name)
        truth.theirs[name] = value
        truth.corrections[name].add(value)
        if standing(truth.mine, name) == before:  # the coordinator saw what the worker wrote: it had arrived
            truth.unsent.pop(name, None)
        held = await self.tablets[truth.owner].store.get(record_id)
        if (
            held is not None and standing(held.fields, name) == before
        ):  # else the worker may still choose what was lost
            truth.doubtful.discard(name)
        self.unsafe.add(record_id)

    async def sync(self, who: int, faults: list[str], prove: bool = False) -> None:
        """One sync under those faults. Whatever happens, it ends with an error that can be shown or with none."""
        tablet = self.tablets[who]
        tablet.network.faults = deque(faults)
        try:
            await tablet.client.run(tablet.store, prove)
        except SyncError as error:
            self.said.add(error.message)
        finally:
            tablet.network.faults.clear()

    async def killed_sync(self, who: int, steps: int) -> None:
        """The tablet dies in the middle of a sync."""
        tablet = self.tablets[who]
        task = asyncio.create_task(tablet.client.run(tablet.store, prove=True))
        for _ in range(steps):
            if task.done():
                break
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if tablet.network.answering is not None:
            await tablet.network.answering
        await tablet.crash()

    async def sent_all(self, who: int) -> bool:
        """Whether all of a tablet's is with the server: what waits in a file that is put back is lost with it."""
        tablet = self.tablets[who]
        with suppress(SyncError):
            await tablet.client.run(tablet.store)
            return not tablet.waits
        return False

    async def copy_file(self, who: int) -> None:
        """Somebody copies a tablet's file."""
        if await self.sent_all(who):
            self.tablets[who].copy()

    async def put_back(self, who: int) -> None:
        """The tablet is put back to that copy, and syncs."""
        tablet = self.tablets[who]
        if tablet.copied and await self.sent_all(who):
            await tablet.put_back()
            await tablet.client.run(tablet.store, prove=True)
            self.putbacks += 1

    # What happens to the server.

    def backup(self) -> None:
        self.engine.dispose()
        self.ground.back_up()
        self.unsafe.clear()

    def restore(self) -> None:
        """Yesterday's backup, under another epoch: what only the server knew since is lost."""
        self.engine.dispose()
        self.ground.set_back()
        for tablet in self.tablets:
            tablet.copied = False  # both put back at once: what neither has is lost
        self.restart()
        with database.writing(self.engine) as connection:
            store.begin_epoch(connection)
        for record_id in self.unsafe:  # a tablet may have pulled it, or none: both are right
            self.confirmed.discard(record_id)
            self.records[record_id].doubtful |= self.records[record_id].theirs.keys()
        self.restores += 1

    def restart(self) -> None:
        """The server's process dies and starts again, upgraded."""
        self.engine.dispose()
        self.app = create_app(Settings(database_url=self.ground.url), clock)
        database.upgrade(self.engine)
        self.transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)

    def revoke(self, who: int) -> None:
        with database.reading(self.engine) as connection:
            known = devices.device(connection, self.tablets[who].token)
        if known is not None:
            devices.revoke(
                self.engine, Actor(TERRITORY, "administration", NOW.date()), str(known.sender.device_id)
            )

    # What stands where.

    def head(self, record_id: str) -> Fields | None:
        with database.reading(self.engine) as connection:
            found = travelling.held_version(connection, TERRITORY, record_id)
        return found.model_dump() if found else None

    def rows(self, question: str) -> list[Any]:
        with database.reading(self.engine) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(question).all()]

    async def settle(self) -> None:
        """The network is back, the revoked are enrolled again, somebody answers what is asked: until all agree."""
        for tablet in self.tablets:
            await tablet.network.deliver()
        for _ in range(12):
            before = self.rows("SELECT id, revision FROM record ORDER BY id")
            for who, tablet in enumerate(self.tablets):
                try:
                    await tablet.client.run(tablet.store, prove=True)
                except SyncError as error:
                    if error.code not in ("unknown_device", "revoked_device"):
                        raise
                    await tablet.enrol(self)
                    await tablet.client.run(tablet.store, prove=True)
                await self._answer(who)
            waits = sum(sum(t.store.counts().get(s, 0) for s in ("pending", "to_correct")) for t in self.tablets)
            if not waits and before == self.rows("SELECT id, revision FROM record ORDER BY id"):
                return
        raise AssertionError("it never settles")

    async def _answer(self, who: int) -> None:
        """The worker looks at what is to correct: keeps what they wrote themselves, takes the rest as it is."""
        tablet = self.tablets[who]
        for kept in await tablet.store.all():
            if kept.state != "to_correct":
                continue
            truth = self.records[kept.id]
            truth.asked = False
            assert kept.reasons[0]["code"] == "conflict", kept.reasons
            if truth.deleted:
                await tablet.store.delete(kept)
                continue
            theirs = kept.theirs or {"fields": {}, "deleted": True}
            fields = kept.fields if theirs["deleted"] else {**theirs["fields"], **truth.mine}
            fields = {name: value for name, value in fields.items() if value is not None}
            await tablet.store.edit(kept.edit_under("answer"), fields, "pending")


def standing(fields: dict[str, Any], name: str) -> Any:
    """The value of a field of an encounter: a default that is left out and one that is written say the same."""
    return merge.value("encounter", fields, name)


def changed_by(truth: Truth, name: str) -> set[str]:
    """Every value that may stand in a field: of two who wrote it, the one's or the other's."""
    found = {side[name] for side in (truth.mine, truth.theirs) if name in side}
    return found | truth.corrections[name] if name in truth.doubtful else found
