"""Every write of a record.

A batch is one short transaction. It takes the territory's row first, so writers follow one another and the
sequence follows the order of commit: no reader's cursor ever passes a row it has not seen (SYNC, The cursor).
What was already held is answered before that, without a lock and without writing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, insert, select, union_all
from sqlalchemy.exc import IntegrityError

from shared import wire
from sync_server.intake import columns, decision, quarantine, remains
from sync_server.intake.decision import PAST as PAST  # known from here to whoever reads the log
from sync_server.intake.decision import RECORD as RECORD
from sync_server.intake.decision import TERRITORY as TERRITORY
from sync_server.intake.decision import Head
from sync_server.intake.judge import Incoming, judge, plain, read, receipt
from sync_server.intake.judge import Sender as Sender  # known from here to whoever pushes or pulls
from sync_server.intake.sequence import begin_epoch as begin_epoch  # so are the numbers and their epochs
from sync_server.intake.sequence import take_numbers as take_numbers
from sync_server.storage import database

Alongside = Callable[[Connection, Sequence[wire.Receipt | None]], None]
"""What else is written in the transaction that takes a batch; it reads what became of each record."""

LOGGED = tuple(RECORD.c[name] for name in ("id", "kind", "revision", "deleted", "body"))
"""What of the log travels to the tablets."""
_VERSIONS = select(*(RECORD.c[name] for name in ("id", "revision", "digest", "team", "device_id"))).where(
    RECORD.c.territory == bindparam("territory"), RECORD.c.id.in_(bindparam("ids", expanding=True))
)
"""Made once: every batch asks it, and making it costs as much as its answer."""


def accept(
    engine: Engine, sender: Sender, raw: Sequence[Any], today: date, alongside: Alongside = lambda *_: None
) -> list[wire.Receipt]:
    """Takes a batch: one receipt per record, in the same order, given only after the commit.

    Never raises for a bad record; a database that fails raises, nothing is written, and the tablet keeps all.
    """
    receipts: list[wire.Receipt | None] = [None] * len(raw)
    incoming = [read(place, item, receipts) for place, item in enumerate(raw)]
    with database.reading(engine) as connection:
        unseen, held = _answer_repeats(connection, sender, [i for i in incoming if i is not None], receipts)
        judged = judge(connection, sender, unseen, today, receipts) if unseen else []
        left = remains.find(connection, sender.territory, {i.record.id for i in judged} - held)
        judged = remains.settle(connection, sender, judged, left, receipts)
    for item in judged:
        incoming[item.place] = item
    if judged or quarantine.left(receipts):
        try:
            with database.writing(engine) as connection:
                if left:
                    judged = remains.clear(connection, sender, judged, receipts)
                _keep(connection, sender, judged, today, receipts)
                alongside(connection, receipts)
                quarantine.note(connection, sender, incoming, receipts, today)
        except IntegrityError:  # the history has what is about to go there: the log went back in part
            with database.writing(engine) as connection:
                judged = remains.clear(connection, sender, judged, receipts)
                _keep(connection, sender, judged, today, receipts)
                alongside(connection, receipts)
                quarantine.note(connection, sender, incoming, receipts, today)
    return [r for r in receipts if r is not None]


def is_synthetic(connection: Connection, code: str) -> bool:
    """Whether this territory holds invented records."""
    return bool(connection.scalar(select(TERRITORY.c.synthetic).where(TERRITORY.c.code == code)))


def _answer_repeats(
    connection: Connection, sender: Sender, incoming: list[Incoming], receipts: list[wire.Receipt | None]
) -> tuple[list[Incoming], set[str]]:
    """Answers what this sender holds here already, the same to the letter; the rest, and the ids that are held by
    whomever."""
    asked = {"territory": sender.territory, "ids": list({i.record.id for i in incoming})}
    found = connection.execute(_VERSIONS, asked).all()  # row by row would cost twice as much
    known = {
        (record_id, revision, digest)
        for record_id, revision, digest, team, device_id in found
        if sender.owns(team) and (not sender.revoked or device_id in sender.devices)
    }
    rest = []
    for item in incoming:
        if (item.record.id, item.record.revision, item.digest) in known:
            receipts[item.place] = receipt(item, "duplicate")
        else:
            rest.append(item)
    return rest, {row.id for row in found}


def _keep(
    connection: Connection,
    sender: Sender,
    incoming: list[Incoming],
    today: date,
    receipts: list[wire.Receipt | None],
) -> None:
    """Decides under the territory's lock, writes the columns, then the log with its numbers."""
    code = sender.territory
    database.take_turn(connection, code)
    if not incoming:
        return
    held = decision.heads(connection, code, {i.record.id for i in incoming})
    held = decision.with_apart(connection, sender, incoming, held)
    heads = dict(held)
    taken: dict[str, Incoming] = {}
    overtaken: list[Incoming] = []  # accepted, then replaced by a later revision in this very batch
    for found in incoming:
        item, answer = _decide(connection, sender, found, heads)
        receipts[item.place] = answer
        if answer.status == "accepted":
            heads[item.key] = _as_head(item, sender, heads.get(item.key))
            overtaken += [taken[item.key]] if item.key in taken else []
            taken[item.key] = item
    if not taken:
        return
    replaced = [key for key in taken if key in held]
    if replaced:
        _set_aside(connection, code, replaced)
    if overtaken:
        past = [
            _held(i, sender, today) | {"team": heads[i.key].team, "day": _day_of(i, held.get(i.key))}
            for i in overtaken
        ]
        connection.execute(insert(PAST), past)
    whole = [i for i in taken.values() if not i.apart]
    columns.write(
        connection, code, [(i.record, i.fields, heads[i.key].team) for i in whole if i.fields is not None]
    )
    _log(connection, sender, taken.values(), heads, today)
    quarantine.clear(connection, sender, [i.key for i in whole])
    quarantine.note_apart(connection, sender, [i for i in taken.values() if i.apart], held, today)


