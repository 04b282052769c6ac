"""Every write of a record.

A batch is one short transaction. It takes the territory's row first, so writers follow one another and the
sequence follows the order of commit: no reader's cursor ever passes a row it has not seen (SYNC, The cursor).
What was already held is answered before that, without a lock and without writing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, bindparam, delete, insert, select, union_all, update
from sqlalchemy.exc import IntegrityError

from shared import wire
from sync_server import database, quarantine, rows
from sync_server.intake import Incoming, judge, read, receipt
from sync_server.intake import Sender as Sender  # known from here to whoever pushes or pulls
from sync_server.tables import HeldRecord, PastRevision, Territory, table

RECORD, PAST, TERRITORY = (table(m) for m in (HeldRecord, PastRevision, Territory))
Alongside = Callable[[Connection, Sequence[wire.Receipt | None]], None]
"""What else is written in the transaction that takes a batch; it reads what became of each record."""

_BODY = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
LOGGED = tuple(RECORD.c[name] for name in ("id", "kind", "revision", "deleted", "body"))
"""What of the log travels to the tablets."""
_VERSIONS = select(RECORD.c.id, RECORD.c.revision, RECORD.c.digest).where(
    RECORD.c.territory == bindparam("territory"), RECORD.c.id.in_(bindparam("ids", expanding=True))
)
"""Made once: every batch asks it, and making it costs as much as its answer."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What the server holds under an id."""

    revision: int
    digest: str
    device_id: str | None
    day: date | None
    backed_up: bool
    """Whether it came with a backup, and nobody has changed it since."""
    again: bool
    """Whether a tablet brought it back, and nobody has changed it since."""


def accept(
    engine: Engine, sender: Sender, raw: Sequence[Any], today: date, alongside: Alongside = lambda *_: None
) -> list[wire.Receipt]:
    """Takes a batch: one receipt per record, in the same order, given only after the commit.

    Never raises for a bad record; a database that fails raises, nothing is written, and the tablet keeps all.
    """
    receipts: list[wire.Receipt | None] = [None] * len(raw)
    incoming = [read(place, item, receipts) for place, item in enumerate(raw)]
    with database.reading(engine) as connection:
        unseen = _answer_repeats(connection, sender, [i for i in incoming if i is not None], receipts)
        judged = judge(connection, sender.territory, unseen, today, receipts) if unseen else []
    if judged:
        try:
            with database.writing(engine) as connection:
                _keep(connection, sender, judged, today, receipts)
                alongside(connection, receipts)
        except IntegrityError:  # the log lost records whose columns are still there: these make room
            with database.writing(engine) as connection:
                database.take_turn(connection, sender.territory)
                _clear_remains(connection, sender.territory, [i.record.id for i in judged])
                _keep(connection, sender, judged, today, receipts)
                alongside(connection, receipts)
    found = [r for r in receipts if r is not None]
    _quarantine(engine, sender, incoming, found, today)
    return found


def _quarantine(
    engine: Engine,
    sender: Sender,
    incoming: Sequence[Incoming | None],
    receipts: Sequence[wire.Receipt],
    today: date,
) -> None:
    """Notes what was not taken. Before the receipt leaves: what the tablet is told, the coordination can see. What
    has no device waits on none: the console and the page of the slips answer at once."""
    if sender.device_id is None:
        return
    left = [
        (answer, item.record if item else None)
        for answer, item in zip(receipts, incoming, strict=True)
        if answer.status in ("refused", "conflict")
    ]
    if left:
        with database.writing(engine) as connection:
            quarantine.note(connection, sender, left, today)


def is_synthetic(connection: Connection, code: str) -> bool:
    """Whether this territory holds invented records."""
    return bool(connection.scalar(select(TERRITORY.c.synthetic).where(TERRITORY.c.code == code)))


def _answer_repeats(
    connection: Connection, sender: Sender, incoming: list[Incoming], receipts: list[wire.Receipt | None]
) -> list[Incoming]:
    """Answers what is already held, the same to the letter; the rest is returned."""
    asked = {"territory": sender.territory, "ids": list({i.record.id for i in incoming})}
    found = connection.execute(_VERSIONS, asked).all()  # row by row would cost twice as much
    known = {tuple(row) for row in found}
    rest = []
    for item in incoming:
        if (item.record.id, item.record.revision, item.digest) in known:
            receipts[item.place] = receipt(item, "duplicate")
        else:
            rest.append(item)
    return rest


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
    held = _heads(connection, code, {i.record.id for i in incoming})
    heads = dict(held)
    taken: dict[str, Incoming] = {}
    overtaken: list[Incoming] = []  # accepted, then replaced by a later revision in this very batch
    for item in incoming:
        record = item.record
        status = _decide(connection, sender, item, heads.get(record.id))
        receipts[item.place] = receipt(item, status)
        if status == "conflict":
            theirs = _server_version(connection, code, record.id)
            base = _common_base(connection, code, record)
            receipts[item.place] = receipt(item, status, server=theirs, base=base)
        if status == "accepted":
            heads[record.id] = _Head(record.revision, item.digest, sender.device_id, None, False, False)
            overtaken += [taken[record.id]] if record.id in taken else []
            taken[record.id] = item
    if not taken:
        return
    replaced = [record_id for record_id in taken if record_id in held]
    if replaced:
        _set_aside(connection, code, replaced)
    if overtaken:
        connection.execute(insert(PAST), [_held(i, sender, today) for i in overtaken])
    rows.write(connection, code, [(i.record, i.fields) for i in taken.values() if i.fields is not None])
    _log(connection, sender, taken.values(), held, today)
    quarantine.clear(connection, code, taken)


