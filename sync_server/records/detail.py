"""One record as the coordinator reads it: its fields, every revision with what it changed, and what followed.

A revision says whether it came from a tablet or from the coordination, and on which day; never whose (PRIVACY).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from shared import choices, field_labels, merge
from shared.merge import Difference
from shared.models import KINDS
from sync_server.intake.store import PAST, RECORD
from sync_server.records.record_list import (
    ENCOUNTER,
    FOLLOW_UP,
    REVIEW,
    SUBJECTS,
    Names,
    format_outcome,
    join_reviews,
    state_of,
)

TABLET, DESK, SLIP = "tablette", "coordination", "service, par coupon"


@dataclass(frozen=True, slots=True)
class RecordDetail:
    """A record as it stands; a deleted one has no fields. `note` is the reviewer's, of this very revision."""

    id: str
    kind: str
    revision: int
    digest: str
    team: str
    day: date | None
    received_on: date
    deleted: bool
    fields: dict[str, Any]
    state: str
    note: str
    by_device: bool

    @property
    def label(self) -> str:
        """Name of the record for a person."""
        return field_labels.dated(self.kind, self.day)

    @property
    def short(self) -> str:
        """Name in the audit log: the kind and the reference."""
        return f"{field_labels.KIND_LABELS[self.kind]} {self.reference}"

    @property
    def reference(self) -> str:
        """The end of its id, which tells no day: what the log says of it."""
        return self.id[-8:]


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision: who, when, and what it changed in the one before. `can_return` when it could stand again."""

    number: int
    day: date
    by: str
    deleted: bool
    changes: list[Difference]
    can_return: bool


@dataclass(frozen=True, slots=True)
class After:
    """A follow-up of one of the parts of an encounter, in words."""

    id: str
    subject: str
    day: date
    outcome: str
    reason: str
    by: str


def read_detail(connection: Connection, territory: str, record_id: str) -> RecordDetail | None:
    """Read the record under that id, or None; a service of the directory is none of these."""
    c = RECORD.c
    query = join_reviews(select(RECORD, REVIEW.c.state.label("reviewed"), REVIEW.c.note))
    row = connection.execute(query.where(c.territory == territory, c.id == record_id)).first()
    if row is None or row.kind not in KINDS:
        return None
    return RecordDetail(
        row.id, row.kind, row.revision, row.digest, row.team or "", row.day, row.received_on, row.deleted,
        json.loads(row.body), state_of(row.deleted, row.reviewed), row.note or "", row.device_id is not None,
    )  # fmt: skip


def revision_fields(
    connection: Connection, territory: str, record_id: str, revision: int
) -> dict[str, Any] | None:
    """Return the fields of a revision that a later one replaced; None where it is not known, or was a deletion."""
    c = PAST.c
    body = connection.scalar(
        select(c.body).where(c.territory == territory, c.id == record_id, c.revision == revision, ~c.deleted)
    )
    return json.loads(body) if body else None


def history(connection: Connection, territory: str, record: RecordDetail, called: Names) -> list[Revision]:
    """Return every revision, the latest first."""
    c = PAST.c
    past = connection.execute(
        select(c.revision, c.received_on, c.device_id, c.deleted, c.body)
        .where(c.territory == territory, c.id == record.id)
        .order_by(c.revision)
    )
    steps: list[tuple[int, date, bool, bool, dict[str, Any]]] = [
        (row.revision, row.received_on, row.device_id is not None, row.deleted, json.loads(row.body))
        for row in past
    ]
    steps.append((record.revision, record.received_on, record.by_device, record.deleted, record.fields))
    found: list[Revision] = []
    before: dict[str, Any] | None = None
    for number, day, by_device, deleted, fields in steps:
        changes = compare_fields(record.kind, before, fields, called) if before is not None and not deleted else []
        last = number == record.revision
        found.append(
            Revision(
                number, day, _by(record.kind, number, by_device, fields), deleted, changes, not (deleted or last)
            )
        )
        before = before if deleted else fields
    return found[::-1]


def _by(kind: str, number: int, by_device: bool, fields: Mapping[str, Any]) -> str:
    if by_device:
        return TABLET
    return SLIP if kind == "follow_up" and number == 1 and fields.get("reported_by") == "service" else DESK


def compare_fields(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any], called: Names
) -> list[Difference]:
    """Return the fields that differ: `theirs` is what stood before, `mine` what replaced it."""
    found = []
    for name in KINDS[kind].model_fields:
        if not merge.alike(kind, after, before, name):
            words = (format_field(name, side, kind, called) for side in (after, before))
            found.append(Difference(name, field_labels.of(name), *words))
    return found


def format_field(name: str, fields: Mapping[str, Any], kind: str, called: Names) -> str:
    """Format a field as a person reads it; the outcome of a follow-up by the list of what it is about."""
    if name == "outcome" and kind == "follow_up" and fields.get("outcome"):
        return format_outcome(fields)
    return merge.said(name, merge.value(kind, fields, name), called.service)


def list_fields(record: RecordDetail, called: Names) -> list[tuple[str, str]]:
    """List each field with what it says, in the order of the form; what a follow-up is about is said apart."""
    names = [name for name in KINDS[record.kind].model_fields if name != "subject_id"]
    return [(field_labels.of(name), format_field(name, record.fields, record.kind, called)) for name in names]


def follow_ups(connection: Connection, territory: str, record: RecordDetail, called: Names) -> list[After]:
    """List what became of the referrals, obstacles and rights of an encounter, in order."""
    subjects = {
        part["id"]: merge.said(name, [part], called.service)
        for name in ("referrals", "obstacles", "rights")
        for part in record.fields.get(name, ())
    }
    if not subjects:
        return []
    c = FOLLOW_UP.c
    rows = connection.execute(
        select(FOLLOW_UP).where(c.territory == territory, c.subject_id.in_(list(subjects))).order_by(c.day, c.id)
    ).mappings()
    return [_after(dict(row), subjects[row["subject_id"]]) for row in rows]


def _after(row: dict[str, Any], subject: str) -> After:
    reason = choices.load("reason").label_of(row["reason"]) if row["reason"] else ""
    by = choices.load("reported_by").label_of(row["reported_by"])
    return After(row["id"], subject, row["day"], format_outcome(row), reason, by)


def subject(connection: Connection, territory: str, record: RecordDetail) -> tuple[str, date] | None:
    """Return the encounter a follow-up is about, and its day; None when it is not here (yet)."""
    part = SUBJECTS.get(str(record.fields.get("subject_kind", "referral")))
    if record.kind != "follow_up" or record.deleted or part is None:
        return None
    e = ENCOUNTER.c
    row = connection.execute(
        select(e.id, e.day)
        .join(ENCOUNTER, (e.territory == part.c.territory) & (e.id == part.c.encounter_id))
        .where(part.c.territory == territory, part.c.id == record.fields["subject_id"])
    ).first()
    return (row.id, row.day) if row else None


def format_several(records: Sequence[str]) -> str:
    """Name several records at once, for the audit log."""
    return f"{len(records)} saisies" if len(records) > 1 else f"Saisie {records[0][-8:]}"
