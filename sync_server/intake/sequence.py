"""The numbers of a territory's log, the cursors that name a place in it, and how a log that went back is seen.

Each range of numbers leaves a *mark*: its last number and a few random characters. A cursor names the mark that
its place lies under, and is signed with a secret of the server. A database put back to an earlier moment, by any
means, no longer has that mark, even when it has meanwhile given the same numbers to other records.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from sync_server.storage.tables import SequenceMark, Territory, table

TERRITORY, MARK = table(Territory), table(SequenceMark)
_FORGET = delete(MARK).where(MARK.c.territory == bindparam("code"), MARK.c.seq >= bindparam("first"))
_REMEMBER = insert(MARK)
"""Made once: every batch executes them, and making them costs as much."""
_CURSOR = re.compile(r"([^.]{1,36})\.(\d{1,18})(?:\.(\d{1,18})\.([0-9a-f]{8})\.([\w-]{16}))?", re.ASCII)
"""Epoch and number; then, but in those of before 2026-11-29, the mark it lies under and the signature."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a cursor says, whoever wrote it: `mark` and `nonce` are those of the range that its place lies in."""

    epoch: str
    number: int
    mark: int = 0
    nonce: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class CursorPlace:
    """The place of a cursor in the log. `number` is None where the reader must start again; `holds_earlier` says
    that it holds what it pulled before, `went_back` that the log lost what it once had. Of what is numbered up to
    `first` the reader holds no version: it pulls for the first time."""

    number: int | None
    went_back: bool = False
    holds_earlier: bool = False
    first: int = 0


def take_numbers(connection: Connection, code: str, count: int) -> int:
    """Take so many numbers of the territory's sequence, and its row until the commit; return the first of them."""
    taken = update(TERRITORY).where(TERRITORY.c.code == code).values(seq=TERRITORY.c.seq + count)
    last: int = connection.execute(taken.returning(TERRITORY.c.seq)).scalar_one()
    _leave_mark(connection, code, last - count + 1, last)
    return last - count + 1


def begin_epoch(connection: Connection, code: str | None = None) -> None:
    """Begin an epoch: all that stands here, or in that territory, comes from a backup: the tablets compare, and
    send again what is missing."""
    c = TERRITORY.c
    for each, seq in connection.execute(select(c.code, c.seq)).all():
        if code in (None, each):
            connection.execute(update(TERRITORY).where(c.code == each).values(**new_epoch(seq)))
            _leave_mark(connection, each, 0, seq)


def new_epoch(seq: int = 0) -> dict[str, Any]:
    """Make the values of a territory's row for an epoch that begins at that number."""
    return {"epoch": str(uuid4()), "restored_seq": seq, "cursor_secret": secrets.token_urlsafe(32)}


def _leave_mark(connection: Connection, code: str, first: int, last: int) -> None:
    """Mark the range. Marks from `first` on are of a log that was lost, where only some tables were put back."""
    connection.execute(_FORGET, {"code": code, "first": first})
    connection.execute(_REMEMBER, {"territory": code, "seq": last, "nonce": secrets.token_hex(4)})


def cursor_at(connection: Connection, land: Row[Any], team: str, number: int, first: int = 0) -> str:
    """Return the cursor of that number, for a tablet of that team that pulls for the first time what is numbered
    up to `first`: until it is there, its cursor lies under the mark of there, and is signed as such. `land` is the
    territory's row."""
    begins = number < first
    mine = (MARK.c.territory == land.code) & (MARK.c.seq >= max(number, first))
    above = select(MARK).where(mine).order_by(MARK.c.seq).limit(1)
    mark = connection.execute(above).first()
    if mark is None or not land.cursor_secret:  # numbered by an older version of the server
        return f"{land.epoch}.{number}"
    found = Cursor(land.epoch, number, mark.seq, mark.nonce)
    return f"{land.epoch}.{number}.{mark.seq}.{mark.nonce}.{_sign(found, land.cursor_secret, team, begins)}"


def read_cursor(text: str) -> Cursor | None:
    """Read a cursor; None when it is none of ours."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    epoch, number, mark, nonce, signature = found.groups(default="")
    return Cursor(epoch, int(number), int(mark or 0), nonce, signature)


def find_place(connection: Connection, land: Row[Any], team: str, cursor: str | None) -> CursorPlace:
    """Find the place of that cursor of a tablet of that team. Only what this server signed proves anything: nobody
    else can say that the log went back."""
    # 1. No cursor: from the beginning.
    if not cursor:
        return CursorPlace(0)
    # 2. Of another epoch, or none of ours: start again. Who shows a signature held records of that epoch.
    shown = read_cursor(cursor)
    if shown is None or shown.epoch != land.epoch:
        return CursorPlace(None, holds_earlier=shown is not None and shown.signature != "")
    # 3. Of an older server, unsigned: its number is all there is, and proves nothing.
    if not shown.signature:
        return CursorPlace(shown.number if shown.number <= land.seq else None)
    # 4. Not signed by this server for this team: it proves nothing either.
    begins = hmac.compare_digest(shown.signature, _sign(shown, land.cursor_secret, team, begins=True))
    if not begins and not hmac.compare_digest(shown.signature, _sign(shown, land.cursor_secret, team)):
        return CursorPlace(None)
    # 5. Signed, and its mark is not in the log: the log went back.
    if not holds(connection, land, shown):
        return CursorPlace(None, went_back=True)
    return CursorPlace(shown.number, first=shown.mark if begins else 0)


def holds(connection: Connection, land: Row[Any], shown: Cursor) -> bool:
    """Tell whether the log, in the epoch of that cursor, still is the one that the cursor is of."""
    last: int = land.seq
    if not shown.nonce:
        return shown.number <= last
    mark = select(MARK.c.nonce).where(MARK.c.territory == land.code, MARK.c.seq == shown.mark)
    return shown.mark <= last and connection.scalar(mark) == shown.nonce


def _sign(shown: Cursor, secret: str, team: str, begins: bool = False) -> str:
    """Sign a cursor in sixteen characters. The team is signed too: a tablet that changes team starts again, with
    the new one's. So is whether the tablet pulls for the first time."""
    said = f"{shown.epoch}.{shown.number}.{shown.mark}.{shown.nonce}.{team}" + (".first" if begins else "")
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), said.encode(), "sha256")[:12]).decode()
