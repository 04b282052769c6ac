"""The device secret and the file: what a device keeps between two starts."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from field_app.locking.opening import Gate, WrongPinError, choose_pin
from field_app.ports.secret import DeviceSecret, SecretDamagedError
from field_app.store.kept import Kept
from field_app.store.local_store import LocalStore
from shared import ids
from tests.conformance.suite.subject import DATABASE, SECRET, Subject, refused

HELD = {"pending": 50, "draft": 2, "sent": 1, "to_correct": 1}
"""What each released database was left with."""
PIN = "482916"
GIVEN = (b"", b"x", bytes(32), bytes(range(32)), b"y" * 1000)


def as_released(dump: str, path: Path) -> Path:
    """Write the tablet's file as that version left it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump)
    return path


async def nothing_is_gone(store: LocalStore) -> None:
    """Assert that all which a released database held opens."""
    assert store.counts() == HELD
    found = await store.all()
    assert store.unreadable == 0
    assert Counter(k.fields.get("gender") for k in found if k.state == "pending") == {"femme": 25, "homme": 25}
    assert [k.fields["household"] for k in found if k.state == "draft" and k.edit_of is None] == ["seul"]
    [editing] = [k.edit_of for k in found if k.edit_of is not None]
    assert editing["id"] in {k.id for k in found if k.state == "sent"}
    assert [k.reasons[0]["field"] for k in found if k.state == "to_correct"] == ["place_type"]


def empty(subject: Subject) -> Path:
    """Return the path of the database, where none is."""
    path = subject.ports.storage.folder() / DATABASE
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-journal"):
        path.with_name(name).unlink(missing_ok=True)
    assert not path.exists()
    return path


def gate(subject: Subject, path: Path, secret: DeviceSecret = SECRET) -> Gate:
    """Return the gate to the database with the ports of the platform."""
    return Gate(path, secret, subject.ports.vaults, subject.ports.storage)


def encounter(number: int, **fields: Any) -> Kept:
    """Return an encounter that waits to be sent."""
    held = {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052", "place_type": "mairie"} | fields
    return Kept(ids.new_id(date(2026, 3, 9), number), "encounter", held, state="pending")


async def secret_of(subject: Subject) -> DeviceSecret:
    """Return the secret of this device."""
    return await subject.ports.secrets(subject.ports.storage.folder()).secret()


async def secret_answers(subject: Subject) -> list[str]:
    """Return in hexadecimal what the secret makes of fixed bytes, and alone: the same at each start."""
    secret = await secret_of(subject)
    return [(await secret.extract(given)).hex() for given in GIVEN] + [(await secret.extract_alone()).hex()]


async def secret_is_told_damaged(subject: Subject) -> str:
    """Return how the secret says that it is no more."""
    secret = await secret_of(subject)
    return str(await refused(SecretDamagedError, secret.extract(b"x")))


async def the_secret_answers_the_same_each_time_and_says_nothing_of_itself(subject: Subject) -> None:
    answers = await secret_answers(subject)
    assert answers == await secret_answers(subject)
    assert len(set(answers)) == len(answers)  # alone is none of the others
    assert {len(answer) for answer in answers} == {64}


async def a_tablet_with_a_pin_needs_both_and_counts_the_tries(subject: Subject) -> None:
    path, secret = empty(subject), await secret_of(subject)
    store, _ = await gate(subject, path, secret).open()
    await store.keep(encounter(1))
    await choose_pin(store, secret, PIN, subject.ports.vaults)
    store.close()
    locked = gate(subject, path, secret)
    for wrong in ("482917", ""):
        await refused(WrongPinError, locked.open(wrong))
    assert (locked.locked(), locked.tries()) == (True, 2)
    store, _ = await locked.open(PIN)
    assert [kept.id for kept in await store.all()] == [encounter(1).id]
    store.close()


async def the_file_is_opened_so_that_a_commit_outlives_a_power_cut(subject: Subject) -> None:
    with closing(subject.ports.storage.connect(empty(subject))) as connection:
        asked = ("journal_mode", "synchronous", "secure_delete", "locking_mode")
        found = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked}
        lock = "exclusive" if subject.platform == "browser" else "normal"
        assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "locking_mode": lock}
        assert connection.isolation_level is None  # the transactions are the store's own


async def what_was_committed_is_there_when_it_is_opened_again(subject: Subject) -> None:
    path, large = empty(subject), bytes(range(256)) * 8_000
    with closing(subject.ports.storage.connect(path)) as connection:
        connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB)")
        connection.execute("INSERT INTO t VALUES (1, ?)", (large,))
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(n, b"x" * 900) for n in range(2, 300)])
        connection.execute("COMMIT")
        connection.execute("BEGIN")
        connection.execute("DELETE FROM t")  # never committed
    with closing(subject.ports.storage.connect(path)) as connection:
        assert connection.execute("SELECT count(*), sum(n) FROM t").fetchone() == (299, 299 * 300 // 2)
        assert connection.execute("SELECT b FROM t WHERE n = 1").fetchone() == (large,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def what_is_erased_is_not_in_the_file(subject: Subject) -> None:
    path, word = empty(subject), b"manteau rouge, 18 h"
    with closing(subject.ports.storage.connect(path)) as connection:
        connection.execute("CREATE TABLE t (b BLOB)")
        connection.execute("INSERT INTO t VALUES (?)", (word * 100,))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert word in path.read_bytes()
        connection.execute("DELETE FROM t")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert word not in path.read_bytes()


async def the_room_left_is_told(subject: Subject) -> None:
    assert subject.ports.storage.free_bytes(subject.ports.storage.folder() / DATABASE) > 1_000_000


async def every_released_database_opens_with_all_it_held(subject: Subject) -> None:
    assert subject.golden
    for name, dump in sorted(subject.golden.items()):
        path = as_released(dump, empty(subject))
        for _ in range(2):  # brought to this version, then as it is
            store, notes = await gate(subject, path).open()
            await nothing_is_gone(store)
            [sent] = [k.id for k in await store.all() if k.state == "sent"]
            note = notes.get(sent, date(2026, 3, 10))
            assert name == "tablet_1" or (note is not None and note.text == "veste bleue")
            assert store._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            store.close()


CHECKS = (
    the_secret_answers_the_same_each_time_and_says_nothing_of_itself,
    a_tablet_with_a_pin_needs_both_and_counts_the_tries,
    the_file_is_opened_so_that_a_commit_outlives_a_power_cut,
    what_was_committed_is_there_when_it_is_opened_again, what_is_erased_is_not_in_the_file,
    the_room_left_is_told, every_released_database_opens_with_all_it_held,
)  # fmt: skip
