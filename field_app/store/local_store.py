"""All the tablet's SQL. Rows are sealed: on the disk stand an id, a kind, numbers and a state, nothing more.

« Enregistré » means durable: each save is one transaction with `synchronous=FULL`. Nothing unsent is ever
deleted but by the worker's own hand.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from field_app.ports.vault import SealBrokenError, Vault
from field_app.store import from_server
from field_app.store.entries import Entries
from field_app.store.kept import HELD_THERE
from field_app.store.kept import Kept as Kept  # known from here to whoever works with the store
from field_app.store.kept import State as State
from field_app.store.sealed_rows import Row, SealedRows
from shared import wire

UNSENDABLE = "Cette saisie ne peut pas partir telle quelle : vérifiez-la, puis enregistrez-la de nouveau"
Change = Callable[[Kept | None], Kept | None]
"""What becomes of a record, None where there is none."""
DAMAGED = " damaged "
"""Between the id and the number of a row that did not open and was set aside."""


class LocalStore(SealedRows):
    """The tablet's database, open and unlocked. Make one with `open_store`."""

    def __init__(
        self, connection: sqlite3.Connection, vault: Vault, free_bytes: Callable[[], int] = lambda: sys.maxsize
    ) -> None:
        super().__init__(connection, vault, free_bytes)
        self._opening = asyncio.Lock()
        self._open: dict[str, Kept | None] | None = None  # what `all` opened; None: does not open
        self._entries = Entries()
        self._all: list[Kept] | None = None  # what `all` returned, until something changes
        self._seen = 0  # the `data_version` it was opened at: another window's writes change it
        self._changed: set[str] = set()  # what was written here since

    async def all(self) -> list[Kept]:
        """Return every record that opens, in no order; those that do not are left as they are, and counted. Opened
        once: 5,000 take 0.3 s. Afterwards only what was written since is read again; as long as nothing was, the
        list is the same object."""
        async with self._opening:  # two at once would each leave out what the other has in hand
            seen: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            # 1. Open everything, the first time and after another window wrote.
            if self._open is None or seen != self._seen:
                self._changed.clear()
                self._all = None
                rows = self._connection.execute("SELECT * FROM sealed WHERE state != 'gone'").fetchall()
                self._open = await self._opened_by_id(rows)
            self._seen = seen
            # 2. Open again what was written here since, one at a time: a save may come between.
            while self._changed:
                self._all = None
                await self._open_again(next(iter(self._changed)), self._open)
            if self._all is None:
                self._all = [kept for kept in self._open.values() if kept is not None]
            return self._all

    async def _open_again(self, record_id: str, found: dict[str, Kept | None]) -> None:
        """Open one row that was written since; nothing is noted where it was written again meanwhile."""
        row = self._row(record_id)
        shown = row if row and row[4] != "gone" else None
        kept = await self._opened_or_none(shown) if shown else None
        if self._row(record_id) == row:
            self._changed.discard(record_id)
            found.pop(record_id, None)
            if shown:
                found[record_id] = kept

    @property
    def unreadable(self) -> int:
        """The number of rows `all` could not open: damaged, swapped, or put back under another id."""
        return len(self._damaged)

    @property
    def _damaged(self) -> set[str]:
        return {record_id for record_id, kept in (self._open or {}).items() if kept is None}

    def unreadable_among(self, state: str) -> int:
        """Return how many of those stand in that state."""
        found = self._connection.execute("SELECT id FROM sealed WHERE state = ?", (state,))
        return sum(record_id in self._damaged for (record_id,) in found) if self._damaged else 0

    async def get(self, record_id: str) -> Kept | None:
        """Return one record, if it is there."""
        row = self._row(record_id)
        return await self._opened(row) if row else None

    async def keep(self, kept: Kept) -> None:
        """Save one record as it is, durably: when this returns, a power cut loses nothing."""
        row = await self._sealed(kept)
        with self._transaction():
            self._write(row)

    async def edit(self, draft: Kept, fields: dict[str, Any], state: State) -> Kept:
        """Save what the worker made of `draft.opened`, upon what stands here now: it may have left meanwhile. The
        draft of an edit ends in the same transaction."""
        opened = draft.opened

        def change(now: Kept | None) -> Kept:
            return (now.since(opened) if now else opened).edited(fields, state)

        return await self._change(opened.id, change, ends=draft.id) or opened

    async def restore(self, deleted: Kept) -> None:
        """Undo a deletion by the worker's hand, whether its tombstone left meanwhile or not."""
        await self._change(deleted.id, deleted.restored)

    async def delete(self, opened: Kept) -> None:
        """Delete by the worker's hand: at once what never left, by a tombstone what the server may have."""

        def change(now: Kept | None) -> Kept | None:
            if now is None or not now.attempted:
                return None
            return replace(now.since(opened).edited({}, "pending"), deleted=True)

        await self._change(opened.id, change)

    async def forget(self, record_id: str) -> None:
        """Remove a record that never left the tablet; for any other, `delete`."""
        with self._transaction():
            self._remove(record_id)

    async def to_send(self, most: int, aside: frozenset[tuple[str, int]] = frozenset()) -> list[Kept]:
        """Return the next records to push but for those ids and revisions, marked as attempted before they leave:
        an edit is then a new revision. What does not open, or cannot travel, takes the place of no other."""
        # 1. Read on until enough may leave: a row that may not counts for none.
        leaving: list[tuple[Row, Kept, Row]] = []
        after: str | None = ""
        while len(leaving) < most and after is not None:
            found = self._connection.execute(
                "SELECT * FROM sealed WHERE state = 'pending' AND id > ? ORDER BY id LIMIT ?", (after, most)
            ).fetchall()
            after = found[-1][0] if len(found) == most else None
            for row in found:
                if (row[0], row[2]) not in aside and (kept := await self._fit(row)):
                    gone = replace(kept, attempted=True)
                    leaving.append((row, gone, row if kept.attempted else await self._sealed(gone)))
        # 2. Note that they leave, before they do: an answer may be lost, and a crash forget that it was sent.
        with self._transaction():
            still = [(gone, row, after) for row, gone, after in leaving[:most] if self._row(gone.id) == row]
            for changed in [sealed for _, row, sealed in still if sealed is not row]:
                self._write(changed)
        return [gone for gone, _, _ in still]  # what changed meanwhile leaves with the next batch

    async def _fit(self, row: Row) -> Kept | None:
        """Return what the row holds, if it can leave; what no message can carry is said to the worker instead."""
        kept = await self._opened_or_none(row)
        if kept is None or kept.can_travel:
            return kept
        await self.stop(kept.id, kept.revision, "unsendable", UNSENDABLE)
        return None

    async def stop(self, record_id: str, revision: int, code: str, message: str) -> None:
        """Set aside what cannot leave, for the worker to look at, unless it changed meanwhile."""

        def change(now: Kept | None) -> Kept | None:
            waits = now is not None and (now.state, now.revision) == ("pending", revision)
            return now.stopped(code, message) if now and waits else now

        await self._change_if_it_opens(record_id, change)

    async def mark(self, receipt: wire.Receipt) -> None:
        """Save what the server said of one record, with it (`Kept.settled`)."""
        await self._change_if_it_opens(receipt.id, lambda now: now.settled(receipt) if now else None)

    async def take_page(self, page: wire.Page, server_url: str) -> None:
        """Save a page and its cursor in one transaction. What is unsent here is never overwritten."""
        cursor = await self._sealed_note("cursor", {"server": server_url, "at": page.cursor})
        while not await self._taken(page.records, from_server.take_pulled, cursor):
            pass  # the worker saved one of these records meanwhile: judge the page again

    async def take_back(self, records: list[wire.Pulled], marks: Mapping[str, str]) -> None:
        """Save what the server gives back of this tablet's own, which it knows by those marks. What is unsent here
        is never overwritten."""
        while not await self._taken(
            records, lambda r, mine: from_server.take_given_back(r, mine, marks.get(r.id, ""))
        ):
            pass

    async def _taken(
        self,
        records: list[wire.Pulled],
        judge: Callable[[wire.Pulled, Kept | None], Kept | None],
        cursor: bytes | None = None,
    ) -> bool:
        # 1. Decide on each record beside what stands here. The worker may save while it is sealed.
        changes: list[tuple[str, Row | None, Row | None, bool]] = []
        for record in records:
            row = self._row(record.id)
            mine = await self._opened_or_none(row) if row else None
            damaged = row is not None and mine is None
            if row is not None and damaged and row[4] not in HELD_THERE:  # it may be unsent: it stays
                continue
            wanted = judge(record, mine)
            if wanted is not mine:
                changes.append((record.id, row, await self._sealed(wanted) if wanted else None, damaged))
        # 2. Write all of them or none: none where one was saved meanwhile, then the caller decides anew.
        with self._transaction():
            if any(self._row(record_id) != before for record_id, before, _, _ in changes):
                return False
            for record_id, _, after, damaged in changes:
                if damaged:
                    self._set_aside(record_id)
                self._put(record_id, after)
            # 3. The cursor goes with its records: after a power cut it has passed none that is not here.
            if cursor is not None:
                self._set_meta("cursor", cursor)
        return True

    def _set_aside(self, record_id: str) -> None:
        """Free the place of a row for what the server has of it; what does not open is not thrown away all the
        same."""
        other = f"{record_id}{DAMAGED}{secrets.token_hex(4)}"
        self._changed |= {record_id, other}
        self._connection.execute("UPDATE sealed SET id = ? WHERE id = ?", (other, record_id))

    async def _change(self, record_id: str, change: Change, ends: str | None = None) -> Kept | None:
        """Read, change and write one record as if alone. Sealing lets others run (a browser's WebCrypto is
        asynchronous), and the worker may save meanwhile: then the change is made again, upon that."""
        while True:
            now = await self._opened(row) if (row := self._row(record_id)) else None
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

    async def _change_if_it_opens(self, record_id: str, change: Change) -> None:
        """Do as `_change`, where nobody looks: a row that does not open stays, and holds back no other."""
        with suppress(SealBrokenError):
            await self._change(record_id, change)

    async def acknowledged(self, received: bool = False) -> dict[str, str]:
        """Return what the server said it holds of this tablet's own, deletions too, and of the team's with
        `received`: ids, each with its mark."""
        states = ("sent", "received") if received else ("sent",)
        gone = self._connection.execute("SELECT id, kind, revision FROM sealed WHERE state = 'gone'").fetchall()
        found = {row[0]: wire.mark(row[2], wire.digest(row[1], True, {})) for row in gone if DAMAGED not in row[0]}
        for kept in await self.all():
            if kept.state in states and kept.kind not in from_server.PUBLISHED:
                found[kept.id] = kept.mark
        return found

    async def send_again(self, record_ids: Iterable[str]) -> None:
        """Send once more what the server acknowledged and lost."""
        for record_id in record_ids:
            await self._change_if_it_opens(record_id, from_server.send_again)
            await asyncio.sleep(0)  # thousands of them must not freeze the screen

    async def missing(self, marks: Mapping[str, str]) -> list[str]:
        """List the ids that the server holds of this tablet's own and that are not here, or otherwise. What is
        unsent here is not asked for: it goes to the server, which compares."""
        mine = await self.acknowledged()
        unsent = {kept.id for kept in await self.all() if kept.state not in HELD_THERE}
        return [i for i, mark in marks.items() if mine.get(i) != mark and i not in unsent]

    async def cursor(self, server_url: str) -> str | None:
        """Return where the pull from that server stands; None at the first pull from it."""
        kept = await self.note("cursor")
        return kept.get("at") if kept.get("server") == server_url else None

    async def _sealed(self, kept: Kept) -> Row:
        if self._open is None:
            await self.all()  # the numbers of those that stand here come first
        return await super()._sealed(self._entries.numbered(kept))

    def _read(self, row: Row, content: bytes) -> Kept:
        return self._entries.read(super()._read(row, content))

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
