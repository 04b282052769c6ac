"""Suites: the encounters whose referrals, obstacles and rights are followed to their end, filtered and noted."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

import flet as ft

from field_app.ports.storage import StoreError
from field_app.state import private_note, slips
from field_app.state.desk import Desk
from field_app.state.follow_ups import cards
from field_app.state.follow_ups.cards import Card
from field_app.state.follow_ups.followed import Followed, name_of, subjects_of, under_way
from field_app.state.forms import outing
from field_app.state.private_note import PrivateNote
from field_app.state.slips import Slip, SlipError
from field_app.store.local_store import Kept
from shared import ids, rules
from shared.rules import FAILED

PAGE = 6
"""How many cards are drawn at first, and how many more at each tap."""
SUBJECT_LABELS = {"referral": "Orientations", "obstacle": "Freins", "right": "Droits"}
"""Kind of subject to what a worker reads, in the plural."""


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class FollowUps:
    """`cards` are those shown: the open ones of this tablet, or the closed with `closed`, or the whole team’s with
    `team`; what waits today comes first, then the newest; with `only_due` the longest silent. `due` counts what
    that would show; `waiting` is this tablet’s, whatever is shown. `last` is the follow-up just made, which can be
    undone or given its reason; `chosen` is the day of the next one, where the worker chose another than the
    outing’s."""

    cards: list[Card] = field(default_factory=list)
    due: int = 0
    waiting: list[Card] = field(default_factory=list)
    kind: str = ""
    words: str = ""
    only_due: bool = False
    closed: bool = False
    team: bool = False
    most: int = PAGE
    chosen: date | None = None
    last: Kept | None = None
    message: str = ""
    slip: Slip | None = None
    _every: list[Card] = field(default_factory=list)
    _notes: dict[str, PrivateNote] = field(default_factory=dict)
    _drawn: tuple[date, date] | None = None
    _read: set[str] = field(default_factory=set)  # the answers of services that were read here
    _opened: bool = False
    _gathered: int = -1  # how often the private notes had changed when the cards were gathered
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one

    @property
    def items(self) -> list[Followed]:
        """Return what is followed of the cards shown, in their order."""
        return [subject for card in self.cards for subject in card.subjects]

    async def look_up(self, found: list[Kept]) -> None:
        """Look up which answers were read; make the repères that referrals had those of their encounters."""
        self._read = set((await self._desk.store.note("answers")).get("read", []))
        for kept in found:
            if kept.kind == "encounter":
                whole = kept.edit_of["id"] if kept.edit_of else kept.id
                await self._desk.notes.move_texts(subjects_of(kept), whole)

    def take(self, found: list[Kept]) -> None:
        """Read what the store holds, and erase the notes of what is over."""
        desk = self._desk
        desk.found = found
        self._drawn = (desk.today, desk.outing_day)
        self._every = list(cards.gather(found, desk.notes, self._read, desk.today))
        before = desk.notes.changes
        self._forget(found)
        if desk.notes.changes != before:  # what was erased must not stay on a card
            self._every = list(cards.gather(found, desk.notes, self._read, desk.today))
        self._gathered = desk.notes.changes
        mine = [card for card in self._every if card.mine]
        self.waiting = sorted((c for c in mine if c.waits_today), key=cards.newest, reverse=True)
        self._show()

    def _forget(self, found: list[Kept]) -> None:
        """Erase the notes of what is over."""
        desk = self._desk
        alive = {*under_way(found)}
        for gone in desk.undoable:  # deleted or thrown away since the tablet was unlocked: it may come back
            alive |= {gone.id, *subjects_of(gone)}
            if gone.edit_of:
                alive.add(gone.edit_of["id"])
        # An outcome just noted may still be undone: the note with it.
        noted = self.last.fields["subject_id"] if self.last is not None else ""
        for card in self._every:
            followed = {s.id for s in card.subjects if s.open or s.id == noted}
            alive |= {*followed, card.id} if card.open or followed else set()
        desk.notes.forget_all_but(alive, desk.today)

    def follow_day(self) -> None:
        """Draw it all anew where the day or the outing ended while the screen lay open."""
        if self._drawn != (self._desk.today, self._desk.outing_day):
            self.take(self._desk.found)

    def open(self) -> None:
        """Show this tablet’s own, from the top: the answers announced on the home screen are read here."""
        self._opened = True
        self._look_anew()

    async def leave(self) -> bool:
        """Forget what could be undone, and note that the answers drawn were read: the worker left the screen.
        Return whether the cards are to be gathered anew."""
        stale = self.last is not None or self._gathered != self._desk.notes.changes
        read = {s for card in self.cards[: self.most] for s in card.answered} if self._opened else set()
        self.last, self.message, self.chosen, self.most, self.slip = None, "", None, PAGE, None
        self._opened = False
        self._notes.clear()
        self._look_anew()  # the home screen counts this tablet’s own, whatever was looked for here
        if read:
            told = [k for k in self._desk.found if cards.is_answer(k)]
            self._read = {k.id for k in told if k.id in self._read or k.fields.get("subject_id") in read}
            with suppress(StoreError):  # it would only be announced once more
                await self._desk.store.keep_note("answers", {"read": sorted(self._read)})
        return stale or bool(read)

    def look(
        self,
        kind: str | None = None,
        only_due: bool | None = None,
        closed: bool | None = None,
        team: bool | None = None,
    ) -> None:
        """Filter the list by kind (again: all), by those due, by those closed, by whose they are."""
        self.kind = self.kind if kind is None else "" if kind == self.kind else kind
        self.only_due = self.only_due if only_due is None else only_due
        self.closed = self.closed if closed is None else closed
        self.team = self.team if team is None else team
        self._go_on()

    def look_for(self, words: str) -> None:
        """Filter the list by words of the repère, the place or the service."""
        self.words = words
        self._go_on()

    def _go_on(self) -> None:
        """Show what is looked for now. What was noted before is said no more: it would stand below other cards."""
        noted, self.last, self.message, self.most = self.last, None, "", PAGE
        (self._show if noted is None else partial(self.take, self._desk.found))()

    def _look_anew(self) -> None:
        self.words, self.kind, self.only_due, self.closed, self.team, self.most = "", "", False, False, False, PAGE
        self._show()

    def show_more(self) -> None:
        """Draw some more."""
        self.most += PAGE

    def move_day(self, days: int) -> None:
        """Move the day of the next outcome by whole days, never beyond today."""
        self.choose_day(self.day + timedelta(days))

    def choose_day(self, day: date) -> None:
        """Choose the day of the next outcome, never beyond today."""
        day = min(day, self._desk.today)
        self.chosen = None if day == self._desk.outing_day else day

    @property
    def day(self) -> date:
        """The day the next outcome is noted for: the one chosen, the outing's otherwise, never a day to come."""
        return min(self.chosen or self._desk.outing_day, self._desk.today)

    @property
    def today(self) -> date:
        """Return the day on the device."""
        return self._desk.today

    @property
    def night(self) -> str:
        """Return why that day is the one before, past midnight; empty otherwise."""
        return outing.describe_night(self.day, self._desk.clock())

    def find(self, encounter: str) -> Card | None:
        """Return the card of that encounter, shown or not; None where nothing is followed of it."""
        return next((card for card in self._every if card.id == encounter), None)

    def private_note(self, card: Card) -> PrivateNote:
        """Return the private note of an encounter, the same while the screen is open."""
        if card.id not in self._notes:
            self._notes[card.id] = private_note.open_note(card.id, self._desk)
        return self._notes[card.id]

    def name(self, followed: Followed) -> str:
        """Return what it is: a service, an obstacle, a right."""
        return name_of(followed.kind, followed.entry, self._desk.directory.name)

    def answers(self, card: Card) -> list[str]:
        """Return what services answered about an encounter and nobody has read yet: « Mobijob : Honorée »."""
        return [f"{self.name(subject)} : {outcome}" for subject, outcome in card.answers]

    @property
    def last_name(self) -> str:
        """Return what the outcome just noted is about, and of whom; empty when it is here no more."""
        subject = self.last.fields["subject_id"] if self.last is not None else ""
        every = ((card, followed) for card in self._every for followed in card.subjects)
        found = ((self.name(followed), card.whom) for card, followed in every if followed.id == subject)
        return next((" · ".join(filter(None, said)) for said in found), "")

    async def note(self, followed: Followed, outcome: str) -> None:
        """Save the outcome of one subject, in one tap."""
        about = {"subject_id": followed.id, "subject_kind": followed.kind}
        fields = {**about, "day": str(self.day), "outcome": outcome}
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
        every = (s for card in self._every for s in card.subjects)
        found = next((s for s in every if slip is not None and s.id == slip.subject), None)
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
        within = [card for card in self._every if self._is_within(card)]
        self.due = sum(len(self._list_due(card)) for card in within)
        found = [card for card in within if not self.only_due or self._list_due(card)]
        if self.only_due:
            self.cards = sorted(found, key=cards.silent)
            return
        found.sort(key=cards.newest, reverse=True)
        waiting = [] if self.closed else sorted((c for c in found if c.waits_today), key=cards.asked_for)
        self.cards = [*waiting, *(card for card in found if self.closed or not card.waits_today)]

    def _list_due(self, card: Card) -> list[Followed]:
        return [s for s in card.subjects if s.due and self.kind in ("", s.kind)]

    def _is_within(self, card: Card) -> bool:
        answered = bool(card.answered)  # told once where it stands, even where the answer closed it
        return (
            (card.mine or self.team)
            and ((card.open or answered) is not self.closed)
            and (not self.kind or any(s.kind == self.kind for s in card.subjects))
            and (not self.words.strip() or card.matches(self.words, self.name))
        )
