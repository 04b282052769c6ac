"""The journal: every record of this tablet, and the true state of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import flet as ft

from field_app.state.desk import Desk
from field_app.store.local_store import Kept as Kept  # the screens know it from here
from shared import choices, field_labels, french, merge, territory
from shared.models import KINDS
from shared.models.follow_up import OUTCOME_LIST

STATES = {
    "running": "En cours",
    "draft": "Brouillon",
    "pending": "À envoyer",
    "sent": "Envoyée",
    "to_correct": "À corriger",
    "received": "Reçue de l’équipe",
}
"""What a worker reads for each state of a record. A presence under way is kept as a draft, and is none to them."""
PAGE = 8
"""How many records are drawn at first, and how many more at each tap: a screen of 5,000 would take seconds."""
EDITABLE = ("encounter", "presence", "group_session", "partner_contact")
DELETABLE = (*EDITABLE, "follow_up", "service_report")
"""What was noted in one tap is noted again rather than edited; but a slip, or what the server refused, must go."""


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class Journal:
    """The records: those to correct, then the latest day and the last entered first. `shown` filters by state,
    empty for all; `most` of them are drawn. `read` is the colleague's that is shown whole. `deleted` is the last
    one deleted here, which may be put back; `running` is the id of the presence that is timed."""

    records: list[Kept] = field(default_factory=list)
    shown: str = ""
    most: int = PAGE
    read: Kept | None = None
    deleted: Kept | None = None
    running: str = ""
    _subjects: dict[str, str] = field(default_factory=dict)  # the service a referral goes to, by the referral’s id
    _edits: list[Kept] = field(default_factory=list)  # of what was deleted last, under way until then
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    @property
    def visible(self) -> list[Kept]:
        """Return what the filter lets through."""
        return [kept for kept in self.records if self.shown in ("", self.state_of(kept))]

    def state_of(self, kept: Kept) -> str:
        """Return the state of a record as a worker knows it, a key of `STATES`."""
        return "running" if kept.id == self.running else kept.state

    def count(self, state: str) -> int:
        """Return how many records stand in that state."""
        return sum(self.state_of(kept) == state for kept in self.records)

    def more(self, kept: Kept) -> str:
        """Return what tells it from the others of its day: the slot, the needs, the services."""
        slot = str(kept.fields.get("slot", "inconnu"))
        slots, themes = choices.load("slot"), choices.load("theme")
        parts = [slots.label_of(slot)] if slot != "inconnu" else []
        codes = [need.get("theme") for need in kept.fields.get("needs", [])] or [kept.fields.get("theme")]
        parts += [themes.label_of(str(code)) for code in codes if code]
        if kept.kind == "partner_contact" and kept.fields.get("purpose"):
            parts.append(choices.load("partner_purpose").label_of(str(kept.fields["purpose"])))
        services = [referral.get("service") for referral in kept.fields.get("referrals", [])]
        services += [kept.fields.get("service"), self._subjects.get(str(kept.fields.get("subject_id")))]
        parts += [f"vers {self._desk.directory.name(str(service))}" for service in services if service]
        return " · ".join(parts)

    def names(self) -> dict[str, str]:
        """Return the name of each record drawn, by its id: no two are the same, whatever is the same in them."""
        found: dict[str, str] = {}
        times = Counter(_name(kept) for kept in self.visible[: self.most])
        for kept in self.visible[: self.most]:
            name = _name(kept)
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
        return [(field_labels.of(name), merge.said(name, kept.fields[name], service)) for name in entered]

    async def refresh(self) -> None:
        """Read the records anew."""
        self.take(await self._desk.store.all())

    def take(self, found: list[Kept]) -> None:
        """Show what the store holds; tombstones and the directory are not shown."""
        shown = [k for k in found if k.kind in field_labels.KIND_LABELS and k.kind != "service"]
        kept = [k for k in shown if not k.deleted or k.state == "to_correct"]  # a deletion refused is not hidden
        self.records = sorted(kept, key=_place, reverse=True)
        self._subjects = dict(_subjects(kept))
        if self.read is not None:  # as it stands now, if it still does
            self.read = next((k for k in kept if k.id == self.read.id), None)

    def filter(self, state: str) -> None:
        """Filter the list by one state; tapped again, show all."""
        self.shown, self.most = "" if self.shown == state else state, PAGE

    def show_older(self) -> None:
        """Draw some more."""
        self.most += PAGE

    async def delete(self, kept: Kept) -> None:
        """Delete a record, by the worker's own hand, with any edit of it under way. The sync is not woken: the
        tombstone leaves with the next one, which gives the time to think again."""
        if self.deleted is not None and self.deleted.id == kept.id:
            return  # tapped twice
        edits = [
            other for other in await self._desk.store.all() if other.edit_of and other.edit_of["id"] == kept.id
        ]
        for edit in edits:
            await self._desk.store.forget(edit.id)
        await self._desk.store.delete(kept)
        self.offer_back(kept)
        self._edits = edits
        await self.refresh()

    def offer_back(self, kept: Kept | None) -> None:
        """Offer to put that record back, its note with it; None ends the offer."""
        self.deleted = kept
        if self._desk is not None:
            self._desk.undoable = kept

    async def undo(self) -> None:
        """Put back what was deleted last, with the edits of it that were under way."""
        if self.deleted is not None:
            await self._desk.store.restore(self.deleted)
            for edit in self._edits:
                if edit.edit_of and edit.edit_of["id"] == self.deleted.id:
                    await self._desk.store.keep(edit)
            self.offer_back(None)
            self._edits = []
            await self.refresh()


def _place(kept: Kept) -> tuple[bool, str, int, str]:
    return kept.state == "to_correct", str(kept.fields.get("day", "")), kept.entered or 0, kept.id


def _subjects(records: list[Kept]) -> Iterator[tuple[str, str]]:
    for kept in records:
        for referral in kept.fields.get("referrals", []) if kept.kind == "encounter" else []:
            yield str(referral.get("id")), str(referral.get("service"))


def _name(kept: Kept) -> str:
    return f"{title(kept)}, {details(kept)}"


def title(kept: Kept) -> str:
    """Return a record in a few words: what, and where or which outcome."""
    if kept.kind == "follow_up":
        outcomes = choices.load(OUTCOME_LIST[kept.fields.get("subject_kind", "referral")])
        return f"{field_labels.KIND_LABELS[kept.kind]} · {outcomes.label_of(str(kept.fields.get('outcome', '')))}"
    if kept.kind == "service_report":
        problems = choices.load("service_problem")
        return f"{field_labels.KIND_LABELS[kept.kind]} · {problems.label_of(str(kept.fields.get('problem', '')))}"
    what = (
        field_labels.KIND_LABELS[kept.kind]
        if kept.edit_of is None
        else f"Modification · {field_labels.KIND_LABELS[kept.kind]}"
    )
    commune = territory.communes().get(str(kept.fields.get("commune")))
    return f"{what} · {commune.name if commune else 'commune à préciser'}"


def details(kept: Kept) -> str:
    """Return a record in one more line: day, place, age, needs."""
    fields = kept.fields
    year, month, day = (str(fields.get("day", "")) + "--").split("-")[:3]
    parts = [f"{day}/{month}/{year}" if day else ""]
    parts += [
        choices.load(name).label_of(fields[name])
        for name in ("place_type", "age_band", "session_type", "partner_type")
        if fields.get(name, "inconnu") != "inconnu"
    ]
    if "minutes" in fields:
        parts.append(f"{fields['minutes']} min × {fields.get('agents', 1)}")
    if "headcount" in fields:
        parts.append(french.format_count(fields["headcount"], "participant"))
    parts += [str(fields[name]) for name in ("structure", "establishment") if fields.get(name)]
    needs = len(fields.get("needs", []))
    parts.append(french.format_count(needs, "besoin") if needs else "")
    parts.append(field_labels.NO_NEED if fields.get("no_need") else "")
    return " · ".join(part for part in parts if part)
