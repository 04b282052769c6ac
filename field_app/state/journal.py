"""The journal: every record of this tablet, and the true state of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import flet as ft

from field_app.ports.storage import StoreError
from field_app.state.desk import Desk
from field_app.state.follow_ups.followed import PARTS, name_of, subjects_of
from field_app.state.forms.timer import spoken
from field_app.state.records import described, search
from field_app.state.records.described import details as details
from field_app.state.records.described import title as title
from field_app.state.records.place import Place
from field_app.store.local_store import Kept as Kept  # the screens know it from here
from shared import choices, field_labels, merge
from shared.models import KINDS
from shared.search_text import plain

Subject = tuple[str, dict[str, Any]]
"""What a follow-up is about: its kind, and how it stands in its encounter."""

STATES = {
    "running": "En cours",
    "draft": "Brouillon",
    "pending": "À envoyer",
    "sent": "Envoyée",
    "to_correct": "À corriger",
    "received": "Reçue de l’équipe",
    "deleted": "Supprimée",
}
"""What a worker reads for each state of a record. A presence under way is kept as a draft, and is none to them;
what was deleted is one as long as it may be put back."""
DELETED = "deleted"
PAGE = 8
"""How many records are drawn at first, and how many more at each tap: a screen of 5,000 would take seconds."""
EDITABLE = ("encounter", "presence", "group_session", "partner_contact")
DELETABLE = (*EDITABLE, "follow_up", "service_report")
"""What was noted in one tap is noted again rather than edited; but a slip, or what the server refused, must go."""


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class Journal:
    """The records: those to correct, then the latest day and the last entered first. `shown` filters by state,
    empty for those entered here; `words` are looked for; `most` of them are drawn. `read` is the colleague's that
    is shown whole; `running` is the id of the presence that is timed. `asked` is the id of the one that the worker
    is asked about before it is deleted. `deleted` are those deleted or thrown away since the tablet was unlocked,
    which may be put back, the last one last; `told` is the one of them that the screen speaks of, `in_place` are
    those that keep their place in the list until the journal is left."""

    records: list[Kept] = field(default_factory=list)
    shown: str = ""
    words: str = ""
    most: int = PAGE
    read: Kept | None = None
    running: str = ""
    asked: str = ""
    deleted: tuple[Kept, ...] = ()
    told: Kept | None = None
    in_place: frozenset[str] = frozenset()
    place: Place = field(default_factory=Place)
    _subjects: dict[str, Subject] = field(default_factory=dict)  # what follow-ups are about, by its id
    _edits: dict[str, list[Kept]] = field(default_factory=dict)  # of what was deleted, under way until then
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one
    _words: search.Prepared = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the search."""
        self._words = search.Prepared(self._all_said)

    @property
    def visible(self) -> list[Kept]:
        """Return what the filter and the search let through; what was deleted here stays where it was, as such."""
        gone = self._gone
        if self.shown == DELETED:
            found = gone[::-1]
        else:
            still = [k for k in gone if k.id in self.in_place and self.shown in ("", k.state)]
            found = [k for k in self.records if (self.state_of(k) == self.shown if self.shown else k.entered_here)]
            found = sorted([*found, *still], key=_place, reverse=True) if still else found
        return search.find(self.words, found, self._words_of) if self.words.strip() else found

    def look_for(self, words: str) -> None:
        """Search among what the filter lets through."""
        self.words, self.most, self.asked = words, PAGE, ""

    def note(self, kept: Kept) -> str:
        """Return the repère of an encounter, where this tablet holds one."""
        found = self._desk.notes.find(kept.edit_of["id"] if kept.edit_of else kept.id)
        return found.text if found else ""

    def _words_of(self, kept: Kept) -> tuple[str, ...]:
        return *self._words.of(kept), *plain(self.note(kept)).split()  # a note changes while its record stays

    def _all_said(self, kept: Kept) -> str:
        return f"{described.name(kept)} {self.more(kept)} {search.everyday(described.needs_of(kept))}"

    @property
    def _gone(self) -> list[Kept]:
        """Return what was deleted and does not stand here again, by itself or as the server gave it back."""
        standing = {kept.id for kept in self.records} if self.deleted else set()
        return [kept for kept in self.deleted if kept.id not in standing]

    def state_of(self, kept: Kept) -> str:
        """Return the state of a record as a worker knows it, a key of `STATES`."""
        if any(kept is gone for gone in self.deleted):
            return DELETED
        return "running" if kept.id == self.running else kept.state

    def count(self, state: str) -> int:
        """Return how many records stand in that state, or were entered here where it is empty."""
        if not state:
            return sum(kept.entered_here for kept in self.records)
        return len(self._gone) if state == DELETED else sum(self.state_of(kept) == state for kept in self.records)

    def more(self, kept: Kept) -> str:
        """Return what tells it from the others of its day: the slot, the needs, the services."""
        slot = str(kept.fields.get("slot", "inconnu"))
        slots, themes = choices.load("slot"), choices.load("theme")
        parts = [slots.label_of(slot)] if slot != "inconnu" else []
        parts += [themes.plain_of(code) for code in described.needs_of(kept)]
        if kept.kind == "partner_contact" and kept.fields.get("purpose"):
            parts.append(choices.load("partner_purpose").label_of(str(kept.fields["purpose"])))
        named = self._desk.directory.name
        if kept.fields.get("service"):
            parts.append(named(str(kept.fields["service"])))
        told = self._subjects.get(str(kept.fields.get("subject_id")))
        subjects = [("referral", referral) for referral in kept.fields.get("referrals", [])]
        for kind, entry in [*subjects, *([told] if told else [])]:
            parts.append(f"{'vers ' if kind == 'referral' else ''}{name_of(kind, entry, named)}")
        return " · ".join(parts)

    def names(self) -> dict[str, str]:
        """Return the name of each record drawn, by its id: no two are the same, whatever is the same in them."""
        found: dict[str, str] = {}
        times = Counter(described.name(kept) for kept in self.visible[: self.most])
        for kept in self.visible[: self.most]:
            name = described.name(kept)
            if times[name] > 1 and (more := self.more(kept)):
                name = f"{name} · {more}"
            same = sum(other == name or other.startswith(f"{name}, n° ") for other in found.values())
            found[kept.id] = f"{name}, n° {same + 1}" if same else name
        return found

    def open(self, kept: Kept | None) -> None:
        """Show a record whole, to be read; None to show the list again."""
        self.read = kept

    def list_fields(self, kept: Kept) -> list[tuple[str, str]]:
        """List what was entered in a record, in the order of its form: the name of each field and what it says."""
        entered = (
            name for name in KINDS[kept.kind].model_fields if not merge.alike(kept.kind, kept.fields, {}, name)
        )
        service = self._desk.directory.name
        return [
            ("Durée", spoken(kept.fields[name]))
            if name == "minutes"
            else (field_labels.of(name), merge.said(name, kept.fields[name], service, plain=True))
            for name in entered
        ]

    async def refresh(self) -> None:
        """Read the records anew."""
        self.take(await self._desk.store.all())

    def take(self, found: list[Kept]) -> None:
        """Show what the store holds; tombstones and the directory are not shown."""
        shown = [k for k in found if k.kind in field_labels.KIND_LABELS and k.kind != "service"]
        kept = [k for k in shown if not k.deleted or k.state == "to_correct"]  # a deletion refused is not hidden
        self.records = sorted(kept, key=_place, reverse=True)
        self._subjects = dict(_subjects(kept))
        if self._edits:  # what stands here again may be deleted again
            self._edits = {i: edits for i, edits in self._edits.items() if all(k.id != i for k in kept)}
        if self.read is not None:  # as it stands now, if it still does
            self.read = next((k for k in kept if k.id == self.read.id), None)

    def filter(self, state: str) -> None:
        """Filter the list by one state; tapped again, show all."""
        self.shown, self.most, self.asked = "" if self.shown == state else state, PAGE, ""

    def begin(self, state: str) -> None:
        """Show the list from its top, filtered by that state or not at all."""
        self.shown, self.words, self.most, self.place.pixels = state, "", PAGE, 0.0

    def hold(self, kept: Kept) -> None:
        """Keep in mind which record is opened from the list, to come back to it."""
        self.place.hold(kept.id, self.visible[: self.most])

    async def come_back(self) -> None:
        """Show the list up to date, where that record stands in it now."""
        await self.refresh()
        found = self.visible
        self.place.follow(found, self.most)
        self.most = max(self.most, (self.place.rank or 0) + 1)

    def show_older(self) -> None:
        """Draw some more."""
        self.most += PAGE

    def ask(self, kept: Kept | None) -> None:
        """Ask before that record is deleted, in its place; None: it is kept."""
        self.asked = kept.id if kept else ""

    async def delete(self, kept: Kept) -> None:
        """Delete a record, by the worker's own hand, with any edit of it under way. The sync is not woken: the
        tombstone leaves with the next one, which gives the time to think again."""
        self.asked = ""
        if kept.id in self._edits:
            return  # tapped twice
        edits: list[Kept] = []
        self._edits[kept.id], store = edits, self._desk.store
        try:
            edits += [k for k in await store.all() if k.edit_of and k.edit_of["id"] == kept.id]
            for edit in edits:
                await store.forget(edit.id)
            await store.delete(kept)
        except StoreError:
            del self._edits[kept.id]
            raise
        self._edits[kept.id] = edits  # a sync may have ended meanwhile
        self.in_place |= {kept.id}
        self._offer_back(kept)
        await self.refresh()

    def tell(self, kept: Kept | None) -> None:
        """Tell what was just deleted or thrown away, with the way to put it back; None ends the telling. Changes
        given up come back at once or never: what they were made of goes on."""
        self.told = kept
        self._hold(k for k in self.deleted if k.edit_of is None)
        if kept is not None:
            self._offer_back(kept)

    def leave(self, thrown: Kept | None = None) -> None:
        """End what only the open list shows, and tell what was just thrown away, if anything."""
        self.tell(thrown)
        self.asked, self.in_place = "", frozenset()
        self._words = search.Prepared(self._all_said)  # what a search prepared goes

    async def put_back(self, kept: Kept) -> None:
        """Put back what was deleted, its note with it, and the edits of it that were under way."""
        if not any(kept is gone for gone in self.deleted):
            return  # tapped twice
        await self._desk.store.restore(kept)
        for edit in self._edits.pop(kept.id, []):
            await self._desk.store.keep(edit)
        self._hold(k for k in self.deleted if k is not kept)
        self.told = None
        self._desk.bell.set()  # who brings it back means it
        await self.refresh()

    def _offer_back(self, kept: Kept) -> None:
        if not kept.deleted:  # of a deletion that the server refused nothing is known any more
            self._hold([*(k for k in self.deleted if k.id != kept.id), kept])

    def _hold(self, deleted: Iterable[Kept]) -> None:
        held = tuple(deleted)
        if [*map(id, held)] == [*map(id, self.deleted)]:
            return  # the same tuple: nothing is to be counted anew
        self.deleted = held
        if self._desk is not None:
            self._desk.undoable = held

    def end(self) -> None:
        """Let go for good what was deleted, and what was noted of it: the tablet locks."""
        gone = [kept for kept in self._gone if kept.edit_of is None]
        self._desk.notes.forget([subject for kept in gone for subject in (kept.id, *subjects_of(kept))])
        self._hold(())


def _place(kept: Kept) -> tuple[bool, str, int, str]:
    return kept.state == "to_correct", str(kept.fields.get("day", "")), kept.entered or 0, kept.id


def _subjects(records: list[Kept]) -> Iterator[tuple[str, Subject]]:
    for kept in records:
        for kind, part in PARTS.items() if kept.kind == "encounter" else ():
            for entry in kept.fields.get(part, []):
                yield str(entry.get("id")), (kind, entry)
