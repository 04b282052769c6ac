"""The `main` of a build that times, in the worker, a save as a tap makes it against the bare commit of one row in
the same file, by the same connection: `tools.bench.web` puts it in the place of the app."""

from __future__ import annotations

import asyncio
import json
import secrets
import statistics
import time
from typing import Any

import flet_js

from field_app.directory import Directory
from field_app.locking.opening import Gate
from field_app.ports.browser.ports import browser_ports
from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.store.local_store import LocalStore
from field_app.sync.client import Enrolment

TIMES, WARM = 300, 20
SIZE = 900
"""Bytes of a bare row: those of a sealed encounter."""


def commit(store: LocalStore, number: int) -> float:
    """Measure the seconds of one bare commit."""
    connection, row = store._connection, secrets.token_bytes(SIZE)  # there is no second connection to one file
    began = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO bare VALUES (?, ?)", (number, row))
    connection.execute("COMMIT")
    return time.perf_counter() - began


async def save(desk: Desk) -> float:
    """Measure the seconds of « Enregistrer »: the record judged, sealed and durable."""
    draft = await begin.new("encounter", desk)
    await draft.put("commune", "90052")
    await draft.put("place_type", "mairie")
    began = time.perf_counter()
    if not await draft.save():
        raise RuntimeError("not saved")
    return time.perf_counter() - began


def middle(seconds: list[float]) -> float:
    """Return the milliseconds that the middle half took, on average: the browser's clock counts in tenths of one,
    of which a bare commit takes four, so that a median would be off by a tenth."""
    kept = sorted(seconds[WARM:])[TIMES // 4 : -TIMES // 4]
    return statistics.fmean(kept) * 1000


async def measure() -> dict[str, float]:
    """Return what both took, in milliseconds, taken in turn."""
    ports = browser_ports()
    folder = ports.storage.folder()
    secret = await ports.secrets(folder).secret()
    store, _ = await Gate(folder / "tablet.db", secret, ports.vaults, ports.storage).open()
    store._connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, row BLOB)")
    enrolment = Enrolment("http://127.0.0.1:9", "bench", "token", "Équipe", "trait-dunion")
    desk = Desk(store, Directory(), enrolment, ports=ports)
    bare, ours = [], []
    for number in range(WARM + TIMES):
        bare.append(commit(store, number))
        ours.append(await save(desk))
        await asyncio.sleep(0)
    store.close()
    return {"bare": middle(bare), "save": middle(ours)}


async def connect(_send: Any) -> None:
    """Begin, once the page is there."""
    print("saves", json.dumps(await measure()), flush=True)


flet_js.start_connection = connect
