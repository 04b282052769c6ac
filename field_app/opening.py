"""Opens the tablet's database: brought to this version, then unlocked. Whatever happens, nothing is erased."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from field_app import vault as vaults
from field_app.local_store import LocalStore
from field_app.private_notes import PrivateNotes
from field_app.vault import Vault

_SCHEMA = (
    """
    CREATE TABLE sealed (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, revision INTEGER NOT NULL, base_revision INTEGER,
        state TEXT NOT NULL, ciphertext BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    """,
    "CREATE TABLE private (subject TEXT PRIMARY KEY, ciphertext BLOB NOT NULL) WITHOUT ROWID",
)
"""One script a version; `user_version` says how many have run. A released script never changes."""


class NewerStoreError(Exception):
    """The database was written by a later version of the app: it is left as it is."""


async def open_store(path: Path, device_secret: bytes) -> LocalStore:
    """The records alone: see `open_tablet`."""
    store, _ = await open_tablet(path, device_secret)
    return store


async def open_tablet(path: Path, device_secret: bytes) -> tuple[LocalStore, PrivateNotes]:
    """Opens the database, brought to this version, with its vault. Raises SealBrokenError when the device secret
    is not the one that sealed it, NewerStoreError, sqlite3.Error: whatever happens, nothing is erased."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        _upgrade(connection)
        vault = await _unlocked(connection, device_secret)
        notes = PrivateNotes(connection, vault)
        await notes.load()
        return LocalStore(connection, vault), notes
    except BaseException:
        connection.close()
        raise


async def _unlocked(connection: sqlite3.Connection, device_secret: bytes) -> Vault:
    wanted = "SELECT value FROM meta WHERE name = 'data key'"
    row = connection.execute(wanted).fetchone()
    if row is None:
        # OR IGNORE, then read again: two windows opened at once must end with one and the same key.
        wrapped = await vaults.new_data_key(device_secret)
        connection.execute("INSERT OR IGNORE INTO meta VALUES ('data key', ?)", (wrapped,))
        row = connection.execute(wanted).fetchone()
    return await vaults.unlock(row[0], device_secret)


def _upgrade(connection: sqlite3.Connection) -> None:
    """Runs the scripts that have not run yet, all or none; a database already up to date is not touched."""
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(_SCHEMA):
        raise NewerStoreError(f"version {version} of the database, {len(_SCHEMA)} of the app")
    if version < len(_SCHEMA):
        for script in _SCHEMA[version:]:
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_SCHEMA)}")
    connection.execute("COMMIT")
