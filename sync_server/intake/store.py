"""Writes every record: takes a batch, decides, writes columns, log and history.

A batch is one short transaction. It takes the territory's row first, so writers follow one another and the
sequence follows the order of commit: no reader's cursor ever passes a row it has not seen (SYNC, The cursor).
What was already held is answered before that, without a lock and without writing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from shared import wire
from sync_server.intake import columns, decision, quarantine, remains, travelling
from sync_server.intake.decision import PAST as PAST  # re-exported
from sync_server.intake.decision import RECORD as RECORD
from sync_server.intake.decision import TERRITORY as TERRITORY
from sync_server.intake.decision import Head
from sync_server.intake.judge import Answers, Incoming, judge, read, receipt
from sync_server.intake.judge import Sender as Sender  # re-exported
from sync_server.intake.sequence import begin_epoch as begin_epoch  # re-exported
from sync_server.intake.sequence import take_numbers as take_numbers
from sync_server.storage import database

Alongside = Callable[[Connection, Sequence[wire.Receipt]], None]
"""What else is written in the transaction that takes a batch; it reads the receipt of each record."""

_VERSIONS = select(*(RECORD.c[name] for name in ("id", "revision", "digest", "team", "device_id"))).where(
    RECORD.c.territory == bindparam("territory"), RECORD.c.id.in_(bindparam("ids", expanding=True))
)
"""Made once: every batch asks it, and making it costs as much as its answer."""


@dataclass(frozen=True, slots=True)
class _JudgedBatch:
    """A batch that was read and judged, ready to be written: `judged` are the records without an answer yet,
    `incoming` all that could be read, by place."""

    sender: Sender
    today: date
    incoming: Mapping[int, Incoming]
    judged: list[Incoming]
    answers: Answers
    alongside: Alongside


def accept(
    engine: Engine, sender: Sender, raw: Sequence[Any], today: date, alongside: Alongside = lambda *_: None
) -> list[wire.Receipt]:
    """Take a batch: return one receipt per record, in the same order, given only after the commit.

    Never raises for a bad record; a database that fails raises, nothing is written, and the tablet keeps all.
    """
    # 1. Read each envelope: a record that cannot be read refuses only itself.
    found = {place: read(place, item) for place, item in enumerate(raw)}
    answers: Answers = {place: one for place, one in found.items() if isinstance(one, wire.Receipt)}
    incoming = {place: one for place, one in found.items() if isinstance(one, Incoming)}
    with database.reading(engine) as connection:
        # 2. Answer what is held already, the same to the letter: no lock, no write.
        unseen, held, repeats = _answer_repeats(connection, sender, list(incoming.values()))
        # 3. Judge the rest by the rules of the tablet.
        judged, refused = judge(connection, sender, unseen, today) if unseen else ([], {})
        # 4. A log that went back: find what it lost of these records, and whose that was.
        left = remains.find(connection, sender.territory, {i.record.id for i in judged} - held)
        judged, not_theirs = remains.settle(connection, sender, judged, left)
    answers |= repeats | refused | not_theirs
    incoming |= {item.place: item for item in judged}
    if not judged and not quarantine.is_any_left(answers.values()):
        return _in_order(answers)
    # 5. Write, in one transaction.
    batch = _JudgedBatch(sender, today, incoming, judged, answers, alongside)
    try:
        with database.writing(engine) as connection:
            return _write(connection, batch, make_room=bool(left))
    except IntegrityError:  # the history has what is about to go there: the log went back in part
        with database.writing(engine) as connection:
            return _write(connection, batch, make_room=True)


def _write(connection: Connection, batch: _JudgedBatch, make_room: bool) -> list[wire.Receipt]:
    """Write what is to be kept of a batch, and what was not taken; return all its receipts, in order."""
    judged, answers = batch.judged, batch.answers
    if make_room:
        judged, repeats = remains.clear(connection, batch.sender, judged)
        answers = answers | repeats
    receipts = _in_order(answers | _keep(connection, batch.sender, judged, batch.today))
    batch.alongside(connection, receipts)
    incoming = [batch.incoming.get(place) for place in range(len(receipts))]
    quarantine.note(connection, batch.sender, incoming, receipts, batch.today)
    return receipts


def _in_order(answers: Answers) -> list[wire.Receipt]:
    return [answers[place] for place in range(len(answers))]


def is_synthetic(connection: Connection, code: str) -> bool:
    """Tell whether this territory holds invented records."""
    return bool(connection.scalar(select(TERRITORY.c.synthetic).where(TERRITORY.c.code == code)))


def _answer_repeats(
    connection: Connection, sender: Sender, incoming: list[Incoming]
) -> tuple[list[Incoming], set[str], Answers]:
    """Answer what this sender holds here already, the same to the letter. Return the other records, the ids of all
    that are held, by whomever, and the answers."""
    asked = {"territory": sender.territory, "ids": list({i.record.id for i in incoming})}
    found = connection.execute(_VERSIONS, asked).all()  # row by row would cost twice as much
    known = {
        (record_id, revision, digest)
        for record_id, revision, digest, team, device_id in found
        if sender.owns(team) and (not sender.revoked or device_id in sender.devices)
    }
    rest, repeats = [], {}
    for item in incoming:
        if (item.record.id, item.record.revision, item.digest) in known:
            repeats[item.place] = receipt(item, "duplicate")
        else:
            rest.append(item)
    return rest, {row.id for row in found}, repeats


def _keep(connection: Connection, sender: Sender, incoming: list[Incoming], today: date) -> Answers:
    """Decide under the territory's lock, then write: the history, the columns, the log. Return a receipt of each
    record."""
    # 1. Lock the territory: from here on no other batch moves what is held.
    code = sender.territory
    database.lock_territory(connection, code)
    if not incoming:
        return {}
    # 2. Decide on each record, in the order of the batch: a later one may follow an earlier one.
    held = decision.heads(connection, code, {i.record.id for i in incoming})
    held = decision.with_apart(connection, sender, incoming, held)
    taken = _take(connection, sender, incoming, held)
    if not taken.items:
        return taken.answers
    # 3. Move what is replaced to the history: revisions held before, and those overtaken within this batch.
    replaced = [key for key in taken.items if key in held]
    if replaced:
        _set_aside(connection, code, replaced)
    if taken.overtaken:
        past = [_past_row(i, sender, taken.heads[i.key].team, held.get(i.key), today) for i in taken.overtaken]
        connection.execute(insert(PAST), past)
    # 4. Write the columns that are counted, but of no record that is kept apart.
    whole = [i for i in taken.items.values() if not i.apart]
    rows = [(i.record, i.fields, taken.heads[i.key].team) for i in whole if i.fields is not None]
    columns.write(connection, code, rows)
    # 5. Write the log, whose numbers are taken as late as can be.
    _log(connection, sender, taken.items.values(), taken.heads, today)
    # 6. What is taken waits no more; what is kept apart waits for the coordination.
    quarantine.clear(connection, sender, [i.key for i in whole])
    quarantine.note_apart(connection, sender, [i for i in taken.items.values() if i.apart], held, today)
    return taken.answers


@dataclass(slots=True)
class _Taken:
    """What a batch changes, by key: `heads`, what is held after it, `items`, the records to write. `overtaken`:
    those accepted, then replaced by a later revision in the same batch. `answers`: a receipt of each record."""

    heads: dict[str, Head]
    items: dict[str, Incoming] = field(default_factory=dict)
    overtaken: list[Incoming] = field(default_factory=list)
    answers: Answers = field(default_factory=dict)


def _take(connection: Connection, sender: Sender, incoming: list[Incoming], held: dict[str, Head]) -> _Taken:
    """Decide on each record of a batch, each against what is held after those before it."""
    taken = _Taken(dict(held))
    for found in incoming:
        item, answer = _decide(connection, sender, found, taken.heads)
        taken.answers[item.place] = answer
        if answer.status == "accepted":
            taken.heads[item.key] = _as_head(item, sender, taken.heads.get(item.key))
            taken.overtaken += [taken.items[item.key]] if item.key in taken.items else []
            taken.items[item.key] = item
    return taken


def _decide(
    connection: Connection, sender: Sender, found: Incoming, heads: dict[str, Head]
) -> tuple[Incoming, wire.Receipt]:
    """Decide on one record: return it as it is to be kept, with its receipt."""
    # 1. By what was sent here: the digest that the log holds.
    item, (status, reasons) = decision.decide(connection, sender, found, heads)
    if status != "conflict":
        return item, receipt(item, status, reasons=list(reasons))
    # 2. A conflict is looked at again by what travelled: whoever pulled what is held knows it by that digest.
    theirs = travelling.held_version(connection, sender.territory, item.key)
    if theirs is not None:
        travelled = heads | {item.key: heads[item.key].with_digest(theirs.digest)}
        item, (status, reasons) = decision.decide(connection, sender, item, travelled)
    if status != "conflict":
        return item, receipt(item, status, reasons=list(reasons))
    # 3. Still a conflict: the tablet gets the other version, and the last one that both were made from.
    return item, receipt(
        item, status, server=theirs, base=travelling.common_base(connection, sender.territory, item)
    )


def _as_head(item: Incoming, sender: Sender, before: Head | None) -> Head:
    """Describe what is held once this is taken: by the team that held it, or the sender's."""
    team = before.team if before else item.team or sender.team
    day = _day_of(item, before)
    return Head(item.record.revision, item.digest, sender.device_id, day, False, False, team, item.kind)


