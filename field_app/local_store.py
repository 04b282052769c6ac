"""All the tablet's SQL. Rows are sealed: on the disk stand an id, a kind, numbers and a state, nothing more.

« Enregistré » means durable: each save is one transaction with `synchronous=FULL`. Nothing unsent is ever
deleted but by the worker's own hand.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from field_app import vault as vaults
from field_app.vault import Vault
from shared import wire

State = Literal["draft", "pending", "sent", "to_correct", "received"]
"""brouillon, à envoyer, envoyée, à corriger; and received from the team or the directory."""
UNSENT = ("pending", "to_correct")

_SCHEMA = (
    """
    CREATE TABLE sealed (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, revision INTEGER NOT NULL, base_revision INTEGER,
        state TEXT NOT NULL, ciphertext BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    """,
)
"""One script a version; `user_version` says how many have run. A released script never changes."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as the tablet keeps it. `base_revision` is the last one the server acknowledged; `attempted`
    that some revision may have reached it; `theirs` is the server's version in a conflict."""

    id: str
    kind: str
    fields: dict[str, Any]
    state: State = "draft"
    revision: int = 1
    base_revision: int | None = None
    deleted: bool = False
    attempted: bool = False
    reasons: list[dict[str, str]] = field(default_factory=list)
    theirs: dict[str, Any] | None = None

    @property
    def record(self) -> wire.Record:
        """The record as it travels; what is deleted takes nothing of its content along."""
        return wire.Record(
            id=self.id, kind=self.kind, revision=self.revision, base_revision=self.base_revision,
            deleted=self.deleted, fields={} if self.deleted else self.fields,
        )  # fmt: skip

    def edited(self, fields: dict[str, Any], state: State) -> Kept:
        """The same record with other fields: a new revision as soon as the server may have seen this one."""
        after_conflict = self.theirs["revision"] if self.theirs else None
        revision = max(self.revision, after_conflict or 0) + (1 if self.attempted else 0)
        base = after_conflict or self.base_revision
        return replace(
            self, fields=fields, state=state, revision=revision, base_revision=base, reasons=[], theirs=None
        )


_CLEAR = ("id", "kind", "state", "revision", "base_revision")


class LocalStore:
    """The tablet's database, open and unlocked. Make one with `open_store`."""

    def __init__(self, connection: sqlite3.Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    async def all(self) -> list[Kept]:
        """Every record, opened in memory. Raises SealBrokenError at a row that was tampered with."""
        return [await self._opened(row) for row in self._connection.execute("SELECT * FROM sealed").fetchall()]

    async def get(self, record_id: str) -> Kept | None:
        """One record, if it is there."""
        row = self._connection.execute("SELECT * FROM sealed WHERE id = ?", (record_id,)).fetchone()
        return await self._opened(row) if row else None

    async def keep(self, kept: Kept) -> None:
        """Saves one record, durably: when this returns, a power cut loses nothing."""
        row = await self._sealed(kept)
        with self._transaction():
            self._write(row)

    async def delete(self, kept: Kept) -> None:
        """Deletes by the worker's hand: at once what never left, by a tombstone what the server may have."""
        if not kept.attempted:
            await self.forget(kept.id)
        else:
            await self.keep(replace(kept.edited({}, "pending"), deleted=True))

    async def forget(self, record_id: str) -> None:
        """Removes a record that never left the tablet; for any other, keep a tombstone."""
        with self._transaction():
            self._connection.execute("DELETE FROM sealed WHERE id = ?", (record_id,))

    async def to_send(self, most: int) -> list[Kept]:
        """The next records to push, marked as attempted before they leave: an edit is then a new revision."""
        found = self._connection.execute(
            "SELECT * FROM sealed WHERE state = 'pending' ORDER BY id LIMIT ?", (most,)
        ).fetchall()
        waiting = [await self._opened(row) for row in found]
        leaving = [replace(kept, attempted=True) for kept in waiting]
        sealed = [await self._sealed(kept) for kept in leaving if kept not in waiting]
        if sealed:
            with self._transaction():
                for row in sealed:
                    self._write(row)
        return leaving

    async def mark(self, receipt: wire.Receipt) -> None:
        """What the server said of one record. A receipt for another revision or content than what stands here is
        for something older: an edit made while its push was in flight stays to be sent."""
        kept = await self.get(receipt.id)
        if kept is None or kept.state != "pending" or kept.revision != receipt.revision:
            return
        if receipt.digest and receipt.digest != kept.record.digest:
            return
        await self._settle(kept, receipt)

    async def _settle(self, kept: Kept, receipt: wire.Receipt) -> None:
        if receipt.status in ("accepted", "duplicate"):
            if kept.deleted:
                await self.forget(kept.id)
            else:
                settled = replace(kept, state="sent", base_revision=kept.revision, reasons=[], theirs=None)
                await self.keep(settled)
            return
        reasons = [reason.model_dump() for reason in receipt.reasons]
        theirs = receipt.server.model_dump() if receipt.server else None
        if receipt.status == "conflict":
            message = "Modifiée aussi ailleurs : vérifiez, puis enregistrez de nouveau votre version"
            reasons = [{"field": "", "code": "conflict", "message": message}]
        await self.keep(replace(kept, state="to_correct", reasons=reasons, theirs=theirs))

    async def take_page(self, page: wire.Page, server_url: str) -> None:
        """Keeps a page and its cursor in one transaction. What is unsent here is never overwritten."""
        rows, gone = [], []
        for pulled in page.records:
            mine = await self.get(pulled.id)
            if mine is not None and mine.state not in ("sent", "received"):
                continue
            if pulled.deleted:
                gone.append(pulled.id)
                continue
            state: State = mine.state if mine else "received"
            kept = Kept(
                pulled.id, pulled.kind, pulled.fields, state, pulled.revision, pulled.revision, attempted=True
            )
            rows.append(await self._sealed(kept))
        with self._transaction():
            for row in rows:
                self._write(row)
            self._connection.executemany("DELETE FROM sealed WHERE id = ?", [(record_id,) for record_id in gone])
            self._set_meta(f"cursor {server_url}", (page.cursor or "").encode())

    def cursor(self, server_url: str) -> str | None:
        """Where the pull from that server stands."""
        return (self._meta(f"cursor {server_url}") or b"").decode() or None

    def counts(self) -> dict[str, int]:
        """How many records stand in each state, what was received aside."""
        return dict(
            self._connection.execute("SELECT state, count(*) FROM sealed WHERE state != 'received' GROUP BY state")
        )

    async def keep_note(self, name: str, value: dict[str, Any]) -> None:
        """Keeps something small, sealed: the enrolment, the last values used, the last success."""
        sealed = await self._vault.seal(json.dumps(value).encode(), f"meta|{name}")
        with self._transaction():
            self._set_meta(name, sealed)

    async def note(self, name: str) -> dict[str, Any]:
        """What `keep_note` kept; empty when there is none."""
        sealed = self._meta(name)
        if sealed is None:
            return {}
        found: dict[str, Any] = json.loads(await self._vault.open(sealed, f"meta|{name}"))
        return found

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _meta(self, name: str) -> bytes | None:
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def _set_meta(self, name: str, value: bytes) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    async def _sealed(self, kept: Kept) -> tuple[Any, ...]:
        body = {name: value for name, value in asdict(kept).items() if name not in _CLEAR}
        ciphertext = await self._vault.seal(json.dumps(body, ensure_ascii=False).encode(), _about(kept))
        return (kept.id, kept.kind, kept.revision, kept.base_revision, kept.state, ciphertext)

    async def _opened(self, row: tuple[Any, ...]) -> Kept:
        record_id, kind, revision, base, state, ciphertext = row
        bare = Kept(record_id, kind, {}, state, revision, base)
        return replace(bare, **json.loads(await self._vault.open(ciphertext, _about(bare))))

    def _write(self, row: tuple[Any, ...]) -> None:
        self._connection.execute("INSERT OR REPLACE INTO sealed VALUES (?, ?, ?, ?, ?, ?)", row)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _about(kept: Kept) -> str:
    """What a row is bound to: its table, id, kind, numbers and state, and the version of its form."""
    return f"sealed|{kept.id}|{kept.kind}|{kept.revision}|{kept.base_revision}|{kept.state}|v1"


async def open_store(path: Path, device_secret: bytes) -> LocalStore:
    """Opens the database, brought to this version, with its vault. Raises SealBrokenError when the device secret
    is not the one that sealed it: nothing is erased."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    _upgrade(connection)
    row = connection.execute("SELECT value FROM meta WHERE name = 'data key'").fetchone()
    if row is None:
        # OR IGNORE, then read again: two windows opened at once must end with one and the same key.
        wrapped = await vaults.new_data_key(device_secret)
        connection.execute("INSERT OR IGNORE INTO meta VALUES ('data key', ?)", (wrapped,))
        row = connection.execute("SELECT value FROM meta WHERE name = 'data key'").fetchone()
    return LocalStore(connection, await vaults.unlock(row[0], device_secret))


def _upgrade(connection: sqlite3.Connection) -> None:
    """Runs the scripts that have not run yet, all or none; a database already up to date is not touched."""
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version < len(_SCHEMA):
        for script in _SCHEMA[version:]:
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_SCHEMA)}")
    connection.execute("COMMIT")
