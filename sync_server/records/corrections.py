"""Corrections of a record by the coordinator: through the same door and rules as the tablets, which pull it then.

The audit log names the fields that changed and never what they said (PRIVACY).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, select

from shared import merge, rules, wire
from shared.merge import PARTS
from shared.models import KINDS
from shared.problems_fr import Problem
from sync_server.intake import columns, store
from sync_server.intake.judge import SERVICE, Sender
from sync_server.records import correction_form, detail, reviews
from sync_server.records.detail import RecordDetail
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor

SAVED, UNCHANGED, REFUSED, OVERTAKEN, GONE = "saved", "unchanged", "refused", "overtaken", "gone"
CORRECTED, REMOVED, RETURNED = "Saisie corrigée", "Saisie supprimée", "Version rétablie"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an act. `overtaken`: the record had changed meanwhile and nothing was written; `fields` are
    then both versions put together, and `clashes` names the fields that both had changed."""

    status: str
    problems: Sequence[Problem] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    clashes: Sequence[str] = ()


def problems(connection: Connection, territory: str, record: RecordDetail, today: date) -> Sequence[Problem]:
    """Judge the record as it stands by the rules: warnings, or more where the rules have moved."""
    return () if record.deleted else _verdict(connection, territory, record, record.fields, today).problems


def correct(
    engine: Engine, actor: Actor, record_id: str, base: int, typed: Mapping[str, Any], validate: bool = False
) -> Result:
    """Put what was typed in the place of the revision `base`, and validate it at once where asked."""
    with database.reading(engine) as connection:
        record = detail.read_detail(connection, actor.territory, record_id)
        if record is None:
            return Result(GONE)
        if record.revision != base:
            return _overtaken(connection, actor.territory, record, base, typed)
        verdict = _verdict(connection, actor.territory, record, typed, actor.today)
    if verdict.refusals or verdict.fields is None:
        return Result(REFUSED, verdict.problems, typed)
    fields = _apply_changes(record, verdict.fields.compact())
    if not record.deleted and fields == record.fields:
        return Result(UNCHANGED, fields=fields)
    return _write(engine, actor, record, CORRECTED, fields, typed, validate)


def remove(engine: Engine, actor: Actor, record_id: str, base: int) -> Result:
    """Delete the record: a tombstone travels to the tablets, the history stays here."""
    with database.reading(engine) as connection:
        record = detail.read_detail(connection, actor.territory, record_id)
    if record is None:
        return Result(GONE)
    if record.revision != base:
        return Result(OVERTAKEN)
    return Result(UNCHANGED) if record.deleted else _write(engine, actor, record, REMOVED, None, {})


def bring_back(engine: Engine, actor: Actor, record_id: str, base: int, revision: int) -> Result:
    """Make a past revision stand again, as a new one: nothing of the history is rewritten."""
    with database.reading(engine) as connection:
        record = detail.read_detail(connection, actor.territory, record_id)
        fields = detail.revision_fields(connection, actor.territory, record_id, revision)
        if record is None or fields is None:
            return Result(GONE)
        if record.revision != base:
            return Result(OVERTAKEN)
        verdict = _verdict(connection, actor.territory, record, fields, actor.today)
    if verdict.refusals:
        return Result(REFUSED, verdict.problems, fields)
    return _write(engine, actor, record, RETURNED, fields, fields)


def _write(
    engine: Engine,
    actor: Actor,
    record: RecordDetail,
    what: str,
    fields: Mapping[str, Any] | None,
    typed: Mapping[str, Any],
    validate: bool = False,
) -> Result:
    """Send the next revision through the door of the tablets; the audit log in the same transaction."""
    revision = record.revision + 1
    raw = {
        "id": record.id,
        "kind": record.kind,
        "revision": revision,
        "base_revision": record.revision,
        "made_from": [wire.mark(record.revision, record.digest)],
        "deleted": fields is None,
        "fields": fields or {},
    }

    def alongside(connection: Connection, receipts: Sequence[wire.Receipt]) -> None:
        if receipts[0].status != "accepted":
            return
        if validate:
            reviews.put(connection, actor, reviews.Word(reviews.VALIDATED), {record.id: revision})
        names = _changed_names(record, fields)
        after = {"revision": revision, "fields": names} | ({"state": reviews.VALIDATED} if validate else {})
        audit_log.note(connection, actor, Act(what, record.short), {"revision": record.revision}, after)

    sender = Sender(actor.territory, record.team, None)
    [receipt] = store.accept(engine, sender, [raw], actor.today, alongside)
    if receipt.status == "refused":
        return Result(REFUSED, [Problem(r.field, r.code, r.message) for r in receipt.reasons], typed)
    if receipt.status != "conflict":
        return Result(SAVED)
    with database.reading(engine) as connection:  # a tablet was faster by a moment
        now = detail.read_detail(connection, actor.territory, record.id)
        return _overtaken(connection, actor.territory, now or record, record.revision, typed)


def _overtaken(
    connection: Connection, territory: str, record: RecordDetail, base: int, typed: Mapping[str, Any]
) -> Result:
    """Merge both versions, where they differ in different places; nothing typed is lost."""
    before = detail.revision_fields(connection, territory, record.id, base)
    if record.deleted or before is None:
        return Result(OVERTAKEN, fields=typed)
    whole, unfinished = _apart(typed)
    was, mine, theirs = (_compact(record.kind, side) for side in (before, whole, record.fields))
    merged = merge.merge(was, mine, theirs, record.kind)
    for name, parts in unfinished.items():
        merged.fields[name] = [*merged.fields.get(name, []), *parts]
    return Result(OVERTAKEN, fields=merged.fields, clashes=merged.clashes)


def _apart(typed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Split what was typed from its parts that are not finished: what tells them from others is not chosen yet."""
    unfinished = {
        name: rest for name, key in PARTS.items() if (rest := [p for p in typed.get(name, ()) if key not in p])
    }
    whole = {
        name: [p for p in value if PARTS[name] in p] if name in unfinished else value
        for name, value in typed.items()
    }
    return whole, unfinished


def _compact(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields without what says nothing, so that two versions differ only where they do."""
    try:
        return KINDS[kind].model_validate(dict(fields)).compact()
    except ValueError:  # of a code or service that is no more, or not finished
        return merge.without_defaults(kind, fields)


def _apply_changes(record: RecordDetail, after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record as it stands with what the form changed in it, and nothing else: a tablet that corrects
    another field meanwhile finds that one as it left it."""
    if record.deleted:
        return dict(after)
    untouched = _compact(record.kind, correction_form.read_untouched(record.kind, record.fields))
    return merge.carry_over(record.fields, untouched, after)


def _changed_names(record: RecordDetail, fields: Mapping[str, Any] | None) -> list[str]:
    if fields is None or record.deleted:
        return []
    return [
        name
        for name in KINDS[record.kind].model_fields
        if not merge.alike(record.kind, fields, record.fields, name)
    ]


def _verdict(
    connection: Connection, territory: str, record: RecordDetail, fields: Mapping[str, Any], today: date
) -> rules.Verdict:
    services = set(connection.scalars(select(SERVICE.c.id).where(SERVICE.c.territory == territory)))
    asked = wire.Record(id=record.id, kind=record.kind, revision=1, fields=dict(fields))
    days = {s.id: s.day for s in columns.subjects(connection, territory, [asked])}
    return rules.judge(record.kind, dict(fields), rules.Evidence(today, services, days))
