"""The import of a data·inclusion file: what it would change, then the change. All the SQL about it.

A service is compared in three: as the file last gave it, as it gives it now, as it stands here. What only the
file changed is taken; what only the coordinator changed stays; what both changed is a conflict, and stays unless
chosen."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from shared import merge
from shared.models import ServiceFields
from sync_server.directory import services
from sync_server.directory.import_read import Candidate, Read, RefusedEntry
from sync_server.directory.services import DirectoryEntry
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.database import in_chunks
from sync_server.storage.import_tables import ImportedService, PendingImport
from sync_server.storage.tables import table

IMPORTED, PENDING = table(ImportedService), table(PendingImport)
_UNTOLD = ServiceFields(name="-").model_dump(mode="json")
"""What a file said of the fields that the server of then did not know."""
_COUNTS = ("more_refused", "elsewhere", "orphans", "more_unknown")
"""What is kept of a reading as a number."""


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """What the file makes of one service. `fields` is what would stand there; `before` and `after` tell the
    fields that differ, in a conflict the coordinator's and the file's."""

    candidate: Candidate
    fields: ServiceFields
    before: dict[str, Any]
    after: dict[str, Any]
    retired: bool = False


@dataclass(slots=True)
class ImportPlan:
    """What applying the file would do now."""

    new: list[ServiceChange] = field(default_factory=list)
    changed: list[ServiceChange] = field(default_factory=list)
    conflicts: list[ServiceChange] = field(default_factory=list)
    unchanged: int = 0


def keep(connection: Connection, actor: Actor, read: Read) -> str:
    """Save what was read until it is applied; what the same login had left waiting goes."""
    body = {
        "candidates": [
            {"id": c.id, "source": c.source, "source_id": c.source_id, "fields": c.fields.model_dump(mode="json")}
            for c in read.candidates
        ],
        "refused": [asdict(refused) for refused in read.refused],
        "counts": {name: getattr(read, name) for name in _COUNTS},
        "unknown": dict(read.unknown),
    }
    import_id = str(uuid4())
    forget(connection, actor)
    values = {"territory": actor.territory, "login": actor.login, "id": import_id}
    connection.execute(insert(PENDING).values(**values, body=json.dumps(body, ensure_ascii=False)))
    return import_id


def forget(connection: Connection, actor: Actor) -> None:
    """Give up what waits."""
    mine = (PENDING.c.territory == actor.territory) & (PENDING.c.login == actor.login)
    connection.execute(delete(PENDING).where(mine))


def waiting(connection: Connection, actor: Actor, import_id: str) -> Read | None:
    """Return the import that waits under that id."""
    c = PENDING.c
    body = connection.scalar(
        select(c.body).where(c.territory == actor.territory, c.login == actor.login, c.id == import_id)
    )
    if body is None:
        return None
    raw = json.loads(body)
    candidates = [
        Candidate(**one | {"fields": ServiceFields.model_validate(one["fields"])}) for one in raw["candidates"]
    ]
    refused = [RefusedEntry(r["line"], r["name"], tuple(r["reasons"])) for r in raw["refused"]]
    read = Read(candidates, refused, **raw["counts"])
    read.unknown.update(raw["unknown"])
    return read


def plan(connection: Connection, territory: str, candidates: list[Candidate]) -> ImportPlan:
    """Work out what these would change, as things stand now."""
    held = {entry.id: entry for entry in services.entries(connection, territory)}
    given = select(IMPORTED.c.id, IMPORTED.c.body).where(IMPORTED.c.territory == territory)
    last = {row.id: _UNTOLD | json.loads(row.body) for row in connection.execute(given)}
    found = ImportPlan()
    for candidate in candidates:
        _place(found, candidate, held.get(candidate.id), last.get(candidate.id))
    return found


def _place(
    found: ImportPlan, candidate: Candidate, now: DirectoryEntry | None, base: dict[str, Any] | None
) -> None:
    theirs = candidate.fields.model_dump(mode="json")
    if now is None:
        found.new.append(ServiceChange(candidate, candidate.fields, {}, theirs))
        return
    mine = now.fields.model_dump(mode="json")
    merged = merge.merge(base or {}, mine, theirs)
    fields = ServiceFields.model_validate(merged.fields)
    if theirs == base or (fields == now.fields and not merged.clashes):
        found.unchanged += 1
    elif merged.clashes or now.retired:
        before, after = services.changes(now.fields, candidate.fields)
        names = [name for name in before if now.retired or name in merged.clashes]
        taken = ServiceFields.model_validate(merged.fields | {name: theirs[name] for name in merged.clashes})
        shown = {n: before[n] for n in names}, {n: after[n] for n in names}
        found.conflicts.append(ServiceChange(candidate, taken, *shown, retired=now.retired))
    else:
        found.changed.append(ServiceChange(candidate, fields, *services.changes(now.fields, fields)))


def apply(connection: Connection, actor: Actor, read: Read, chosen: Collection[str]) -> ImportPlan:
    """Make the changes, with the conflicts `chosen` by their ids; whatever became a conflict since the preview is
    in none of them, and stays. One entry in the log for the whole file."""
    database.lock_territory(connection, actor.territory)
    found = plan(connection, actor.territory, read.candidates)
    overwritten = [change for change in found.conflicts if change.candidate.id in chosen]
    made = [*found.new, *found.changed, *overwritten]
    services.publish(connection, actor.territory, {c.candidate.id: c.fields for c in made}, actor.today)
    left = {change.candidate.id for change in found.conflicts} - {c.candidate.id for c in overwritten}
    _remember(connection, actor, [c for c in read.candidates if c.id not in left])
    if made:
        after = {
            "new": [c.candidate.id for c in found.new],
            "changed": [c.candidate.id for c in found.changed],
            "overwritten": [c.candidate.id for c in overwritten],
        }
        act = Act("Annuaire importé", f"data·inclusion, {len(made)} services")
        audit_log.note(connection, actor, act, None, after)
    forget(connection, actor)
    return found


def _remember(connection: Connection, actor: Actor, candidates: list[Candidate]) -> None:
    """Keep what the file gave, to compare the next one with. A conflict left is asked again."""
    rows = [
        {
            "territory": actor.territory,
            "id": c.id,
            "source": c.source,
            "source_id": c.source_id,
            "imported_on": actor.today,
            "body": json.dumps(c.fields.model_dump(mode="json"), ensure_ascii=False),
        }
        for c in candidates
    ]
    for part in in_chunks(rows):
        ids = [row["id"] for row in part]
        mine = (IMPORTED.c.territory == actor.territory) & IMPORTED.c.id.in_(ids)
        connection.execute(delete(IMPORTED).where(mine))
        connection.execute(insert(IMPORTED), part)
