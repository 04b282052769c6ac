"""A record as the tablet keeps it, and what an edit, a receipt or a pull makes of it. No SQL, no I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from shared import merge, wire

State = Literal["draft", "pending", "sent", "to_correct", "received", "gone"]
"""brouillon, à envoyer, envoyée, à corriger; received from the team or the directory; deleted, which the server
knows too: only the id is left, so that the deletion can be sent again should the server lose it."""

HELD_THERE: tuple[State, ...] = ("sent", "gone", "received")
"""The states of what the server said it holds."""
CONFLICT = "Modifiée aussi ailleurs : choisissez ce qui est juste, puis enregistrez"
DELETED_ELSEWHERE = "Supprimée ailleurs : enregistrez de nouveau pour la garder, ou supprimez-la ici aussi"
CHANGED_SINCE = (
    "Vous l’aviez supprimée, mais elle a changé ailleurs depuis : gardez-la, ou supprimez-la de nouveau"
)
STORED = {"from_colleague": "lent", "edit_of": "of"}
"""The names in sealed rows and exported files where they differ from the fields': never to change."""
_FIELDS = {stored: name for name, stored in STORED.items()}


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as the tablet keeps it.

    `base_revision` is the last one the server acknowledged; `attempted` that some revision may have reached it;
    `made_from` has the marks of the acknowledged one, of those before it that this tablet saw, and of those that
    left since, without a receipt: should the server lose some, what it still holds is among them. Each stands
    there once. Where the server knows this version by another mark than its own, that one is the last. In a
    conflict `theirs` is the server's version, and `base` the fields both were made from where the server knows
    them. `from_colleague` says that it is a colleague's, which the server lost. A draft with `edit_of` is an edit
    under way of the saved record that this holds whole, as it is sealed and as it was when the form opened.
    `entered` is its place in the order of entry, given by the store (`Entries`).
    """

    id: str
    kind: str
    fields: dict[str, Any]
    state: State = "draft"
    revision: int = 1
    base_revision: int | None = None
    deleted: bool = False
    attempted: bool = False
    reasons: list[dict[str, str]] = field(default_factory=list)
    made_from: list[str] = field(default_factory=list)
    theirs: dict[str, Any] | None = None
    base: dict[str, Any] | None = None
    from_colleague: bool = False
    edit_of: dict[str, Any] | None = None
    entered: int | None = field(default=None, compare=False)

    def to_stored(self) -> dict[str, Any]:
        """Return all of it as it is sealed, by the names it was first sealed under; not copied, to be written."""
        return {stored: getattr(self, name) for name, stored in _STORED_AS.items()}

    @property
    def entered_here(self) -> bool:
        """Return whether it was entered on this tablet, not by a colleague."""
        return self.state != "received" and not self.from_colleague

    @property
    def digest(self) -> str:
        """Return the digest of what travels (`wire.Record`)."""
        return wire.digest(self.kind, self.deleted, {} if self.deleted else self.fields)

    @property
    def can_travel(self) -> bool:
        """Whether a message can carry it: a file that was brought in, or another version, may have left it so that
        none can."""
        try:
            json.dumps(self.record.fields, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError):
            return False
        return True

    def stopped(self, code: str, message: str) -> Kept:
        """Return what the worker has to look at, else it never leaves: whole, with the reason."""
        if self.from_colleague:  # a colleague's: it is not this worker who can mend it
            return replace(self, state="received", from_colleague=False)
        return replace(self, state="to_correct", reasons=[{"field": "", "code": code, "message": message}])

    @property
    def record(self) -> wire.Record:
        """Return the record as it travels; what is deleted takes nothing of its content along."""
        return wire.Record(
            id=self.id, kind=self.kind, revision=self.revision, base_revision=self.base_revision,
            made_from=self.made_from, deleted=self.deleted, fields={} if self.deleted else self.fields,
        )  # fmt: skip

    @property
    def bound_to(self) -> str:
        """All that the sealed row is bound to: table, id, kind, numbers, state, and the version of its form."""
        return f"sealed|{self.id}|{self.kind}|{self.revision}|{self.base_revision}|{self.state}|v1"

    def edited(self, fields: dict[str, Any], state: State) -> Kept:
        """Return the record with other fields: a new revision as soon as the server may have seen this one."""
        if self.theirs:  # both versions were seen: what is saved now is made from theirs
            return replace(self.upon(wire.Pulled(**self.theirs)), fields=fields, state=state)
        revision = self.revision + (1 if self.attempted else 0)
        return replace(self, fields=fields, state=state, revision=revision, made_from=self.marks_there, reasons=[])

    @property
    def marks_there(self) -> list[str]:
        """Return the marks of the versions the server may hold."""
        before = [] if self.state == "received" else self.made_from
        return _ending_with(before, *([self._own_mark] if self.attempted else []))

    @property
    def _own_mark(self) -> str:
        return wire.mark(self.revision, self.digest)

    @property
    def mark(self) -> str:
        """By which mark the server knows this version, once it acknowledged it: see `known_by`."""
        last = self.made_from[-1] if self.made_from and self.state == "sent" else ""
        return last if last.startswith(f"{self.revision}.") else self._own_mark

    def known_by(self, mark: str) -> Kept:
        """Return the same record, which the server knows by that mark: an older app had sent a number as a text,
        and what came back is what the server made of it."""
        if self.state != "sent" or mark == self.mark or not mark.startswith(f"{self.revision}."):
            return self
        return replace(self, made_from=_ending_with(self.made_from, mark))

    def edit_under(self, draft_id: str) -> Kept:
        """Return the draft in which this record is being edited: it stays as it is until the edit is saved."""
        return Kept(draft_id, self.kind, dict(self.fields), edit_of=deepcopy(self.to_stored()))

    @property
    def clashes(self) -> list[str]:
        """Return the fields to choose in a conflict: both changed them, or nobody knows what they were before."""
        if self.theirs is None or self.theirs["deleted"]:
            return []
        theirs = self.theirs["fields"]
        if self.base is None:
            return [name for name in {**self.fields, **theirs} if self.fields.get(name) != theirs.get(name)]
        return merge.merge(self.base, self.fields, theirs, self.kind).clashes

    @property
    def opened(self) -> Kept:
        """Return what is being edited: the record opened, or this draft itself when it is a new one."""
        return Kept(**from_stored(self.edit_of)) if self.edit_of else self

    def restored(self, now: Kept | None) -> Kept:
        """Return the record after its deletion was undone, `now` being what stands under its id."""
        # The tombstone met a change, and the other version came back: mine is laid beside it again.
        if now is not None and not now.deleted and now.theirs:
            return replace(now, fields=self.fields)._in_conflict(wire.Pulled(**now.theirs), now.base)
        if now is not None and not now.deleted:
            return now
        # The tombstone stands: what was deleted follows it, as an edit would.
        if now is not None:
            return replace(now.edited(self.fields, "pending"), deleted=False)
        # Nothing stands: it never left, and comes back as it was.
        if not self.attempted:
            return self
        # The tombstone reached the server, under the next number: this comes after it.
        tombstone = wire.mark(self.revision + 1, wire.digest(self.kind, True, {}))
        seen = _ending_with(self.marks_there, tombstone)
        return replace(self, state="pending", revision=self.revision + 2, made_from=seen, reasons=[], theirs=None)

    def since(self, opened: Kept) -> Kept:
        """Return what to edit when this stands here now and `opened` is what the worker has on the screen.

        Where the record only travelled meanwhile, it is this one. Where its content changed, it is what the worker
        saw, under a revision of its own: the server then sees that the other version was never read, and asks.
        """
        if self.fields == opened.fields and self.deleted == opened.deleted:
            return self if self.theirs == opened.theirs else replace(self, theirs=opened.theirs)
        return replace(
            opened, state="pending", revision=max(self.revision, opened.revision), attempted=True,
            made_from=opened.marks_there,
        )  # fmt: skip

    def again(self) -> Kept:
        """Return the record that the server had acknowledged and lost, to be sent once more, whoever made it. For
        a colleague's record this tablet does not know the ancestors, so `made_from` is the record itself."""
        if self.state != "received":
            return replace(self, state="pending", from_colleague=False, made_from=self.marks_there)
        return replace(self, state="pending", from_colleague=True, made_from=[self._own_mark])

    def upon(self, theirs: wire.Pulled) -> Kept:
        """Return the next revision, made from that one of the server's."""
        mark = wire.mark(theirs.revision, wire.digest(theirs.kind, theirs.deleted, theirs.fields))
        return replace(
            self, revision=max(self.revision, theirs.revision) + 1, base_revision=theirs.revision,
            made_from=[mark], reasons=[], theirs=None, base=None,
        )  # fmt: skip

    def tombstone(self, revision: int) -> Kept:
        """Return a tombstone, deleted here and there: of the content, only the marks stay."""
        return Kept(
            self.id, self.kind, {}, "gone", revision, revision, deleted=True, attempted=True,
            made_from=self.made_from,
        )  # fmt: skip

    def settled(self, receipt: wire.Receipt) -> Kept:
        """Return what the server's receipt makes of it. A receipt for another revision or content is for something
        older: an edit made while its push was in flight stays to be sent."""
        # 1. Only what waits for this very answer.
        if self.state != "pending" or self.revision != receipt.revision:
            return self
        if receipt.digest and receipt.digest != self.digest:
            return self
        # 2. Refused because this tablet is revoked: its own waits here for a new code.
        if any(reason.code == wire.REVOKED for reason in receipt.reasons) and not self.from_colleague:
            return self
        # 3. A colleague's, sent again because the server lost it: what the server holds by now is right.
        if self.from_colleague:
            found = replace(self, state="received", from_colleague=False)
            return (as_held_there(receipt.server, found) if receipt.server else found) or self.tombstone(
                receipt.revision
            )
        # 4. It is there, now or since a push whose receipt was lost; of a deletion, only the marks stay.
        if receipt.status in ("accepted", "duplicate"):
            sent = replace(self, state="sent", base_revision=self.revision, reasons=[])
            return self.tombstone(self.revision) if self.deleted else sent
        # 5. Somebody else changed it too; or it is refused, and the worker mends it.
        if receipt.status == "conflict":
            return self._in_conflict(receipt.server, receipt.base)
        return replace(self, state="to_correct", reasons=[r.model_dump() for r in receipt.reasons])

    def _in_conflict(self, server: wire.Pulled | None, base: dict[str, Any] | None) -> Kept:
        """Merge what two people changed in different places; the rest is asked, nothing thrown away."""
        theirs = server.model_dump() if server else None
        gone = server is not None and server.deleted
        # 1. Both deleted it: there is nothing to decide.
        if self.deleted and server is not None and server.deleted:
            return self.tombstone(server.revision)
        message, found = DELETED_ELSEWHERE if gone else CONFLICT, replace(self, base=base)
        # 2. Mine is a deletion, which is no version to show: theirs comes back, to decide.
        if self.deleted and server is not None:
            message, found = CHANGED_SINCE, replace(found, deleted=False, fields=server.fields)
        # 3. Both edited one version, which is known: where no field clashes, nobody has to be asked.
        elif server is not None and not gone and base is not None:
            merged = merge.merge(base, self.fields, server.fields, self.kind)
            found = replace(found, fields=merged.fields)
            if not merged.clashes:
                return replace(found.upon(server), state="pending")
        # 4. The rest waits for the worker, with both versions and what they were made from.
        return replace(found, state="to_correct", reasons=_reason(message), theirs=theirs)


