"""What only a browser's file system has to show: flushes that reach it, and a quota that is used up."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from tablet_js import counters

from tests.conformance.suite.keeping import empty, encounter, gate
from tests.conformance.suite.subject import DATABASE, Subject, refused

COMMITS = 20
ROW = "x" * 50_000


async def count_flushes(subject: Subject) -> list[dict[str, int]]:
    """Return by how much the writes and the flushes of the file grew with each commit of a saved record."""
    store, _ = await gate(subject, empty(subject)).open()
    found = []
    for number in range(COMMITS):
        writes, flushes = int(counters.write), int(counters.flush)
        await store.keep(encounter(number))
        found.append({"writes": int(counters.write) - writes, "flushes": int(counters.flush) - flushes})
    store.close()
    return found


async def each_commit_is_flushed(subject: Subject) -> None:
    counted = await count_flushes(subject)
    assert len(counted) == COMMITS
    assert all(each["writes"] >= 1 and each["flushes"] >= 1 for each in counted), counted


async def the_file_that_is_given_up_leaves_nothing(subject: Subject) -> None:
    with closing(subject.ports.storage.connect(empty(subject))) as connection:
        connection.execute("CREATE TABLE t (b BLOB)")
    assert (subject.ports.storage.folder() / DATABASE).stat().st_size > 0
    assert not empty(subject).exists()


async def memory_that_the_browser_does_not_give_is_told_as_such(subject: Subject) -> None:
    for kib in (2**22, 2**32 - 1):  # all that its 32 bits can name, and more
        await refused(MemoryError, subject.ciphers.argon2id(b"482916", bytes(16), 1, kib, 1))


async def keep_before(subject: Subject) -> dict[str, Any]:
    """Save ten records, before the room goes."""
    store, _ = await gate(subject, empty(subject)).open()
    for number in range(10):
        await store.keep(encounter(number))
    store.close()
    return {"room": subject.ports.storage.free_bytes(subject.ports.storage.folder() / DATABASE)}


async def fill_up(subject: Subject) -> dict[str, Any]:
    """Save until the browser grants no more; say how that is told, and what is left of what was saved."""
    store, _ = await gate(subject, subject.ports.storage.folder() / DATABASE).open()
    assert store.counts() == {"pending": 10}
    number = 10
    while number < 2_000:
        try:
            await store.keep(encounter(number, note=ROW))
        except sqlite3.Error as error:
            told = {"kind": type(error).__name__, "words": str(error)}
            break
        number += 1
    else:
        raise AssertionError("it grants more than it has")
    await refused(sqlite3.Error, store.keep(encounter(number, note=ROW)))  # and stays so
    found = {"saved": number, "held": len(await store.all()), "unreadable": store.unreadable}
    check = store._connection.execute("PRAGMA integrity_check").fetchone()[0]
    store.close()
    return told | found | {"check": check}


async def go_on(subject: Subject, saved: int) -> dict[str, Any]:
    """Open again with room and save one more; say what is there."""
    store, _ = await gate(subject, subject.ports.storage.folder() / DATABASE).open()
    before = len(await store.all())
    await store.keep(encounter(saved, note=ROW))
    found = {kept.id for kept in await store.all()}
    check = store._connection.execute("PRAGMA integrity_check").fetchone()[0]
    store.close()
    return {
        "before": before, "unreadable": store.unreadable, "check": check,
        "all there": found == {encounter(number).id for number in range(saved + 1)},
    }  # fmt: skip


CHECKS = (
    each_commit_is_flushed, the_file_that_is_given_up_leaves_nothing,
    memory_that_the_browser_does_not_give_is_told_as_such,
)  # fmt: skip
