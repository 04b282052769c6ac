"""Quarantine: what a tablet sent and the server did not take. It waits on the tablet, and is seen here too.

A refused record is kept here by its reasons only: what the rules did not let in must not come in by this door. The
tablet's version in a conflict passed the rules: both can be laid side by side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from shared import field_labels, ids, merge, problems_fr, wire
from shared.merge import Difference
from shared.models import KINDS
from shared.models.tables import Service
from sync_server.intake.decision import Head
from sync_server.intake.judge import REVOKED, Incoming, Sender
from sync_server.storage.tables import HeldRecord, Quarantined, Team, table

QUARANTINE, RECORD, SERVICE, TEAM = (table(m) for m in (Quarantined, HeldRecord, Service, Team))
CHANGED = "Deux personnes l’ont modifiée : l’agent choisit sur sa tablette."
DELETED_THERE = "Supprimée sur la tablette, modifiée ailleurs : l’agent choisit sur sa tablette."
DELETED_HERE = "Modifiée sur la tablette, supprimée ailleurs : l’agent choisit sur sa tablette."
CHANGED_BY_OTHERS = (
    "Envoyée par une tablette d’une autre équipe, qui ne peut pas la changer : rien n’a été changé. Si cette "
    "version est juste, corrigez la saisie."
)
DELETED_BY_OTHERS = (
    "Suppression demandée par une tablette d’une autre équipe : rien n’a été supprimé. Si elle est juste, "
    "supprimez la saisie."
)
ABOUT_OTHERS = "Suite donnée par une tablette d’une autre équipe que celle de la rencontre : elle ne compte pas."
_OF_RECORD = func.substr(QUARANTINE.c.id, 1, 36)
"""The id of the record, where what waits is kept apart under it and a team."""
LEFT = ("refused", "conflict")
"""What a receipt says of what was not taken."""
MOST_SHOWN = 200
"""The most that one page shows, the oldest first."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record that waits on a tablet: since when, whose, what, why; `differences` between the tablet's version
    (`mine`) and the server's in a conflict."""

    since: date
    team: str
    kind: str
    reasons: list[str]
    differences: list[Difference]


def is_any_left(receipts: Iterable[wire.Receipt]) -> bool:
    """Tell whether a record was not taken."""
    return any(answer.status in LEFT for answer in receipts)


def note(
    connection: Connection,
    sender: Sender,
    incoming: Sequence[Incoming | None],
    receipts: Sequence[wire.Receipt],
    today: date,
) -> None:
    """Save what was not taken, once per record and device: the last time it was sent. In the transaction that
    takes the rest, and so in the territory's turn: what the tablet is told, the coordination can see, and a note
    that cannot be written leaves nothing half done. What has no device waits on none: the console and the page of
    the slips answer at once."""
    rows = {}
    for receipt, item in zip(receipts, incoming, strict=True):
        if receipt.status not in LEFT or sender.device_id is None:
            continue
        record = item.record if item else None
        kind = record.kind if record and record.kind in KINDS else ""
        body = item.body if item and _shows(receipt, item.record) else ""
        key = _key(receipt.id)
        rows[key] = _row(sender, key, kind, _sentences(receipt, record), body, today)
    _write(connection, sender, rows)


def note_apart(
    connection: Connection, sender: Sender, items: Iterable[Incoming], held: Mapping[str, Head], today: date
) -> None:
    """Save for the coordination what another team's tablet sent of a record, or about one, that is not its own.
    What it only sends again, as it says, asks for nothing."""
    rows = {}
    for item in items:
        record, head = item.record, held.get(item.record.id)
        # Only sent again after a restore, or the very same as what is held: nobody has to decide anything.
        if record.base_revision == record.revision or (head is not None and head.digest == item.digest):
            continue
        about = head is None and record.kind == "follow_up"
        reason = DELETED_BY_OTHERS if record.deleted else ABOUT_OTHERS if about else CHANGED_BY_OTHERS
        body = "" if record.deleted else item.body
        rows[item.key] = _row(sender, item.key, record.kind, [reason], body, today)
    _write(connection, sender, rows)


