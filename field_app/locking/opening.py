"""Opens the tablet's database: brought to this version, then unlocked. Whatever happens, nothing is erased."""

from __future__ import annotations

import json
import sqlite3
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from field_app.ports.ports import desk_storage, desk_vaults
from field_app.ports.secret import DeviceSecret
from field_app.ports.storage import Storage
from field_app.ports.vault import AesGcmVault, SealBrokenError, Stretch, Vaults, new_stretch

if TYPE_CHECKING:  # loaded once the PIN is asked for: see `field_app.loading`
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


Tablet: TypeAlias = "tuple[LocalStore, PrivateNotes]"
"""What an open tablet keeps: the records, and the notes that never travel."""


class Gate:
    """The way into a tablet's database: by the device secret alone until a PIN is chosen, then by both.

    It owns the one connection: a browser's file has no shared memory, so a second one beside it would find the
    database locked. Whoever is given the records closes it; the gate opens it again when it is next asked.
    """

    def __init__(
        self,
        path: Path,
        device_secret: DeviceSecret,
        vaults: Vaults | None = None,
        storage: Storage | None = None,
    ) -> None:
        self._path = path
        self._secret = device_secret
        self._vaults = vaults or desk_vaults()
        self._storage = storage or desk_storage()
        self._connection: sqlite3.Connection | None = None

    def locked(self) -> bool:
        """Return whether a PIN is asked for. Raises NewerStoreError, sqlite3.Error."""
        return _meta(self._connected(), "pin") is not None

    def tries(self) -> int:
        """Return how many wrong PINs in a row, the one under way included."""
        return int(_meta(self._connected(), "pin tries") or 0)

    async def open(self, pin: str = "") -> Tablet:
        """Open the records and the notes. Raises WrongPinError, SealBrokenError when the device secret is not the
        one that sealed them, NewerStoreError, sqlite3.Error, MemoryError: whatever happens, nothing is erased."""
        from field_app.store.local_store import LocalStore
        from field_app.store.private_notes import PrivateNotes

        connection = self._connected()
        try:
            vault = (
                await self._by_pin(connection, pin) if _meta(connection, "pin") else await self._bare(connection)
            )
            notes = PrivateNotes(connection, vault)
            await notes.load()
            return LocalStore(connection, vault, partial(self._storage.free_bytes, self._path)), notes
        except BaseException:
            connection.close()
            raise

    async def _bare(self, connection: sqlite3.Connection) -> AesGcmVault:
        key = await self._vaults.key_encryption_key(self._secret)
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
        try:
            stretched = await self._vaults.stretched(pin, stretch)
            key = await self._vaults.key_encryption_key(self._secret, stretched)
            vault = await self._vaults.unlock(wrapped, key)
        except MemoryError:  # it was not tried
            connection.execute("UPDATE meta SET value = value - 1 WHERE name = 'pin tries'")
            raise
        except SealBrokenError as error:
            raise WrongPinError from error
        connection.execute("DELETE FROM meta WHERE name = 'pin tries'")
        return vault

    def _connected(self) -> sqlite3.Connection:
        """Return the connection, opened and brought to this version where it is not open."""
        if self._connection is None or _is_closed(self._connection):
            connection = self._storage.connect(self._path)
            try:
                _upgrade(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection


def _is_closed(connection: sqlite3.Connection) -> bool:
    try:
        return connection.total_changes < 0
    except sqlite3.ProgrammingError:  # its only way of saying so
        return True


async def choose_pin(
    store: LocalStore, device_secret: DeviceSecret, pin: str, vaults: Vaults | None = None
) -> None:
    """Wrap the data key of an open tablet anew, under this PIN. One transaction: a power cut leaves what opened
    it before, or this. What opened it before opens it no more."""
    vaults, stretch = vaults or desk_vaults(), new_stretch()
    key = await vaults.key_encryption_key(device_secret, await vaults.stretched(pin, stretch))
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


async def open_store(path: Path, device_secret: DeviceSecret) -> LocalStore:
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