def _decide(
    connection: Connection, sender: Sender, found: Incoming, heads: dict[str, Head]
) -> tuple[Incoming, wire.Receipt]:
    """The receipt of one record, and the record as it is to be kept. A conflict is looked at twice: whoever pulled
    what is held knows it by what travelled, not by what was sent here."""
    item, (status, reasons) = decision.decide(connection, sender, found, heads)
    if status != "conflict":
        return item, receipt(item, status, reasons=list(reasons))
    theirs = _server_version(connection, sender.territory, item.key)
    if theirs is not None:
        travelled = heads | {item.key: heads[item.key].with_digest(theirs.digest)}
        item, (status, reasons) = decision.decide(connection, sender, item, travelled)
    if status != "conflict":
        return item, receipt(item, status, reasons=list(reasons))
    return item, receipt(item, status, server=theirs, base=_common_base(connection, sender.territory, item))


def _as_head(item: Incoming, sender: Sender, before: Head | None) -> Head:
    """What is held once this is taken: by the team that held it, or the sender's."""
    team = before.team if before else item.team or sender.team
    day = _day_of(item, before)
    return Head(item.record.revision, item.digest, sender.device_id, day, False, False, team, item.kind)


def _common_base(connection: Connection, code: str, item: Incoming) -> dict[str, Any] | None:
    """The fields of the last version held that the sender's was made from: what is held now was made from it too.

    None where there is none: after a restore, what is held may come from something older.
    """
    held = union_all(
        *(
            select(c.id, c.kind, c.revision, c.deleted, c.body, c.digest).where(
                c.territory == code, c.id == item.key, ~c.deleted
            )
            for c in (PAST.c, RECORD.c)
        )
    )
    named, known = item.record.made_from, {}
    for row in connection.execute(held):
        version = as_pulled(row)
        if any(wire.mark(row.revision, digest) in named for digest in (row.digest, version.digest)):
            known[row.revision] = version.fields
    return known[max(known)] if known else None


def _set_aside(connection: Connection, code: str, replaced: list[str]) -> None:
    """The held revisions go to the history; their columns and their place in the log are freed."""
    mine = (RECORD.c.territory == code) & RECORD.c.id.in_(replaced)
    names = [column.name for column in PAST.columns]
    connection.execute(insert(PAST).from_select(names, select(*(RECORD.c[name] for name in names)).where(mine)))
    columns.erase(connection, code, replaced)
    connection.execute(delete(RECORD).where(mine))


def _log(
    connection: Connection,
    sender: Sender,
    taken: Collection[Incoming],
    heads: dict[str, Head],
    today: date,
) -> None:
    """Numbers the records in the order of commit: the range is taken as late as can be."""
    first = take_numbers(connection, sender.territory, len(taken))
    connection.execute(
        insert(RECORD),
        [
            _held(item, sender, today)
            | {
                "seq": seq,
                "team": heads[item.key].team,
                "day": heads[item.key].day,
                "again": item.record.base_revision == item.record.revision,
            }
            for seq, item in enumerate(taken, start=first)
        ],
    )


def _held(item: Incoming, sender: Sender, today: date) -> dict[str, Any]:
    """What the log and the history both hold of a revision."""
    return {
        "territory": sender.territory,
        "id": item.key,
        "kind": item.kind,
        "revision": item.record.revision,
        "digest": item.digest,
        "device_id": sender.device_id,
        "received_on": today,
        "deleted": item.record.deleted,
        "body": item.body,
    }


def _day_of(item: Incoming, head: Head | None) -> date | None:
    """The day it happened; a tombstone keeps the day of what it deletes, so that the same devices pull it."""
    day: date | None = getattr(item.fields, "day", None)
    return day if day is not None else head.day if head else None


def _server_version(connection: Connection, code: str, record_id: str) -> wire.Pulled | None:
    c = RECORD.c
    row = connection.execute(select(*LOGGED).where(c.territory == code, c.id == record_id)).first()
    if row is None:  # the other version came in this very batch, and is about to be written
        return None
    return as_pulled(row)


def as_pulled(row: Row[Any]) -> wire.Pulled:
    """A row of the log, with the columns of `LOGGED` at least, as it travels."""
    return wire.Pulled(  # what is kept apart for a team is its own record to that team
        id=plain(row.id),
        kind=plain(row.kind),
        revision=row.revision,
        deleted=row.deleted,
        fields=json.loads(row.body),
    )
