"""Keep what stays on this tablet and never travels: whom an encounter concerns (the *repère*), what comes next,
the code of a slip.

A table of its own, sealed by the same vault. The sync is typed against an outbox that does not have it
(`field_app.sync.client.Outbox`), and an import rule keeps the wire away from here (PRIVACY, What may be recorded).
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from field_app.ports.vault import SealBrokenError, Vault

if TYPE_CHECKING:
    from shared import personal_data

LONGEST = 60
"""Characters of a repère at most."""
KEPT_DAYS = 90
"""Days after which a note is erased, whatever became of the referral."""
INSTEAD = {
    "name": "préférez un détail qui ne nomme personne",
    "person": "préférez un détail qui ne nomme personne",
    "birth": "enlevez-la",
    "address": "gardez la rue ou le quartier, sans le numéro",
}
"""What to write in the place of what is warned of, by its sort."""
_AT = re.compile(r"[@＠)\]]\s?")
"""What ends the first half of an address: @, (at) or [at]."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is kept about one encounter (`text`, `step` and its day) or one referral (`code`); `day` is when it was
    first written. Days are ISO."""

    day: str
    text: str = ""
    code: str = ""
    step: str = ""
    step_day: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a repère is worth: refused when there is a problem, kept in spite of a warning. `cause` is what names a
    person in it."""

    problem: str = ""
    warning: str = ""
    cause: personal_data.Finding | None = None


def _to_stored(note: Note) -> bytes:
    """Write a note as it is sealed: its text under the name of the first release, `memo`."""
    step = {"step": note.step, "step_day": note.step_day} if note.step else {}
    return json.dumps({"day": note.day, "memo": note.text, "code": note.code} | step, ensure_ascii=False).encode()


def _from_stored(plain: bytes) -> Note:
    """Read what `_to_stored` wrote."""
    found = json.loads(plain)
    more = {name: found.get(name, "") for name in ("code", "step", "step_day")}
    return Note(found["day"], found.get("memo", ""), **more)


def judge(text: str) -> Judged:
    """Refuse what names a person for certain, warn of what may. It certifies nothing."""
    if len(text) > LONGEST:
        return Judged(f"Trop long : {LONGEST} caractères au plus ({len(text)} saisis). Non gardé.")
    from shared import personal_data  # at its first use, as in `shared.models.base`

    if found := personal_data.find(text):
        label, pronoun = personal_data.LABELS[found.sort], personal_data.pronoun_of(found.sort)
        return Judged(f"C’est {label} : enlevez-{pronoun}. Non gardé.", cause=found)
    return Judged(warning=personal_data.describe_doubt(text, INSTEAD))


