"""Opens the tablet's database: brought to this version, then unlocked. Whatever happens, nothing is erased."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from field_app.ports.storage import FolderStorage, Storage
from field_app.ports.vault import AesGcmVault, DeskVaults, SealBrokenError, Stretch, Vaults, new_stretch
from field_app.store.local_store import LocalStore
from field_app.store.private_notes import PrivateNotes

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


class WrongPinError(Exception):
    """The PIN does not open this tablet. It was counted; nothing is erased, however often."""


DESK_VAULTS, DESK_STORAGE = DeskVaults(), FolderStorage()
"""What opens a tablet where nothing else is handed in."""
Tablet = tuple[LocalStore, PrivateNotes]
"""What an open tablet keeps: the records, and the notes that never travel."""


class Gate:
    """The way into a tablet's database: by the device secret alone until a PIN is chosen, then by both."""

    def __init__(
        self,
        path: Path,
        device_secret: bytes,
        vaults: Vaults = DESK_VAULTS,
        storage: Storage = DESK_STORAGE,
    ) -> None:
        self._path = path
        self._secret = device_secret
        self._vaults = vaults
        self._storage = storage

    def locked(self) -> bool:
        """Return whether a PIN is asked for. Raises NewerStoreError, sqlite3.Error."""
        with self._connected() as connection:
            return _meta(connection, "pin") is not None

    def tries(self) -> int:
        """Return how many wrong PINs in a row, the one under way included."""
        with self._connected() as connection:
            return int(_meta(connection, "pin tries") or 0)

    async def open(self, pin: str = "") -> Tablet:
        """Open the records and the notes. Raises WrongPinError, SealBrokenError when the device secret is not the
        one that sealed them, NewerStoreError, sqlite3.Error: whatever happens, nothing is erased."""
        connection = self._connect()
        try:
            vault = (
                await self._by_pin(connection, pin) if _meta(connection, "pin") else await self._bare(connection)
            )
            notes = PrivateNotes(connection, vault)
            await notes.load()
            return LocalStore(connection, vault), notes
        except BaseException:
            connection.close()
            raise

    async def _bare(self, connection: sqlite3.Connection) -> AesGcmVault:
        key = self._vaults.key_encryption_key(self._secret)
        if _meta(connection, "data key") is None:
            # OR IGNORE, then read again: two windows opened at once must end with one and the same key.
            wrapped = await self._vaults.new().wrapped_by(key)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('data key', ?)", (wrapped,))
        return await self._vaults.unlock(_meta(connection, "data key") or b"", key)

    async def _by_pin(self, connection: sqlite3.Connection, pin: str) -> AesGcmVault:
        # Counted before it is tried, durably: pulling the battery in between gives no free try.
        connection.execute(
            "INSERT INTO meta VALUES ('pin tries', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
        )
        wrapped, stretch = _wrapping(_meta(connection, "pin") or b"")
        key = self._vaults.key_encryption_key(self._secret, stretch.key(pin))
        try:
            vault = await self._vaults.unlock(wrapped, key)
        except SealBrokenError as error:
            raise WrongPinError from error
        connection.execute("DELETE FROM meta WHERE name = 'pin tries'")
        return vault

    def _connect(self) -> sqlite3.Connection:
        connection = self._storage.connect(self._path)
        try:
            _upgrade(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = self._connect()
        try:
            yield connection
        finally:
            connection.close()


async def choose_pin(store: LocalStore, device_secret: bytes, pin: str, vaults: Vaults = DESK_VAULTS) -> None:
    """Wrap the data key of an open tablet anew, under this PIN. One transaction: a power cut leaves what opened it
    before, or this. What opened it before opens it no more."""
    stretch = new_stretch()
    key = vaults.key_encryption_key(device_secret, stretch.key(pin))
    kept = {
        "salt": stretch.salt.hex(), "time": stretch.time, "memory": stretch.memory, "lanes": stretch.lanes,
        "wrapped": (await store.vault.wrapped_by(key)).hex(),
    }  # fmt: skip
    store.rewrap("pin", json.dumps(kept).encode(), gone="data key")


def _wrapping(note: bytes) -> tuple[bytes, Stretch]:
    """Parse the wrapped data key, and how the PIN is stretched. Raises SealBrokenError when the note is damaged:
    no PIN would be the right one, and the worker is not to try them all."""
    try:
        kept = json.loads(note)
        stretch = Stretch(bytes.fromhex(kept["salt"]), kept["time"], kept["memory"], kept["lanes"])
        return bytes.fromhex(kept["wrapped"]), stretch
    except (ValueError, KeyError, TypeError) as error:
        raise SealBrokenError("the note of the PIN is damaged") from error


async def open_store(path: Path, device_secret: bytes) -> LocalStore:
    """Return the records alone of a tablet without PIN: see `Gate.open`."""
    store, _ = await Gate(path, device_secret).open()
    return store


def _meta(connection: sqlite3.Connection, name: str) -> Any:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def _upgrade(connection: sqlite3.Connection) -> None:
    """Run the scripts that have not run yet, all or none; a database already up to date is not touched."""
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
