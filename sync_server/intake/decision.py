"""Decides on one record that was read and passed the rules: whether it is this sender's to write, and whether
it follows what is held.

An id is no secret and gives no right (PRIVACY, Access). What another team holds under an id is, for who sends it,
unknown: nothing of it is told or touched. What was sent is kept apart, under the id and the sender's team, exactly
as a new record would be, but for the figures; the coordination sees it and decides.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, select

from shared import wire
from sync_server.intake.judge import REVOKED, Incoming, Sender, key_apart
from sync_server.storage.tables import HeldRecord, PastRevision, Territory, table

RECORD, PAST, TERRITORY = (table(m) for m in (HeldRecord, PastRevision, Territory))

Decided = tuple[wire.Status, tuple[wire.Reason, ...]]
OTHER_KIND = wire.Reason(
    field="kind",
    code="other_kind",
    message="Saisie : une autre sorte de saisie porte déjà ce numéro ; ressaisissez-la",
)
TOO_FAR = wire.Reason(
    field="revision",
    code="too_far",
    message="Version : son numéro est trop loin de celui que le serveur connaît ; prévenez la coordination",
)


@dataclass(frozen=True, slots=True)
class Head:
    """What the server holds under an id."""

    revision: int
    digest: str
    device_id: str | None
    day: date | None
    backed_up: bool
    """Whether it came with a backup, and nobody has changed it since."""
    resent_after_restore: bool
    """Whether a tablet sent it again after a restore, and nobody has changed it since."""
    team: str | None
    kind: str

    def with_digest(self, digest: str) -> Head:
        """Return the same, as whoever pulled it knows it."""
        return replace(self, digest=digest)

    @property
    def mark(self) -> str:
        """Its revision and content, as who saw it names them."""
        return wire.mark(self.revision, self.digest)


def heads(connection: Connection, code: str, ids: Collection[str]) -> dict[str, Head]:
    """Read what is held under each of these ids."""
    c = RECORD.c
    restored = c.seq <= TERRITORY.c.restored_seq
    found = connection.execute(
        select(c.id, c.revision, c.digest, c.device_id, c.day, restored, c.again, c.team, c.kind)
        .join(TERRITORY, TERRITORY.c.code == c.territory)
        .where(c.territory == code, c.id.in_(list(ids)))
    )
    return {record_id: Head(*rest) for record_id, *rest in found}


def with_apart(
    connection: Connection, sender: Sender, items: Collection[Incoming], held: dict[str, Head]
) -> dict[str, Head]:
    """Add to what is held what is kept apart for the sender's team: seldom any."""
    apart = {key_apart(item.record.id, sender.team) for item in items if _may_be_apart(sender, item, held)}
    return held | heads(connection, sender.territory, apart) if apart else held


def _may_be_apart(sender: Sender, item: Incoming, held: dict[str, Head]) -> bool:
    head = held.get(item.record.id)
    if head is None:  # a tombstone says nothing of what it was about: it follows what it deletes
        return bool(item.apart or item.record.deleted or item.record.base_revision)
    return bool(item.apart) or not sender.owns(head.team)


def _stay_in_place(sender: Sender, item: Incoming, held: dict[str, Head]) -> Incoming:
    """Keep a record where its first revision was put, whatever is known by now of what it is about."""
    head = held.get(item.record.id)
    if item.apart and head is not None and sender.owns(head.team):
        return item.set_apart("")
    if head is None and key_apart(item.record.id, sender.team) in held:
        return item.set_apart(sender.team)
    return item


def decide(
    connection: Connection, sender: Sender, item: Incoming, held: dict[str, Head]
) -> tuple[Incoming, Decided]:
    """Decide on a record: return it as it is to be kept, under its id or apart, with its status."""
    # Where its first revision was put: under its id, or apart for the sender's team.
    item = _stay_in_place(sender, item, held)
    head = held.get(item.key)
    # Another team holds the id: what this tablet wrote when it was of that team is its own, the rest goes apart.
    if head is not None and not item.apart and not sender.owns(head.team):
        if _wrote(connection, sender, item, head):
            found = _judge(connection, sender, item, head)
            if found[0] in ("accepted", "duplicate"):
                return item, found
        item = item.set_apart(sender.team)
        head = held.get(item.key)
    return item, _judge(connection, sender, item, head)