def _set_aside(connection: Connection, code: str, replaced: list[str]) -> None:
    """Move the held revisions to the history; their columns and their place in the log are freed."""
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
    """Number the records in the order of commit: the range is taken as late as can be."""
    first = take_numbers(connection, sender.territory, len(taken))
    connection.execute(
        insert(RECORD),
        [
            _revision_row(item, sender, today)
            | {
                "seq": seq,
                "team": heads[item.key].team,
                "day": heads[item.key].day,
                "again": item.record.base_revision == item.record.revision,
            }
            for seq, item in enumerate(taken, start=first)
        ],
    )


def _revision_row(item: Incoming, sender: Sender, today: date) -> dict[str, Any]:
    """Build the columns that the log and the history both hold of a revision."""
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


def _past_row(
    item: Incoming, sender: Sender, team: str | None, before: Head | None, today: date
) -> dict[str, Any]:
    """Build the row of the history for a revision that was overtaken within its own batch."""
    return _revision_row(item, sender, today) | {"team": team, "day": _day_of(item, before)}


def _day_of(item: Incoming, head: Head | None) -> date | None:
    """Return the day it happened; a tombstone keeps the day of what it deletes, so that the same devices pull
    it."""
    day: date | None = getattr(item.fields, "day", None)
    return day if day is not None else head.day if head else None
