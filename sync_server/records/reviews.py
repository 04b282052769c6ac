"""Reviews of records by the coordinator: to look at again, or validated. The word holds for the revision it was
said of: one that a tablet edits later is « reçue » once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from shared import personal_data
from sync_server.intake.store import RECORD
from sync_server.records.detail import format_several
from sync_server.records.record_list import RECEIVED, REVIEW
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.database import in_chunks
from sync_server.storage.desk_tables import NOTE

VALIDATED, AGAIN = "validee", "a-revoir"
ACTS = {VALIDATED: "Saisie validée", AGAIN: "Saisie à revoir", RECEIVED: "Relecture annulée"}
"""The states that may be given, and how the audit log says so."""


@dataclass(frozen=True, slots=True)
class Word:
    """A state, with the note that says why."""

    state: str
    note: str = ""


def faulty(note: str) -> str:
    """Say why a note may not be kept, or nothing: it is about a record, never about a person."""
    if len(note) > NOTE:
        return f"La note est trop longue : {NOTE} caractères au plus."
    if "\x00" in note:
        return "La note contient un caractère illisible : retapez-la au lieu de la coller."
    if sort := personal_data.found_in(note):
        what, pronoun = personal_data.LABELS[sort], personal_data.pronoun_of(sort)
        return f"La note contient {what} : retirez-{pronoun}, aucune personne ne doit être reconnaissable."
    return ""


def give(connection: Connection, actor: Actor, word: Word, seen: Sequence[tuple[str, int]]) -> list[str]:
    """Give that state to the records that still stand as they were seen (id and revision), in one entry of the
    audit log; return the ids of those it was given to. The others have changed: nobody has looked at them yet."""
    database.lock_territory(connection, actor.territory)
    standing: dict[str, int] = {}
    ids = [record_id for record_id, _ in seen]
    c = RECORD.c
    for part in in_chunks(ids):
        rows = connection.execute(
            select(c.id, c.revision).where(c.territory == actor.territory, c.id.in_(part), ~c.deleted)
        )
        standing |= {row.id: row.revision for row in rows}
    same = {record_id: revision for record_id, revision in seen if standing.get(record_id) == revision}
    if same:
        put(connection, actor, word, same)
        act = Act(ACTS[word.state], format_several(list(same)))
        content = {"state": word.state, "note": word.note, "records": [record_id[-8:] for record_id in same]}
        audit_log.note(connection, actor, act, after=content)
    return list(same)


def put(connection: Connection, actor: Actor, word: Word, revisions: dict[str, int]) -> None:
    """Write that state of those revisions, in the place of what was said before."""
    ids = list(revisions)
    for part in in_chunks(ids):
        mine = (REVIEW.c.territory == actor.territory) & REVIEW.c.record_id.in_(part)
        connection.execute(delete(REVIEW).where(mine))
    if word.state == RECEIVED:
        return
    rows = [
        {
            "territory": actor.territory,
            "record_id": record_id,
            "revision": revision,
            "state": word.state,
            "note": word.note,
            "reviewed_by": actor.login,
            "reviewed_on": actor.today,
        }
        for record_id, revision in revisions.items()
    ]
    connection.execute(insert(REVIEW), rows)
