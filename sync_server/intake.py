"""What comes in: each record of a batch read and judged before anything is written.

The rules are those of the tablet, once more: a tablet may be old, or mended by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, select

from shared import rules, wire, wording
from shared.models import KINDS, EncounterFields, Fields, Service
from sync_server import local_codes, rows
from sync_server.batches import Damaged
from sync_server.tables import table

SERVICE = table(Service)

DAMAGED = rules.Problem(
    "fields",
    "unreadable",
    "Contenu : cette saisie est illisible ; ouvrez-la, vérifiez-la, puis enregistrez-la de nouveau",
)
UNREADABLE = rules.Problem("fields", "unreadable", "Contenu : un caractère est illisible ; ressaisissez-le")
FULL_TOMBSTONE = rules.Problem(
    "fields",
    "not_empty",
    "Contenu : une saisie supprimée n’en a plus ; mettez à jour l’application et renvoyez",
)
MOST_REASONS = 20
"""Reasons in one receipt: a record of ten thousand keys that do not exist is not to be answered by as many."""
LARGEST = 2**63
"""Of a revision that is told again: every client reads it."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who pushes or pulls: a device, its team, its territory. A service that answers to a slip has no device."""

    territory: str
    team: str
    device_id: str | None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record of the batch that could be read, with its place in the batch."""

    place: int
    record: wire.Record
    digest: str
    fields: Fields | None = None

    @property
    def body(self) -> str:
        """The JSON that is kept and travels: what was judged, with the keys that were sent. `minutes: "60"` was
        judged as 60, and leaves as 60; the digest stays that of what was sent, which its sender knows."""
        return self.fields.model_dump_json(exclude_unset=True) if self.fields is not None else "{}"


def read(place: int, item: Any, receipts: list[wire.Receipt | None]) -> Incoming | None:
    """The envelope of one record, or None with its refusal written."""
    if isinstance(item, Damaged):
        receipts[place] = _unread(item.members, [DAMAGED])
        return None
    try:
        record = wire.Record.model_validate(item)
        canonical = wire.canonical(record.kind, record.deleted, record.fields)
        digest = wire.digest_of(canonical)
        if "\\u0000" not in canonical:  # PostgreSQL keeps no NUL: it would refuse the whole batch
            return Incoming(place, record, digest)
        problems = [UNREADABLE]
    except ValidationError as error:
        problems = list(wording.in_french(error))
    except UnicodeEncodeError:
        problems = [UNREADABLE]
    except RecursionError:  # read, but too deep to be written again
        problems = [DAMAGED]
    receipts[place] = _unread(item if isinstance(item, dict) else {}, problems)
    return None


def _unread(members: Mapping[str, Any], problems: Sequence[rules.Problem]) -> wire.Receipt:
    """The refusal of a record that could not be read, under the id and revision that could."""
    record_id, revision = members.get("id"), members.get("revision")
    return wire.Receipt(
        id=wording.printable(record_id[:100]) if isinstance(record_id, str) else "",
        revision=revision if type(revision) is int and abs(revision) < LARGEST else 0,
        status="refused",
        reasons=_reasons(problems),
    )


def judge(
    connection: Connection,
    territory: str,
    incoming: list[Incoming],
    today: date,
    receipts: list[wire.Receipt | None],
) -> list[Incoming]:
    """The same rules as on the tablet, again: refusals are written, the rest is returned with its fields.

    Follow-ups come last: what they are about may be in this very batch.
    """
    local_codes.adopt(connection, territory)
    days = rows.subject_days(connection, territory, [i.record for i in incoming])
    services = set(connection.scalars(select(SERVICE.c.id).where(SERVICE.c.territory == territory)))
    context = rules.Context(today, services, days)
    kept = []
    for item in sorted(incoming, key=lambda i: i.record.kind == "follow_up"):
        verdict = _verdict(item.record, context)
        if refusals := verdict.refusals:
            receipts[item.place] = receipt(item, "refused", reasons=_reasons(refusals))
            continue
        if isinstance(verdict.fields, EncounterFields):
            days.update(dict.fromkeys(verdict.fields.subject_ids, verdict.fields.day))
        kept.append(Incoming(item.place, item.record, item.digest, verdict.fields))
    return sorted(kept, key=lambda i: i.place)


def _verdict(record: wire.Record, context: rules.Context) -> rules.Verdict:
    """What the rules say of a record. A tombstone has no fields to judge, so it must truly have none: they would
    be kept in the log as they came."""
    if not record.deleted or record.kind not in KINDS:
        return rules.judge(record.kind, record.fields, context)
    return rules.Verdict(None, (FULL_TOMBSTONE,) if record.fields else ())


def _reasons(problems: Sequence[rules.Problem]) -> list[wire.Reason]:
    return [wire.Reason(field=p.field, code=p.code, message=p.message) for p in problems[:MOST_REASONS]]


def receipt(item: Incoming, status: wire.Status, **more: Any) -> wire.Receipt:
    """What becomes of a record that could be read."""
    return wire.Receipt(
        id=item.record.id, revision=item.record.revision, status=status, digest=item.digest, **more
    )
