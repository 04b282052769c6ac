"""What is killed: a tablet at work, a server that answers. Each is a process of its own, forked from one that has
everything loaded, so that a thousand deaths take a minute."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn

from field_app.locking.opening import open_store
from field_app.ports.ports import desk_storage, desk_vaults
from field_app.store.kept import Kept
from field_app.store.local_store import LocalStore
from field_app.sync import client as sync
from field_app.sync.client import SyncClient, SyncError
from shared import ids
from sync_server.settings import Settings
from sync_server.web.app import create_app
from tests.field_app.world import NOW, SECRET, clock, encounter

GENDERS = ("femme", "homme", "inconnu")
# What a desk loads when it is first asked is loaded before the forks: some live a tenth of a second.
sync._trusted()
desk_storage()
desk_vaults().of(bytes(32))

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


def begin(work: Callable[..., None], *told: Any) -> Any:
    """A process that does this, from now on."""
    process = _context.Process(target=work, args=told, daemon=True)
    process.start()
    return process


def stop(process: Any) -> None:
    """No farewell: as when the battery is pulled."""
    process.kill()  # by its own id
    process.join()


def serve(database_url: str, port: int) -> None:
    """A server, until it is killed."""
    app = create_app(Settings(database_url=database_url), clock)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical", access_log=False)


class Ledger:
    """What a worker was told, in a file that outlives the process: `begun` before each act, `done` after it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def say(self, word: str, record_id: str = "-", value: str = "-") -> None:
        os.write(self._file, f"{word} {record_id} {value}\n".encode())


def work(path: Path, url: str, token: str, ledger: Path, mine: list[str], seed: int) -> None:
    """A worker records, corrects and deletes without a pause, these records first, while the tablet sends and
    receives."""
    asyncio.run(_work(path, SyncClient(url, token), Ledger(ledger), mine, random.Random(seed)))


async def _work(path: Path, client: SyncClient, ledger: Ledger, mine: list[str], chance: random.Random) -> None:
    store = await open_store(path, SECRET)
    sending = asyncio.create_task(_send(client, store))
    ledger.say("open")
    while not sending.done():
        what = chance.choice(("record", "record", "correct", "correct", "delete")) if mine else "record"
        if what == "record":
            mine.append(ids.new_id(NOW.date()))
        record_id = mine[-1] if what == "record" else chance.choice(mine)
        value = "deleted" if what == "delete" else chance.choice(GENDERS)
        ledger.say("begun", record_id, value)
        await act(store, what, record_id, value)
        ledger.say("done", record_id, value)
        if what == "delete":
            mine.remove(record_id)
        await asyncio.sleep(chance.random() * 0.004)
    sending.result()


async def act(store: LocalStore, what: str, record_id: str, value: str) -> None:
    if what == "record":
        await store.keep(Kept(record_id, "encounter", encounter(gender=value), "pending"))
        return
    now = await store.get(record_id)
    assert now is not None, record_id
    if what == "delete":
        await store.delete(now)
    else:
        await store.edit(now.edit_under(f"draft {record_id}"), now.fields | {"gender": value}, "pending")


async def _send(client: SyncClient, store: LocalStore) -> None:
    while True:
        with suppress(SyncError):
            await client.run(store)
        await asyncio.sleep(0)
