"""The tablet's file: its transactions, and the small sealed notes beside the records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from field_app.ports.vault import Vault


class NotesStore:
    """An open file and the vault that opens what stands in it."""

    def __init__(self, connection: sqlite3.Connection, vault: Vault, free_bytes: Callable[[], int]) -> None:
        self._connection = connection
        self.vault = vault
        self._free_bytes = free_bytes

    async def keep_note(self, name: str, value: dict[str, Any]) -> None:
        """Save something small, sealed: the enrolment, the last values used, the last success."""
        sealed = await self._sealed_note(name, value)
        with self._transaction():
            self._set_meta(name, sealed)

    async def note(self, name: str) -> dict[str, Any]:
        """Return what `keep_note` kept; empty when there is none."""
        sealed = self._meta(name)
        if sealed is None:
            return {}
        found: dict[str, Any] = json.loads(await self.vault.open(sealed, f"meta|{name}"))
        return found

    def rewrap(self, name: str, wrapped: bytes, gone: str) -> None:
        """Save the data key wrapped another way, and remove the way it was wrapped before."""
        with self._transaction():
            self._set_meta(name, wrapped)
            self._connection.execute("DELETE FROM meta WHERE name = ?", (gone,))

    @property
    def room(self) -> int:
        """Bytes left on the medium the file lies on."""
        return self._free_bytes()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _meta(self, name: str) -> bytes | None:
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def _set_meta(self, name: str, value: bytes) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    async def _sealed_note(self, name: str, value: dict[str, Any]) -> bytes:
        return await self.vault.seal(json.dumps(value).encode(), f"meta|{name}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