def _row(sender: Sender, key: str, kind: str, reasons: list[str], body: str, today: date) -> dict[str, Any]:
    return {
        "territory": sender.territory,
        "id": key,
        "device_id": sender.device_id or "",
        "team": sender.team,
        "kind": kind,
        "received_on": today,
        "reasons": json.dumps(reasons, ensure_ascii=False),
        "body": body,
    }


def _write(connection: Connection, sender: Sender, rows: Mapping[str, dict[str, Any]]) -> None:
    if not rows:
        return
    mine = (QUARANTINE.c.territory == sender.territory) & (QUARANTINE.c.device_id == (sender.device_id or ""))
    connection.execute(delete(QUARANTINE).where(mine, QUARANTINE.c.id.in_(list(rows))))
    connection.execute(insert(QUARANTINE), list(rows.values()))


def clear(connection: Connection, sender: Sender, record_ids: Collection[str]) -> None:
    """Clear what has been taken now; what other teams sent of it waits until the coordination writes."""
    q = QUARANTINE.c
    there = q.id if sender.device_id is not None else _OF_RECORD
    connection.execute(delete(QUARANTINE).where(q.territory == sender.territory, there.in_(list(record_ids))))


def waiting(connection: Connection, territory: str) -> list[Waiting]:
    """Return all that waits, the oldest first."""
    q, r = QUARANTINE.c, RECORD.c
    teams = {row.id: row.name for row in connection.execute(select(TEAM).where(TEAM.c.territory == territory))}
    named = connection.execute(select(SERVICE.c.id, SERVICE.c.name).where(SERVICE.c.territory == territory))
    services = {row.id: row.name for row in named}
    rows = connection.execute(
        select(QUARANTINE, r.body.label("held"))
        .join(RECORD, (r.territory == q.territory) & (r.id == _OF_RECORD), isouter=True)
        .where(q.territory == territory)
        .order_by(q.received_on, q.id, q.device_id)
        .limit(MOST_SHOWN)
    )
    return [
        Waiting(
            row.received_on,
            teams.get(row.team, row.team),
            field_labels.KIND_LABELS.get(row.kind, "Saisie illisible"),
            json.loads(row.reasons),
            _differences(row.kind, row.body, row.held, services),
        )
        for row in rows
    ]


def _differences(kind: str, body: str, held: str | None, services: dict[str, str]) -> list[Difference]:
    if not body or held is None or kind not in KINDS:
        return []
    return merge.differences(kind, json.loads(body), json.loads(held), lambda i: services.get(i, i))


def _key(record_id: str) -> str:
    """Return the id; of one that is none, a digest: whatever was sent in its place must not stay here."""
    return record_id if re.fullmatch(ids.PATTERN, record_id) else sha256(record_id.encode()).hexdigest()[:16]


def _shows(receipt: wire.Receipt, record: wire.Record) -> bool:
    """Tell whether the tablet's version can be laid beside the server's."""
    there = receipt.server is not None and not receipt.server.deleted
    waits = receipt.reasons == [REVOKED]  # it passed the rules, and the tablet may never come back
    return (waits or (receipt.status == "conflict" and there)) and not record.deleted


def _sentences(receipt: wire.Receipt, record: wire.Record | None) -> list[str]:
    if receipt.status == "refused":
        return [_without_value(reason) for reason in receipt.reasons]
    if record is not None and record.deleted:
        return [DELETED_THERE]
    return [DELETED_HERE if receipt.server is not None and receipt.server.deleted else CHANGED]


def _without_value(reason: wire.Reason) -> str:
    """Return the reason without what was sent: a code that is in no list may be anything somebody typed."""
    if not reason.code.startswith("unknown_"):
        return reason.message
    return f"{field_labels.of(problems_fr.printable(reason.field))} : la valeur n’est pas dans la liste"
