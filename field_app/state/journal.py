"""The journal: every record of this tablet, and the true state of each."""

from __future__ import annotations

from dataclasses import dataclass, field

import flet as ft

from field_app.local_store import Kept as Kept  # the screens know it from here
from field_app.state.desk import Desk
from shared import choices, labels, territory
from shared.models.follow_up import OUTCOME_LIST

STATES = {
    "draft": "Brouillon",
    "pending": "À envoyer",
    "sent": "Envoyée",
    "to_correct": "À corriger",
    "received": "Reçue de l’équipe",
}
"""What a worker reads for each state of a record."""
PAGE = 15
"""How many records are drawn at first, and how many more at each tap: a screen of 5,000 would take seconds."""
EDITABLE = ("encounter", "presence", "group_session", "partner_contact")
DELETABLE = (*EDITABLE, "follow_up", "service_report")
"""What was noted in one tap is noted again rather than edited; but a slip, or what the server refused, must go."""


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class Journal:
    """The records, latest day first; `shown` filters by state, empty for all; `most` of them are drawn. `deleted`
    is the last one deleted here, which can still be put back."""

    records: list[Kept] = field(default_factory=list)
    shown: str = ""
    most: int = PAGE
    deleted: Kept | None = None
    _edits: list[Kept] = field(default_factory=list)  # of what was deleted last, under way until then
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    @property
    def visible(self) -> list[Kept]:
        """What the filter lets through."""
        return [kept for kept in self.records if self.shown in ("", kept.state)]

    def count(self, state: str) -> int:
        """How many records stand in that state."""
        return sum(kept.state == state for kept in self.records)

    async def refresh(self) -> None:
        """Reads the records anew."""
        self.take(await self._desk.store.all())

    def take(self, found: list[Kept]) -> None:
        """Shows what the store holds; tombstones and the directory are not shown."""
        shown = [k for k in found if k.kind in labels.KINDS and k.kind != "service"]
        kept = [k for k in shown if not k.deleted or k.state == "to_correct"]  # a deletion refused is not hidden
        self.records = sorted(kept, key=lambda k: (str(k.fields.get("day", "")), k.id), reverse=True)

    def filter(self, state: str) -> None:
        """Shows one state, or all when it is tapped again."""
        self.shown, self.most = "" if self.shown == state else state, PAGE

    def show_older(self) -> None:
        """Draws some more."""
        self.most += PAGE

    async def delete(self, kept: Kept) -> None:
        """Deletes a record, by the worker's own hand, with any edit of it under way. The sync is not woken: the
        tombstone leaves with the next one, which gives the time to think again."""
        if self.deleted is not None and self.deleted.id == kept.id:
            return  # tapped twice
        edits = [other for other in await self._desk.store.all() if other.of and other.of["id"] == kept.id]
        for edit in edits:
            await self._desk.store.forget(edit.id)
        await self._desk.store.delete(kept)
        self.deleted, self._edits = kept, edits
        await self.refresh()

    async def undo(self) -> None:
        """Puts back what was deleted last, with the edits of it that were under way."""
        if self.deleted is not None:
            await self._desk.store.restore(self.deleted)
            for edit in self._edits:
                if edit.of and edit.of["id"] == self.deleted.id:
                    await self._desk.store.keep(edit)
            self.deleted, self._edits = None, []
            await self.refresh()


def title(kept: Kept) -> str:
    """A record in a few words: what, and where or which outcome."""
    if kept.kind == "follow_up":
        outcomes = choices.load(OUTCOME_LIST[kept.fields.get("subject_kind", "referral")])
        return f"{labels.KINDS[kept.kind]} · {outcomes.label_of(str(kept.fields.get('outcome', '')))}"
    if kept.kind == "service_report":
        problems = choices.load("service_problem")
        return f"{labels.KINDS[kept.kind]} · {problems.label_of(str(kept.fields.get('problem', '')))}"
    what = labels.KINDS[kept.kind] if kept.of is None else f"Modification · {labels.KINDS[kept.kind]}"
    commune = territory.communes().get(str(kept.fields.get("commune")))
    return f"{what} · {commune.name if commune else 'commune à préciser'}"


def details(kept: Kept) -> str:
    """A record in one more line: day, place, age, needs."""
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
        parts.append(f"{fields['headcount']} participant{'s' if fields['headcount'] != 1 else ''}")
    parts += [str(fields[name]) for name in ("structure", "establishment") if fields.get(name)]
    needs = len(fields.get("needs", []))
    parts.append(f"{needs} besoin{'s' if needs > 1 else ''}" if needs else "")
    return " · ".join(part for part in parts if part)
