"""All the tablet's SQL. Rows are sealed: on the disk stand an id, a kind, numbers and a state, nothing more.

« Enregistré » means durable: each save is one transaction with `synchronous=FULL`. Nothing unsent is ever
deleted but by the worker's own hand.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from field_app import kept as keeping
from field_app.entries import Entries
from field_app.kept import HELD_THERE
from field_app.kept import Kept as Kept  # known from here to whoever works with the store
from field_app.kept import State as State
from field_app.vault import SealBrokenError, Vault
from shared import wire

StoreError = sqlite3.Error
"""What the store raises when the tablet's memory is full or fails."""
Row = tuple[Any, ...]
"""A row of `sealed`, in the order of its columns."""
_CLEAR = ("id", "kind", "state", "revision", "base_revision")


class LocalStore:
    """The tablet's database, open and unlocked. Make one with `open_store`."""

    def __init__(self, connection: sqlite3.Connection, vault: Vault) -> None:
        self._connection = connection
        self.vault = vault
        self._open: dict[str, Kept | None] | None = None  # what `all` opened; None: does not open
        self._entries = Entries()
        self._all: list[Kept] | None = None  # what `all` returned, until something changes
        self._seen = 0  # the `data_version` it was opened at: another window's writes change it
        self._changed: set[str] = set()  # what was written here since

    async def all(self) -> list[Kept]:
        """Every record that opens, in no order; those that do not are left as they are, and counted. Opened
        once: 5,000 take 0.3 s. Afterwards only what was written since is read again; as long as nothing was, the
        list is the same object."""
        seen: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if self._open is None or seen != self._seen:
            self._changed.clear()
            self._all = None
            rows = self._connection.execute("SELECT * FROM sealed WHERE state != 'gone'").fetchall()
            self._open = {row[0]: await self._opened_or_none(row) for row in rows}
        self._seen = seen
        while self._changed:
            self._all = None
            record_id = next(iter(self._changed))
            row = self._row(record_id)
            shown = row if row and row[4] != "gone" else None
            kept = await self._opened_or_none(shown) if shown else None
            if self._row(record_id) != row:
                continue  # written again while it was being opened
            self._changed.discard(record_id)
            self._open.pop(record_id, None)
            if shown:
                self._open[record_id] = kept
        if self._all is None:
            self._all = [kept for kept in self._open.values() if kept is not None]
        return self._all

    @property
    def unreadable(self) -> int:
        """How many rows `all` could not open: damaged, swapped with another, or put back under another id."""
        return sum(kept is None for kept in (self._open or {}).values())

    async def get(self, record_id: str) -> Kept | None:
        """One record, if it is there."""
        row = self._row(record_id)
        return await self._opened(row) if row else None

    async def keep(self, kept: Kept) -> None:
        """Saves one record as it is, durably: when this returns, a power cut loses nothing."""
        row = await self._sealed(kept)
        with self._transaction():
            self._write(row)

    async def edit(self, draft: Kept, fields: dict[str, Any], state: State) -> Kept:
        """Saves what the worker made of `draft.opened`, upon what stands here now: it may have left meanwhile.
        The draft of an edit ends in the same transaction."""
        opened = draft.opened

        def change(now: Kept | None) -> Kept:
            return (now.since(opened) if now else opened).edited(fields, state)

        return await self._change(opened.id, change, ends=draft.id) or opened

    async def restore(self, deleted: Kept) -> None:
        """Undoes a deletion by the worker's hand, whether its tombstone left meanwhile or not."""
        await self._change(deleted.id, deleted.restored)

    async def delete(self, opened: Kept) -> None:
        """Deletes by the worker's hand: at once what never left, by a tombstone what the server may have."""

        def change(now: Kept | None) -> Kept | None:
            if now is None or not now.attempted:
                return None
            return replace(now.since(opened).edited({}, "pending"), deleted=True)

        await self._change(opened.id, change)

    async def forget(self, record_id: str) -> None:
        """Removes a record that never left the tablet; for any other, `delete`."""
        with self._transaction():
            self._remove(record_id)

    async def to_send(self, most: int) -> list[Kept]:
        """The next records to push, marked as attempted before they leave: an edit is then a new revision."""
        found = self._connection.execute(
            "SELECT * FROM sealed WHERE state = 'pending' ORDER BY id LIMIT ?", (most,)
        ).fetchall()
        leaving = []
        for row in found:
            kept = await self._opened_or_none(row)
            if kept is None:  # one bad row must not hold back the others
                continue
            gone = replace(kept, attempted=True)
            leaving.append((row, gone, row if kept.attempted else await self._sealed(gone)))
        with self._transaction():
            still = [(gone, before, after) for before, gone, after in leaving if self._row(gone.id) == before]
            for _, before, after in still:
                if after is not before:
                    self._write(after)
        return [gone for gone, _, _ in still]  # what changed meanwhile leaves with the next batch

    async def mark(self, receipt: wire.Receipt) -> None:
        """What the server said of one record, kept with it (`Kept.settled`)."""
        await self._change(receipt.id, lambda now: now.settled(receipt) if now else None)

    async def take_page(self, page: wire.Page, server_url: str) -> None:
        """Keeps a page and its cursor in one transaction. What is unsent here is never overwritten."""
        cursor = await self._sealed_note("cursor", {"server": server_url, "at": page.cursor})
        while not await self._page_taken(page, cursor):
            pass  # the worker saved one of these records meanwhile: judge the page again

    async def _page_taken(self, page: wire.Page, cursor: bytes) -> bool:
        changes: list[tuple[str, Row | None, Row | None]] = []
        for record in page.records:
            row = self._row(record.id)
            mine = await self._opened_or_none(row) if row else None
            if row is not None and mine is None:  # what stands here does not open: it may be unsent, it stays
                continue
            wanted = keeping.pulled(record, mine)
            if wanted is not mine:
                changes.append((record.id, row, await self._sealed(wanted) if wanted else None))
        with self._transaction():
            if any(self._row(record_id) != before for record_id, before, _ in changes):
                return False
            for record_id, _, after in changes:
                self._put(record_id, after)
            self._set_meta("cursor", cursor)
        return True

    async def _change(
        self, record_id: str, change: Callable[[Kept | None], Kept | None], ends: str | None = None
    ) -> Kept | None:
        """Reads, changes and writes one record as if alone. Sealing lets others run (a browser's WebCrypto is
        asynchronous), and the worker may save meanwhile: then the change is made again, upon that."""
        while True:
            row = self._row(record_id)
            now = await self._opened(row) if row else None
            wanted = change(now)
            if wanted is now and ends is None:
                return now
            after = await self._sealed(wanted) if wanted else None
            with self._transaction():
                if self._row(record_id) == row:
                    if ends is not None:
                        self._remove(ends)
                    self._put(record_id, after)
                    return wanted

    async def acknowledged(self, received: bool = False) -> dict[str, str]:
        """What the server said it holds of this tablet's own, deletions too, and of the team's with `received`:
        ids, each with its mark."""
        states = ("sent", "received") if received else ("sent",)
        gone = self._connection.execute("SELECT id, kind, revision FROM sealed WHERE state = 'gone'").fetchall()
        found = {row[0]: wire.mark(row[2], wire.digest(row[1], True, {})) for row in gone}
        for kept in await self.all():
            if kept.state in states and kept.kind not in keeping.PUBLISHED:
                found[kept.id] = wire.mark(kept.revision, kept.record.digest)
        return found

    async def send_again(self, record_ids: Iterable[str]) -> None:
        """What the server acknowledged and lost goes to it once more."""
        for record_id in record_ids:
            await self._change(record_id, lambda now: now.again() if now and now.state in HELD_THERE else now)
            await asyncio.sleep(0)  # thousands of them must not freeze the screen

    async def cursor(self, server_url: str) -> str | None:
        """Where the pull from that server stands; None at the first pull from it."""
        kept = await self.note("cursor")
        return kept.get("at") if kept.get("server") == server_url else None

    @property
    def room(self) -> int:
        """Bytes left on the medium the file lies on."""
        path = self._connection.execute("PRAGMA database_list").fetchone()[2]
        return shutil.disk_usage(path).free

    def counts(self) -> dict[str, int]:
        """How many records stand in each state, what was received or is gone aside."""
        return dict(
            self._connection.execute(
                "SELECT state, count(*) FROM sealed WHERE state NOT IN ('received', 'gone') GROUP BY state"
            )
        )

    async def keep_note(self, name: str, value: dict[str, Any]) -> None:
        """Keeps something small, sealed: the enrolment, the last values used, the last success."""
        sealed = await self._sealed_note(name, value)
        with self._transaction():
            self._set_meta(name, sealed)

    async def note(self, name: str) -> dict[str, Any]:
        """What `keep_note` kept; empty when there is none."""
        sealed = self._meta(name)
        if sealed is None:
            return {}
        found: dict[str, Any] = json.loads(await self.vault.open(sealed, f"meta|{name}"))
        return found

    def rewrap(self, name: str, wrapped: bytes, gone: str) -> None:
        """Keeps the data key wrapped another way, and removes the way it was wrapped before."""
        with self._transaction():
            self._set_meta(name, wrapped)
            self._connection.execute("DELETE FROM meta WHERE name = ?", (gone,))

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _meta(self, name: str) -> bytes | None:
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def _set_meta(self, name: str, value: bytes) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    async def _sealed_note(self, name: str, value: dict[str, Any]) -> bytes:
        return await self.vault.seal(json.dumps(value).encode(), f"meta|{name}")

    async def _sealed(self, kept: Kept) -> Row:
        if self._open is None:
            await self.all()  # the numbers of those that stand here come first
        kept = self._entries.numbered(kept)
        body = {name: value for name, value in asdict(kept).items() if name not in _CLEAR}
        ciphertext = await self.vault.seal(json.dumps(body, ensure_ascii=False).encode(), kept.bound_to)
        return (kept.id, kept.kind, kept.revision, kept.base_revision, kept.state, ciphertext)

    async def _opened(self, row: Row) -> Kept:
        record_id, kind, revision, base, state, ciphertext = row
        bare = Kept(record_id, kind, {}, state, revision, base)
        body = json.loads(await self.vault.open(ciphertext, bare.bound_to))
        return self._entries.read(replace(bare, **body))

    async def _opened_or_none(self, row: Row) -> Kept | None:
        try:
            return await self._opened(row)
        except SealBrokenError:
            return None

    def _row(self, record_id: str) -> Row | None:
        found: Row | None = self._connection.execute("SELECT * FROM sealed WHERE id = ?", (record_id,)).fetchone()
        return found

    def _write(self, row: Row) -> None:
        self._changed.add(row[0])
        self._connection.execute("INSERT OR REPLACE INTO sealed VALUES (?, ?, ?, ?, ?, ?)", row)

    def _remove(self, record_id: str) -> None:
        self._changed.add(record_id)
        self._connection.execute("DELETE FROM sealed WHERE id = ?", (record_id,))

    def _put(self, record_id: str, row: Row | None) -> None:
        if row is None:
            self._remove(record_id)
        else:
            self._write(row)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
