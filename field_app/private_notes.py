"""What stays on this tablet and never travels: whom a referral concerns (the *repère*), and the code of its slip.

A table of its own, sealed by the same vault. The sync is typed against an outbox that does not have it
(`field_app.sync.Outbox`), and an import rule keeps the wire away from here (PRIVACY, What may be recorded).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

from field_app.vault import SealBrokenError, Vault
from shared import identity

LONGEST = 60
"""Characters of a repère at most."""
KEPT_DAYS = 90
"""Days after which a note is erased, whatever became of the referral."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is kept about one referral, obstacle or right; `day` (ISO) is when it was first written."""

    day: str
    memo: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a repère is worth: refused when there is a problem, kept in spite of a warning."""

    problem: str = ""
    warning: str = ""


def judge(memo: str) -> Judged:
    """Refuses what names a person for certain, warns of what may. It certifies nothing."""
    if len(memo) > LONGEST:
        return Judged(f"Trop long : {LONGEST} caractères au plus ({len(memo)} saisis). Non gardé.")
    if sort := identity.found_in(memo):
        return Judged(f"C’est {identity.LABELS[sort]} : enlevez-le. Non gardé.")
    if name := identity.first_name_in(memo):
        return Judged(warning=f"« {name} » ressemble à un prénom : préférez un détail qui ne nomme personne.")
    return Judged()


class PrivateNotes:
    """The notes by subject, opened in memory. Make one with `open_tablet`."""

    def __init__(self, connection: sqlite3.Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._notes: dict[str, Note] = {}

    async def load(self) -> None:
        """Opens them all. One that does not open is erased: nobody could read it, nor know when it is too old, and
        it must not keep the records shut."""
        for subject, sealed in self._connection.execute("SELECT subject, ciphertext FROM private").fetchall():
            try:
                self._notes[subject] = Note(**json.loads(await self._vault.open(sealed, _about(subject))))
            except SealBrokenError:
                self._erase([subject])

    def get(self, subject: str, today: date) -> Note:
        """The note of that subject, or an empty one of today."""
        return self._notes.get(subject) or Note(str(today))

    async def put_memo(self, subject: str, memo: str, today: date) -> Judged:
        """Keeps a repère, or erases the one that was there when this one is refused: half a number is none."""
        judged = judge(memo)
        await self._put(subject, replace(self.get(subject, today), memo="" if judged.problem else memo.strip()))
        return judged

    async def put_code(self, subject: str, code: str, today: date) -> None:
        """Keeps the code of a slip, so that it can be shown again; an empty one withdraws it."""
        await self._put(subject, replace(self.get(subject, today), code=code))

    def forget(self, subjects: Collection[str]) -> None:
        """Erases those notes."""
        gone = [subject for subject in subjects if subject in self._notes]
        if not gone:
            return
        self._erase(gone)
        for subject in gone:
            del self._notes[subject]

    def forget_all_but(self, alive: Collection[str], today: date) -> None:
        """Erases the notes of what is closed or deleted, and those that are too old."""
        oldest = str(today - timedelta(KEPT_DAYS))
        self.forget([s for s, note in self._notes.items() if s not in alive or note.day < oldest])

    def _erase(self, subjects: Collection[str]) -> None:
        self._connection.executemany("DELETE FROM private WHERE subject = ?", [(s,) for s in subjects])
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # else the log of the database still has it

    async def _put(self, subject: str, note: Note) -> None:
        if not note.memo and not note.code:
            self.forget([subject])
            return
        sealed = await self._vault.seal(json.dumps(asdict(note), ensure_ascii=False).encode(), _about(subject))
        self._connection.execute("INSERT OR REPLACE INTO private VALUES (?, ?)", (subject, sealed))
        self._notes[subject] = note


def _about(subject: str) -> str:
    return f"private|{subject}|v1"
