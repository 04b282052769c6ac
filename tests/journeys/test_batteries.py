"""What `batteries.py` reads of a dead browser's disk: the journal counts, and damage is seen."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from field_app.locking.opening import open_store
from tests.field_app.world import SECRET
from tests.journeys.batteries import count_on_disk

ROW = "INSERT INTO sealed VALUES (?, 'encounter', 1, NULL, ?, x'00')"


async def test_what_stands_in_the_journal_alone_counts_and_what_came_from_the_server_does_not(
    tmp_path: Path,
) -> None:
    await lay_tablet(tmp_path)
    assert count_on_disk(tmp_path / "profile") == {"pending": 2, "draft": 1}


async def test_a_damaged_database_is_no_sound_one(tmp_path: Path) -> None:
    main = await lay_tablet(tmp_path)
    main.write_bytes(main.read_bytes()[:4096] + b"\x07" * (main.stat().st_size - 4096))
    main.with_name("00000002").unlink()
    with pytest.raises((AssertionError, sqlite3.DatabaseError)):
        count_on_disk(tmp_path / "profile")


async def lay_tablet(folder: Path) -> Path:
    """Lay a tablet's database, its last rows in the journal, where a browser keeps it, under names of no meaning;
    beside it one of the browser's own. Return the main file."""
    (await open_store(folder / "tablet.db", SECRET)).close()
    there = folder / "profile" / "Default" / "File System" / "000" / "t" / "00"
    there.mkdir(parents=True)
    sqlite3.connect(folder / "profile" / "Default" / "History").close()
    connection = sqlite3.connect(folder / "tablet.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    for number, state in enumerate(("pending", "pending", "draft", "received")):
        connection.execute(ROW, (str(number), state))
    for name, end in (("00000001", ""), ("00000002", "-wal")):
        shutil.copy(f"{folder / 'tablet.db'}{end}", there / name)
    connection.close()
    return there / "00000001"
