"""The tablet's file: its transactions, and the small sealed notes beside the records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from field_app.ports.vault import Vault

RECENT = 16
"""How many rows and notes are remembered as they were last sealed or opened."""


class NotesStore:
    """An open file and the vault that opens what stands in it."""

    def __init__(self, connection: sqlite3.Connection, vault: Vault, free_bytes: Callable[[], int]) -> None:
        self._connection = connection
        self.vault = vault
        self._free_bytes = free_bytes
        self._recent: dict[tuple[bytes, str], bytes] = {}

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
        found: dict[str, Any] = json.loads(await self._unseal(sealed, f"meta|{name}"))
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
        return await self._seal(json.dumps(value).encode(), f"meta|{name}")

    async def _seal(self, plaintext: bytes, about: str) -> bytes:
        sealed = await self.vault.seal(plaintext, about)
        self._note_recent(sealed, about, plaintext)
        return sealed

    async def _unseal(self, sealed: bytes, about: str) -> bytes:
        """Open what stands sealed in the file. What was sealed or opened a moment ago is known: each call of a
        browser's cipher takes half a millisecond, and a draft is opened at each field and when it is saved."""
        plaintext = self._recent.get((sealed, about))
        if plaintext is None:
            plaintext = await self.vault.open(sealed, about)
        self._note_recent(sealed, about, plaintext)
        return plaintext

    def _note_recent(self, sealed: bytes, about: str, plaintext: bytes) -> None:
        self._recent.pop((sealed, about), None)
        self._recent[sealed, about] = plaintext  # last, so that the first is the oldest
        if len(self._recent) > RECENT:
            del self._recent[next(iter(self._recent))]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