_STORED_AS = {each.name: STORED.get(each.name, each.name) for each in fields(Kept)}
"""The name of each field to the name it is sealed under."""


def from_stored(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `Kept.to_stored` gave, by the names of the fields. Raises TypeError for any other form."""
    if not isinstance(found, Mapping):
        raise TypeError(f"an object, not {type(found).__name__}")
    return {_FIELDS.get(name, name): value for name, value in found.items()}


def _ending_with(before: list[str], *marks: str) -> list[str]:
    """Return those marks with the new ones last, each once, and no more than travel."""
    return [*dict.fromkeys(m for m in before if m not in marks), *marks][-wire.MOST_MARKS :]


def _reason(message: str) -> list[dict[str, str]]:
    """Return why a record waits for the worker's choice."""
    return [{"field": "", "code": "conflict", "message": message}]


def as_held_there(record: wire.Pulled, mine: Kept | None) -> Kept | None:
    """Return the server's version in the place of mine; None where nothing of it is kept here."""
    # Deleted there: of this tablet's own the marks stay, to be sent again should the server lose the deletion.
    if record.deleted and record.kind != "service":
        return mine.tombstone(record.revision) if mine is not None and mine.state != "received" else None
    # Its own stays its own, and keeps the marks of what the server may hold: should it lose this, it knows one.
    before: list[str] = []
    if own := mine is not None and mine.state != "received":
        before = mine.made_from if mine.revision == record.revision else mine.marks_there
    state: State = "sent" if own else "received"
    return Kept(
        record.id, record.kind, record.fields, state,
        record.revision, record.revision, deleted=record.deleted, attempted=True,
        made_from=before,
    )  # fmt: skip