def _wrote(connection: Connection, sender: Sender, item: Incoming, head: Head) -> bool:
    """Tell whether this tablet wrote the record when it was of that team: its enrolments before this one are known
    by their tokens, which it showed."""
    if head.team not in {before.team for before in sender.former}:
        return False
    if head.device_id in sender.devices:
        return True
    p = PAST.c
    mine = (p.territory == sender.territory) & (p.id == item.record.id) & p.device_id.in_(sender.devices)
    return connection.execute(select(p.revision).where(mine).limit(1)).first() is not None


def _judge(connection: Connection, sender: Sender, item: Incoming, head: Head | None) -> Decided:
    """Return the status of a record against what is held in its place, with the reasons of a refusal."""
    # Nothing is held: new, unless its number leaps.
    if head is None:
        return ("refused", (TOO_FAR,)) if _too_far(sender, item.record, 0) else ("accepted", ())
    # Sent before, and the receipt was lost on the way.
    if _repeats(connection, sender, item, head):
        return "duplicate", ()
    # A revoked tablet hands in what it never sent, and edits of what it wrote itself.
    own = head.device_id in sender.devices
    if sender.revoked and not (own and head.mark in item.record.made_from):
        return "refused", (REVOKED,)
    # One id, one kind; and a number that a save could have reached.
    if item.kind != head.kind:
        return "refused", (OTHER_KIND,)
    if _too_far(sender, item.record, head.revision):
        return "refused", (TOO_FAR,)
    # An edit of what is held; or else both versions stand, and a person chooses.
    return ("accepted" if _follows(sender, item.record, head, own) else "conflict"), ()


def _repeats(connection: Connection, sender: Sender, item: Incoming, head: Head) -> bool:
    """Tell whether the very same is held, or was. Of a revoked tablet, only what it wrote itself."""
    if item.record.revision > head.revision:
        return False
    if item.record.revision == head.revision:
        return item.digest == head.digest and (not sender.revoked or head.device_id in sender.devices)
    p = PAST.c
    past = connection.execute(
        select(p.digest, p.device_id).where(
            p.territory == sender.territory, p.id == item.key, p.revision == item.record.revision
        )
    ).first()
    if past is None or past.digest != item.digest:
        return False
    return not sender.revoked or past.device_id in sender.devices


def _follows(sender: Sender, record: wire.Record, head: Head, own: bool) -> bool:
    """Tell whether the record is made from what is held: nothing that the sender has not seen is overwritten.

    After a restore, a revision newer than the backup's is accepted. Where a tablet sent a record again after a
    restore, an edit of it is accepted from its author, or with a `made_from` that names the held version.
    """
    # A new revision has a higher number.
    if record.revision <= head.revision:
        return False
    # Protocol 2 names the versions an edit was made from: there, the number alone says nothing.
    if sender.names_versions and not record.made_from:
        return False
    base = record.base_revision or 0
    # A device's own revisions follow one another, even when it missed a receipt.
    mine = own and base <= head.revision and not record.made_from
    # The sender saw what is held: it names it, or (protocol 1) counts from its number.
    seen = head.mark in record.made_from or (base == head.revision and not record.made_from)
    # After a restore, the sender saw here, before, a later revision than the one that came back.
    restored = head.backed_up or (head.resent_after_restore and not record.made_from)
    return mine or seen or (restored and base > head.revision)


def _too_far(sender: Sender, record: wire.Record, held: int) -> bool:
    """Tell whether the number leaps: each save adds one, so a tablet is never far ahead. What it had sent and the
    server lost comes back as it was. The coordination is not bounded: it corrects whatever stands."""
    if sender.device_id is None:
        return False
    if held == 0 and record.base_revision == record.revision:
        return record.revision > wire.MOST_SENT_AGAIN
    return record.revision > min(held + wire.MOST_STEPS, wire.MOST_REVISION)
