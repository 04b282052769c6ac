"""The rows of the tablet's records: how each is sealed, opened, and bound to its place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from field_app.ports.vault import SealBrokenError
from field_app.store.kept import Kept, from_stored
from field_app.store.notes_store import NotesStore

Row = tuple[Any, ...]
"""A row of `sealed`, in the order of its columns."""
SLICE = 500
"""Rows opened at once."""
_CLEAR = ("id", "kind", "state", "revision", "base_revision")


class SealedRows(NotesStore):
    """Seals and opens one row at a time; reads the numbers and states that stand in the clear."""

    def counts(self) -> dict[str, int]:
        """Return how many records stand in each state, what was received or is gone aside."""
        return dict(
            self._connection.execute(
                "SELECT state, count(*) FROM sealed WHERE state NOT IN ('received', 'gone') GROUP BY state"
            )
        )

    def waiting(self, asked: frozenset[tuple[str, int]]) -> frozenset[tuple[str, int]]:
        """Return which of those ids and revisions still wait to be sent."""
        return asked & set(self._connection.execute("SELECT id, revision FROM sealed WHERE state = 'pending'"))

    async def _sealed(self, kept: Kept) -> Row:
        body = {name: value for name, value in kept.to_stored().items() if name not in _CLEAR}
        ciphertext = await self._seal(json.dumps(body).encode(), kept.bound_to)
        return (kept.id, kept.kind, kept.revision, kept.base_revision, kept.state, ciphertext)

    async def _opened(self, row: Row) -> Kept:
        return self._read(row, await self._unseal(row[-1], _bound_to(row)))

    def _read(self, row: Row, content: bytes) -> Kept:
        """Return the record of a row whose content was opened. Raises SealBrokenError."""
        record_id, kind, revision, base, state, _ = row
        try:
            found = {"fields": {}} | from_stored(json.loads(content))
            return Kept(record_id, kind, state=state, revision=revision, base_revision=base, **found)
        except (ValueError, TypeError) as error:  # of another version: as good as damaged, and left as it is
            raise SealBrokenError(record_id) from error

    async def _opened_or_none(self, row: Row) -> Kept | None:
        try:
            return await self._opened(row)
        except SealBrokenError:
            return None

    async def _opened_by_id(self, rows: Sequence[Row]) -> dict[str, Kept | None]:
        """Open rows, a slice at once: a browser takes three times as long for one after the other. Return them by
        id, None for one that does not open."""
        found: dict[str, Kept | None] = {}
        for start in range(0, len(rows), SLICE):
            some = rows[start : start + SLICE]
            contents = await self.vault.open_all([(row[-1], _bound_to(row)) for row in some])
            for row, content in zip(some, contents, strict=True):
                found[row[0]] = None
                if content is not None:
                    with suppress(SealBrokenError):
                        found[row[0]] = self._read(row, content)
        return found

    def _row(self, record_id: str) -> Row | None:
        found: Row | None = self._connection.execute("SELECT * FROM sealed WHERE id = ?", (record_id,)).fetchone()
        return found


def _bound_to(row: Row) -> str:
    record_id, kind, revision, base, state, _ = row
    return Kept(record_id, kind, {}, state, revision, base).bound_to