def _decide(connection: Connection, sender: Sender, item: Incoming, head: _Head | None) -> wire.Status:
    """Accept what is new or follows what is held; never overwrite what the sender has not seen.

    A device's own revisions follow one another even when it missed a receipt: it names those that left, and its
    word is enough where it names none. Put back to an earlier file, it has not seen its own later ones. Who saw a
    later revision than the one that came with a backup saw it here, before: theirs brings it back. What a tablet
    brought back may be of another line: only who made their own version, or names it, goes over it.
    """
    record = item.record
    if head is None:
        return "accepted"
    if record.revision == head.revision:
        return "duplicate" if item.digest == head.digest else "conflict"
    if record.revision < head.revision:
        past = connection.scalar(
            select(PAST.c.digest).where(
                PAST.c.territory == sender.territory, PAST.c.id == record.id, PAST.c.revision == record.revision
            )
        )
        return "duplicate" if past == item.digest else "conflict"
    base = record.base_revision or 0
    own = head.device_id == sender.device_id and base <= head.revision and not record.made_from
    named = wire.mark(head.revision, head.digest) in record.made_from
    seen = named or (base == head.revision and not record.made_from)
    restored = head.backed_up or (head.again and not record.made_from)
    return "accepted" if own or seen or (restored and base > head.revision) else "conflict"


def _common_base(connection: Connection, code: str, record: wire.Record) -> dict[str, Any] | None:
    """The fields of the last version held that the sender's was made from: what is held now was made from it too.

    None where there is none: after a restore, what is held may come from something older.
    """
    held = union_all(
        *(
            select(c.revision, c.digest, c.body).where(c.territory == code, c.id == record.id, ~c.deleted)
            for c in (PAST.c, RECORD.c)
        )
    )
    known = {row.revision: row.body for row in connection.execute(held) if wire.mark(*row[:2]) in record.made_from}
    return json.loads(known[max(known)]) if known else None


def _clear_remains(connection: Connection, code: str, ids: list[str]) -> None:
    """Takes away the columns of what the log does not hold."""
    held = _heads(connection, code, ids)
    rows.erase(connection, code, [record_id for record_id in ids if record_id not in held])


def _set_aside(connection: Connection, code: str, replaced: list[str]) -> None:
    """The held revisions go to the history; their columns and their place in the log are freed."""
    mine = (RECORD.c.territory == code) & RECORD.c.id.in_(replaced)
    names = [column.name for column in PAST.columns]
    connection.execute(insert(PAST).from_select(names, select(*(RECORD.c[name] for name in names)).where(mine)))
    rows.erase(connection, code, replaced)
    connection.execute(delete(RECORD).where(mine))


def _log(
    connection: Connection,
    sender: Sender,
    taken: Collection[Incoming],
    held: dict[str, _Head],
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
                "team": sender.team,
                "day": _day_of(item, held.get(item.record.id)),
                "again": item.record.base_revision == item.record.revision,
            }
            for seq, item in enumerate(taken, start=first)
        ],
    )


def take_numbers(connection: Connection, code: str, count: int) -> int:
    """Takes so many numbers of the territory's sequence, and its row until the commit; the first of them."""
    taken = update(TERRITORY).where(TERRITORY.c.code == code).values(seq=TERRITORY.c.seq + count)
    last: int = connection.execute(taken.returning(TERRITORY.c.seq)).scalar_one()
    return last - count + 1


def begin_epoch(connection: Connection) -> None:
    """Says that all that stands here comes from a backup: the tablets compare, and send again what is missing."""
    connection.execute(update(TERRITORY).values(epoch=str(uuid4()), restored_seq=TERRITORY.c.seq))


def _held(item: Incoming, sender: Sender, today: date) -> dict[str, Any]:
    """What the log and the history both hold of a revision."""
    return {
        "territory": sender.territory,
        "id": item.record.id,
        "kind": item.record.kind,
        "revision": item.record.revision,
        "digest": item.digest,
        "device_id": sender.device_id,
        "received_on": today,
        "deleted": item.record.deleted,
        "body": _BODY.encode(item.record.fields),
    }


def _day_of(item: Incoming, head: _Head | None) -> date | None:
    """The day it happened; a tombstone keeps the day of what it deletes, so that the same devices pull it."""
    day: date | None = getattr(item.fields, "day", None)
    return day if day is not None else head.day if head else None


def _heads(connection: Connection, code: str, ids: Collection[str]) -> dict[str, _Head]:
    c = RECORD.c
    found = connection.execute(
        select(c.id, c.revision, c.digest, c.device_id, c.day, c.seq <= TERRITORY.c.restored_seq, c.again)
        .join(TERRITORY, TERRITORY.c.code == c.territory)
        .where(c.territory == code, c.id.in_(list(ids)))
    )
    return {record_id: _Head(*rest) for record_id, *rest in found}


def _server_version(connection: Connection, code: str, record_id: str) -> wire.Pulled | None:
    c = RECORD.c
    row = connection.execute(select(*LOGGED).where(c.territory == code, c.id == record_id)).first()
    if row is None:  # the other version came in this very batch, and is about to be written
        return None
    return as_pulled(row)


def as_pulled(row: Row[Any]) -> wire.Pulled:
    """A row of the log, with the columns of `LOGGED` at least, as it travels."""
    return wire.Pulled(
        id=row.id, kind=row.kind, revision=row.revision, deleted=row.deleted, fields=json.loads(row.body)
    )
