"""Suites: each referral, obstacle and right of this tablet's encounters, followed to its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import flet as ft

from field_app.state import outcomes, private_note, slips
from field_app.state.desk import Desk
from field_app.state.forms import outing
from field_app.state.outcomes import ATTENDED, FIRST, NO_NEWS, News
from field_app.state.private_note import PrivateNote
from field_app.state.slips import Slip, SlipError
from field_app.store.local_store import Kept
from shared import choices, french, ids, rules, territory
from shared.choices import Choice
from shared.models.follow_up import OUTCOME_LIST
from shared.rules import FAILED

DUE, URGENT = 10, 30
"""Days without news after which it is time to ask, and high time."""
PAGE = 6
"""How many are drawn at first, and how many more at each tap."""
PARTS = {"referral": "referrals", "obstacle": "obstacles", "right": "rights"}
"""Kind of subject to the part of the encounter that holds it."""
NOT_BY_HAND = frozenset({"proposee", "repere", "inconnu"})
"""Where a story begins: nobody notes that as news."""
SUBJECT_LABELS = {"referral": "Orientations", "obstacle": "Freins", "right": "Droits"}
"""Kind of subject to what a worker reads, in the plural."""


@dataclass(frozen=True, slots=True, eq=False)  # flet compares what changes: thousands, field by field, are slow
class Followed:
    """One subject, the encounter it comes from, and what is known of it."""

    id: str
    kind: str
    entry: dict[str, Any]
    encounter: Kept
    made: date
    news: News
    today: date

    @property
    def open(self) -> bool:
        """Return whether something may still come of it."""
        return not self.news.ended(self.kind)

    @property
    def silent(self) -> int:
        """Days since the latest news."""
        return (self.today - self.news.last_heard).days

    @property
    def due(self) -> bool:
        """Return whether it is time to ask. A visit is known for good: nobody is asked about it again (R4)."""
        return self.open and not self.attended and self.silent >= DUE

    @property
    def attended(self) -> bool:
        """Return whether the person came, and it is not known yet what the visit led to (R5)."""
        return self.news.outcome in ATTENDED

    @property
    def urgent(self) -> bool:
        """Return whether it is high time to ask."""
        return self.due and self.silent >= URGENT

    @property
    def outcome(self) -> str:
        """Return what a worker reads of how far it went."""
        return choices.load(OUTCOME_LIST[self.kind]).label_of(self.news.outcome)

    @property
    def since(self) -> str:
        """The outcome told last, where another went further: « rendez-vous pris » after « non présentée »."""
        word = self.news.word
        return choices.load(OUTCOME_LIST[self.kind]).label_of(word) if word not in ("", self.news.outcome) else ""

    @property
    def proposed(self) -> list[Choice]:
        """The outcomes a worker may note: not where a story begins and, once the person came, not that there is no
        news."""
        left_out = {*NOT_BY_HAND, *(NO_NEWS if self.attended else ())}
        return [c for c in choices.load(OUTCOME_LIST[self.kind]).on(self.today) if c.code not in left_out]

    @property
    def context(self) -> str:
        """From which encounter: nothing of the person but the age band."""
        fields = self.encounter.fields
        commune = territory.communes().get(str(fields.get("commune")))
        parts = [commune.name if commune else "", french.format_day(self.made)]
        if fields.get("age_band", "inconnu") != "inconnu":
            parts.append(choices.load("age_band").label_of(fields["age_band"]))
        if self.kind == "referral":
            parts.append(choices.load("referral_mode").label_of(self.entry.get("mode", "information")))
        if self.entry.get("theme"):
            parts.insert(0, choices.load("theme").label_of(self.entry["theme"]))
        return " · ".join(part for part in parts if part)


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class FollowUps:
    """`items` are open ones, or the closed with `closed`, longest silent first, those whose visit is known at the
    end; `last` is the follow-up just made, which can be undone or given its reason; `chosen` is the day of the
    next one, where the worker chose another than the outing's."""

    items: list[Followed] = field(default_factory=list)
    due: int = 0
    kind: str = ""
    only_due: bool = False
    closed: bool = False
    most: int = PAGE
    chosen: date | None = None
    last: Kept | None = None
    message: str = ""
    slip: Slip | None = None
    _every: list[Followed] = field(default_factory=list)
    _notes: dict[str, PrivateNote] = field(default_factory=dict)
    _drawn: tuple[date, date] | None = None
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    def take(self, found: list[Kept]) -> None:
        """Read what the store holds, and erase the notes of what is over."""
        self._desk.found = found
        self._drawn = (self._desk.today, self._desk.outing_day)
        self._every = sorted(_followed(found, self._desk.today), key=_waiting_since)
        self.due = sum(followed.due for followed in self._every)
        alive = {followed.id for followed in self._every if followed.open} | set(_under_way(found))
        if self.last is not None:  # it may still be undone: its note with it
            alive.add(str(self.last.fields["subject_id"]))
        self._desk.notes.forget_all_but(alive, self._desk.today)
        self._show()

    def follow_day(self) -> None:
        """Draw it all anew where the day or the outing ended while the screen lay open."""
        if self._drawn != (self._desk.today, self._desk.outing_day):
            self.take(self._desk.found)

    def leave(self) -> None:
        """Forget what could be undone: the worker left the screen."""
        self.last, self.message, self.chosen, self.most, self.slip = None, "", None, PAGE, None
        self._notes.clear()

    def look(self, kind: str | None = None, only_due: bool | None = None, closed: bool | None = None) -> None:
        """Filter the list by kind (again: all), by those due, by those closed."""
        self.kind = self.kind if kind is None else "" if kind == self.kind else kind
        self.only_due = self.only_due if only_due is None else only_due
        self.closed = self.closed if closed is None else closed
        self.most = PAGE
        self._show()

    def show_more(self) -> None:
        """Draw some more."""
        self.most += PAGE

    def move_day(self, days: int) -> None:
        """Move the day of the next outcome by whole days, never beyond today."""
        day = min(self.day + timedelta(days), self._desk.today)
        self.chosen = None if day == self._desk.outing_day else day

    @property
    def day(self) -> date:
        """The day the next outcome is noted for: the one chosen, the outing's otherwise, never a day to come."""
        return min(self.chosen or self._desk.outing_day, self._desk.today)

    @property
    def night(self) -> str:
        """Return why that day is the one before, past midnight; empty otherwise."""
        return outing.describe_night(self.day, self._desk.clock())

    def private_note(self, followed: Followed) -> PrivateNote:
        """Return the repère of one, the same while the screen is open."""
        return self._notes.setdefault(followed.id, private_note.open_note(followed.id, self._desk))

    def name(self, followed: Followed) -> str:
        """Return what it is: a service, an obstacle, a right."""
        if followed.kind == "referral":
            return self._desk.directory.name(str(followed.entry.get("service")))
        if followed.kind == "obstacle":
            return choices.load("obstacle").label_of(str(followed.entry.get("kind")))
        return choices.load("right").label_of(str(followed.entry.get("right")))

    @property
    def last_name(self) -> str:
        """Return what the outcome just noted is about, as the card named it; empty when it is here no more."""
        subject = self.last.fields["subject_id"] if self.last is not None else ""
        return next((self.name(followed) for followed in self._every if followed.id == subject), "")

    async def note(self, followed: Followed, outcome: str) -> None:
        """Save the outcome of one subject, in one tap."""
        fields = {
            "subject_id": followed.id, "subject_kind": followed.kind, "day": str(self.day), "outcome": outcome,
        }  # fmt: skip
        if self.last is not None and fields.items() <= self.last.fields.items():
            return  # the same tap twice, before the screen had followed: one piece of news
        evidence = rules.Evidence(self._desk.today, subject_days={followed.id: followed.made})
        refusals = rules.judge("follow_up", fields, evidence).refusals
        self.message = " ".join(problem.message for problem in refusals)
        if refusals:
            return
        noted = Kept(ids.new_id(self._desk.today), "follow_up", fields, "pending")
        await self._desk.store.keep(noted)
        self.last = noted  # only now: « Noté » must never be said of what is not kept
        await self._changed()

    @property
    def asks_reason(self) -> bool:
        """Return whether the outcome just noted may be explained."""
        return self.last is not None and self.last.fields["outcome"] in FAILED

    async def explain(self, reason: str) -> None:
        """Save why it failed; the same reason again takes it back."""
        if self.last is None:
            return
        fields = {name: value for name, value in self.last.fields.items() if name != "reason"}
        if self.last.fields.get("reason") != reason:
            fields["reason"] = reason
        self.last = await self._desk.store.edit(self.last, fields, "pending")
        await self._changed()

    async def undo(self) -> None:
        """Undo the outcome just noted."""
        if self.last is not None:
            await self._desk.store.delete(self.last)
            self.last = None
            await self._changed()

    async def hand_over(self, followed: Followed) -> None:
        """Show the slip of a referral on the screen."""
        try:
            self.slip, self.message = await slips.hand_over(followed.encounter, followed.id, self._desk), ""
        except SlipError as error:
            self.message = str(error)
        self.take(await self._desk.store.all())

    async def withdraw_slip(self) -> None:
        """Withdraw the slip that the person does not want: its code and hash go."""
        slip, self.slip = self.slip, None
        found = next((f for f in self._every if slip is not None and f.id == slip.subject), None)
        if found is not None:
            try:
                await slips.withdraw(found.encounter, found.id, self._desk)
            except SlipError as error:
                self.message = str(error)
            self.take(await self._desk.store.all())

    def close_slip(self) -> None:
        """Go back to the list."""
        self.slip = None

    async def _changed(self) -> None:
        self._desk.bell.set()
        self.take(await self._desk.store.all())

    def _show(self) -> None:
        self.items = [
            followed
            for followed in self._every
            if followed.open is not self.closed
            and self.kind in ("", followed.kind)
            and (followed.due or not self.only_due)
        ]
        if self.closed:
            self.items.reverse()


def _waiting_since(followed: Followed) -> tuple[bool, date, date, int]:
    """Sort those whose visit is known last; else by who waits longest, then by the order of entry."""
    attended = followed.open and followed.attended
    return attended, followed.news.last_heard, followed.made, followed.encounter.entered or 0


def _followed(found: list[Kept], today: date) -> Iterator[Followed]:
    """Yield every subject of the saved encounters. A referral that the person declined at once is not followed."""
    news = outcomes.latest(found, today)
    for kept in found:
        if kept.kind != "encounter" or kept.deleted or kept.state == "draft":
            continue
        try:
            made = date.fromisoformat(str(kept.fields.get("day")))
        except ValueError:
            continue
        for kind, part in PARTS.items():
            for entry in kept.fields.get(part, []):
                if entry.get("accepted", True) or entry["id"] in news:
                    latest = news.get(entry["id"], News(FIRST[kind], made))
                    yield Followed(entry["id"], kind, entry, kept, made, latest, today)


def _under_way(found: Iterable[Kept]) -> Iterator[str]:
    """Return the subjects of what is being entered."""
    for kept in found:
        if kept.state == "draft" and kept.kind == "encounter":
            yield from (entry["id"] for part in PARTS.values() for entry in kept.fields.get(part, []))
