"""An app that is updated in the middle of an afternoon: databases as released versions wrote them (`tests/golden`,
dumped from those versions' own code) keep every unsent record and every draft, however the update ends."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from field_app.locking import opening
from field_app.locking.opening import Gate, open_store
from field_app.sync.client import SyncClient
from tests.conformance.suite.keeping import as_released, nothing_is_gone
from tests.field_app.conftest import held_by_server
from tests.field_app.world import SECRET

ROOT = Path(__file__).parents[3]
GOLDEN = sorted((ROOT / "tests" / "golden").glob("tablet_*.sql"))
DIES = """
import asyncio, os, signal, sqlite3, sys
from pathlib import Path
from field_app.locking.opening import open_store
from tests.field_app.world import SECRET

plain = sqlite3.connect

def dying(*words, **more):
    connection = plain(*words, **more)

    def traced(statement):
        if sys.argv[2] in statement:
            os.kill(os.getpid(), signal.SIGKILL)

    connection.set_trace_callback(traced)
    return connection

sqlite3.connect = dying
asyncio.run(open_store(Path(sys.argv[1]), SECRET))
"""


def test_every_schema_that_was_released_has_its_golden_database() -> None:
    assert [path.stem for path in GOLDEN] == [f"tablet_{n}" for n in range(1, len(opening._SCHEMA) + 1)]


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
async def test_an_update_keeps_the_drafts_and_the_fifty_that_are_unsent_and_they_leave(
    golden: Path, tmp_path: Path, client: SyncClient, server_engine: Engine
) -> None:
    store = await open_store(as_released(golden.read_text("utf-8"), tmp_path / "released.db"), SECRET)
    await nothing_is_gone(store)
    waiting = sorted(k.id for k in await store.all() if k.state == "pending")
    await client.run(store)
    assert sorted(held_by_server(server_engine)) == waiting
    assert store.counts() == {"draft": 2, "sent": 51, "to_correct": 1}
    store.close()


async def test_an_update_keeps_what_never_travels(tmp_path: Path) -> None:
    store, notes = await Gate(as_released(GOLDEN[1].read_text("utf-8"), tmp_path / "released.db"), SECRET).open()
    [sent] = [k.id for k in await store.all() if k.state == "sent"]
    assert notes.get(sent, date(2026, 3, 10)).text == "veste bleue"
    store.close()


@pytest.mark.parametrize("at", ["CREATE TABLE private", "PRAGMA user_version = ", "COMMIT"])
async def test_a_battery_that_dies_in_the_middle_of_an_update_strands_nothing(at: str, tmp_path: Path) -> None:
    path = as_released(GOLDEN[0].read_text("utf-8"), tmp_path / "released.db")
    dead = subprocess.run([sys.executable, "-c", DIES, str(path), at], cwd=ROOT, check=False)
    assert dead.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)  # all of it or nothing
    store = await open_store(path, SECRET)
    await nothing_is_gone(store)
    assert store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()