class PrivateNotes:
    """The notes by what they are about, opened in memory; `changes` counts how often one was kept or erased. Make
    one with `open_tablet`."""

    def __init__(self, connection: sqlite3.Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._notes: dict[str, Note] = {}
        self.changes = 0
        self._before: dict[str, list[str]] = {}  # the repères kept since this was opened, one a key that was typed

    async def load(self) -> None:
        """Open them all. One that does not open is erased: nobody could read it, nor know when it is too old, and
        it must not keep the records shut."""
        rows = self._connection.execute("SELECT subject, ciphertext FROM private").fetchall()
        opened = await asyncio.gather(
            *(self._vault.open(sealed, _about(subject)) for subject, sealed in rows), return_exceptions=True
        )
        for (subject, _), plain in zip(rows, opened, strict=True):
            if isinstance(plain, SealBrokenError):
                self._erase([subject])
            elif isinstance(plain, BaseException):
                raise plain
            else:
                self._notes[subject] = _from_stored(plain)

    def get(self, subject: str, today: date) -> Note:
        """Return the note of that subject, or an empty one of today."""
        return self._notes.get(subject) or Note(str(today))

    def find(self, subject: str) -> Note | None:
        """Return the note of that subject; None without one."""
        return self._notes.get(subject)

    async def put_text(self, subject: str, text: str, today: date) -> Judged:
        """Save a private note. When it is refused, the one that was there stays; but the beginning of what is
        refused, saved as it was typed, goes: nine digits of a number name somebody too."""
        judged, now = judge(text), self.get(subject, today).text
        wanted = self._standing(subject, now, text, judged.cause) if judged.problem else text.strip()
        if wanted != now:
            self._before.setdefault(subject, []).append(now)
            del self._before[subject][:-LONGEST]
            await self._put(subject, replace(self.get(subject, today), text=wanted))
        if judged.problem and wanted:
            kept = f"{judged.problem} « {wanted} » reste gardé."
            return replace(judged, problem=kept, warning=judge(wanted).warning)
        return judged

    def _standing(self, subject: str, now: str, refused: str, cause: personal_data.Finding | None) -> str:
        """Return what stays kept when that is refused: what is kept now, else the last that was kept before, else
        the rest of what was typed."""
        if cause is None or not _begins(now, refused, cause):
            return now
        before = reversed(self._before.get(subject, []))
        if last := next((text for text in before if not _begins(text, refused, cause)), ""):
            return last
        rest = f"{refused[: cause.start].strip()} {refused[cause.end :].strip()}".strip()
        return "" if judge(rest).problem else rest

    async def put_code(self, subject: str, code: str, today: date) -> None:
        """Save the code of a slip, so that it can be shown again; an empty one withdraws it."""
        await self._put(subject, replace(self.get(subject, today), code=code))

    async def put_step(self, subject: str, step: str, day: str, today: date) -> None:
        """Save what comes next and its day; an empty step says that nothing does."""
        await self._put(subject, replace(self.get(subject, today), step=step, step_day=day if step else ""))

    async def move_texts(self, subjects: Iterable[str], encounter: str) -> None:
        """Make of the repères that the subjects of an encounter had, one each, that of the encounter; it is as old
        as the oldest of them."""
        olds = [(subject, note) for subject in subjects if (note := self._notes.get(subject)) and note.text]
        if not olds:
            return
        day = min(note.day for _, note in olds)
        now = self._notes.get(encounter, Note(day))
        text = now.text
        for _, note in olds:
            if note.text not in text:
                text = f"{text} / {note.text}" if text else note.text
        await self._put(encounter, replace(now, day=min(now.day, day), text=text[:LONGEST]))
        for subject, note in olds:
            await self._put(subject, replace(note, text=""))

    def forget(self, subjects: Collection[str]) -> None:
        """Erase those notes."""
        gone = [subject for subject in subjects if subject in self._notes]
        if not gone:
            return
        self._erase(gone)
        self.changes += 1
        for subject in gone:
            del self._notes[subject]
            self._before.pop(subject, None)

    def forget_all_but(self, alive: Collection[str], today: date) -> None:
        """Erase the notes of what is closed or deleted, and those that are too old."""
        oldest = str(today - timedelta(KEPT_DAYS))
        self.forget([s for s, note in self._notes.items() if s not in alive or note.day < oldest])

    def _erase(self, subjects: Collection[str]) -> None:
        self._connection.executemany("DELETE FROM private WHERE subject = ?", [(s,) for s in subjects])
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # else the log of the database still has it

    async def _put(self, subject: str, note: Note) -> None:
        if not (note.text or note.code or note.step):
            self.forget([subject])
            return
        sealed = await self._vault.seal(_to_stored(note), _about(subject))
        self._connection.execute("INSERT OR REPLACE INTO private VALUES (?, ?)", (subject, sealed))
        self._notes[subject] = note
        self.changes += 1


def _begins(text: str, refused: str, cause: personal_data.Finding) -> bool:
    """Return whether the repère is what is refused with a part of what names a person: it was being typed."""
    before, after = refused[: cause.start].lstrip(), refused[cause.end :].rstrip()
    part = text[len(before) : len(text) - len(after)]
    whole = refused[cause.start : cause.end]
    if cause.sort == "email" and _AT.split(whole)[-1].endswith(part):
        return False  # the word that an address was typed against: « rouge » in « a.b@rouge »
    signs = iter(whole)
    return bool(part) and text == before + part + after and all(sign in signs for sign in part)


def _about(subject: str) -> str:
    return f"private|{subject}|v1"
