"""Enter a record: an encounter or a presence, kept sealed field by field until it is saved."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import flet as ft

from field_app.directory import Entry, Filters
from field_app.ports.storage import StoreError
from field_app.state import private_note, slips
from field_app.state.desk import Desk
from field_app.state.forms import answers, no_need, outing, proposed, school_days, usage
from field_app.state.forms.structures import Written
from field_app.state.private_note import PrivateNote
from field_app.state.slips import Slip
from field_app.store.local_store import Kept
from shared import choices, coupons, field_labels, french, hours, ids, merge, rules, territory
from shared.models import ServiceFields
from shared.rules import Problem

NO_ANSWER = (answers.YEAR, answers.EVER, "session_type", "theme", "purpose")
"""The fields that have no answer when their chip is tapped again; the others fall back to « inconnu »."""
FULL = "La tablette n’a pas pu enregistrer : sa mémoire est peut-être pleine. Libérez de la place, puis réessayez."
NOT_KEPT = Problem("", "not_kept", FULL)
NEAREST = 4  # services proposed for a need before « Autres services »


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class Draft:
    """One record under way. `fields` are the wire's; `problems` the warnings and, once a save was refused, what
    stands in its way; `alike` the profile and needs of the person met before; `said` a notice, drawn as
    `said_kind`; `toward` the service of the directory that it was begun from."""

    kind: str
    fields: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    saved: bool = False
    alike: dict[str, Any] = field(default_factory=dict)
    said: str = ""
    said_kind: str = "good"
    slip: Slip | None = None
    toward: str = ""
    by_hand: bool = False  # a person chose the slot, here or in the record before
    _untouched: bool = False  # nothing was entered since it was proposed with the day of the outing
    _note: PrivateNote | None = None
    _tried: bool = False
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one
    _kept: Kept = field(default=None)  # type: ignore[assignment]  # idem

    @property
    def id(self) -> str:
        """Return what tells this entry from the next one."""
        return self._kept.id

    @property
    def is_new(self) -> bool:
        """Return whether this has never been saved."""
        return self._kept.edit_of is None

    @property
    def opened(self) -> Kept:
        """Return what is being edited, as it was when it was opened."""
        return self._kept.opened

    @property
    def reasons(self) -> list[str]:
        """Return why the server refused what is being corrected."""
        return [reason["message"] for reason in self._kept.opened.reasons]

    @property
    def day(self) -> date:
        """Return the day entered; today's where what stands there is none, as a refused record may have it."""
        try:
            return date.fromisoformat(str(self.fields.get("day")))
        except ValueError:
            return self._desk.today

    @property
    def today(self) -> date:
        """Return the day on the device."""
        return self._desk.today

    @property
    def night(self) -> str:
        """Return which day it counts for, where that is not today, and why."""
        return outing.describe_day(self.day, self._desk.clock()) if self.is_new else ""

    def follow_day(self) -> None:
        """Move on to the day and slot of now, where the form lay open and nothing was entered."""
        if self._untouched and self.fields.get("day") != (now := self._desk.when)["day"]:
            self.fields = self.fields | {name: now[name] for name in now if name in self.fields}

    @property
    def is_afterwards(self) -> bool:
        """Return whether this is new and of another slot than the clock's."""
        return self.is_new and self.fields.get("slot") != self._desk.when["slot"]

    @property
    def refusals(self) -> list[Problem]:
        """Return what stands in the way of saving."""
        return [p for p in self.problems if not p.warning]

    def refusal(self, name: str) -> str:
        """Return what is wrong with a field, whose title stands above it, or with a part of it; empty when nothing
        is."""
        found = next((p for p in self.refusals if p.field.split(".")[0] == name), None)
        said = found.message if found else ""
        said = said.removeprefix(f"{field_labels.of(name)} : ") if found and found.field == name else said
        return french.begin_large(said)

    @property
    def whole(self) -> dict[str, Any]:
        """Return the fields with what a new record is known to hold by itself: it is written when it is saved."""
        return {**(school_days.propose(self.kind, self.fields, self.day) if self.is_new else {}), **self.fields}

    def value(self, name: str) -> Any:
        """Return the value of a field, its default where nothing was entered or is known."""
        return merge.value(self.kind, self.whole, name)

    async def put(self, name: str, value: Any) -> None:
        """Enter a value, None for none, and keep the draft at once: a crash loses at most this field."""
        self.follow_day()
        self.by_hand = self.by_hand or name == "slot"
        await self.enter(no_need.keep_one(answers.put(self.fields, name, value), name))

    async def choose(self, name: str, code: str) -> None:
        """Choose a code at a tap on its chip, or take it back when it was chosen already."""
        required = name in ("action", "commune", "place_type", "partner_type")
        again = self.whole.get(name) == code and not required
        await self.put(name, (None if name in NO_ANSWER else "inconnu") if again else code)

    @property
    def may_locate(self) -> bool:
        """Return whether this device can say where it is."""
        return self._desk.locate is not None

    async def locate(self) -> None:
        """Propose the commune the device is in; the position itself is forgotten at once."""
        here, why = await self._desk.propose_commune()
        if here is None:
            self.said, self.said_kind = why, "warn"
            return
        await self.put("commune", here)
        name = territory.communes()[here].name
        self.said, self.said_kind = f"Commune proposée : {name}. Vérifiez-la.", "good"

    async def move_day(self, days: int) -> None:
        """Move the day by whole days, never beyond today."""
        self.follow_day()
        await self.choose_day(self.day + timedelta(days))

    async def choose_day(self, day: date) -> None:
        """Choose a day, never beyond today."""
        self.follow_day()
        day = min(day, self.today)
        fields = self.fields if self.is_new else school_days.follow(self.kind, self.fields, self.day, day)
        await self.enter({**fields, "day": str(day)})

    def has(self, part: str, key: str, code: str) -> bool:
        """Return whether that need, obstacle, right or referral is in the encounter."""
        return any(entry[key] == code for entry in self.fields.get(part, []))

    async def toggle(self, part: str, key: str, code: str, **more: Any) -> None:
        """Add that need, obstacle, right or referral, or take it out."""
        self.follow_day()
        there: list[dict[str, Any]] = self.fields.get(part, [])
        if self.has(part, key, code):
            left = [entry for entry in there if entry[key] != code]
        else:
            own_id = {} if part == "needs" else {"id": ids.new_id(self._desk.today)}
            left = [*there, {**own_id, **answers.ASKED.get(part, {}), key: code, **more}]
        fields = {**self.fields, part: left}
        if part == "needs":  # a referral follows its need
            fields = no_need.keep_answered(fields)
        await self.enter(no_need.keep_one(fields, part))

    async def say_no_need(self) -> None:
        """Note that the person expressed no need: those chosen go, and the referrals that answer them."""
        self.follow_day()
        await self.enter(
            no_need.keep_answered(no_need.keep_one({**self.fields, no_need.NONE: True}, no_need.NONE))
        )

    async def change_referral(self, service: str, name: str, value: Any) -> None:
        """Set the mode of a referral, its slip, or the person's answer."""
        there = self.fields["referrals"]
        changed = [answers.tell(r, name, value) if r["service"] == service else r for r in there]
        await self.enter({**self.fields, "referrals": changed})

    @property
    def places(self) -> list[str]:
        """Return the kinds of place: those of the settings, then most used first."""
        codes = [place.code for place in choices.load("place_type").on(self.day)]
        found = usage.most_used(codes, self._desk.used.get("place_type", Counter()))
        return [c for c in dict.fromkeys([*self._desk.preferred.places, *found]) if c in codes]

    @property
    def usual_communes(self) -> tuple[str, ...]:
        """Return the communes proposed as chips."""
        return self._desk.preferred.communes

    @property
    def structures(self) -> Written:
        """Return the structures written so far on this tablet, by field."""
        return self._desk.structures

    def services(self, theme: str, words: str = "") -> list[Entry]:
        """List the services that answer that need, or with words those of the whole directory, nearest first."""
        directory, met = self._desk.directory, self.fields
        return directory.search(Filters(words), met.get("commune")) if words else directory.for_theme(theme, met)

    def service(self, service_id: str) -> ServiceFields | None:
        """Return a service, or None where it is no longer proposed."""
        return self._desk.directory.get(service_id)

    def opening(self, service: ServiceFields) -> hours.State:
        """Return whether a service is open now."""
        return hours.state(service.opening_hours, self._desk.clock())

    def service_name(self, service_id: str) -> str:
        """Return what a worker reads for that service."""
        return self._desk.directory.name(service_id)

    @property
    def private_note(self) -> PrivateNote:
        """Return the private note of the encounter, the same while the form is open."""
        if self._note is None:
            whole = self._kept.edit_of or {"id": self._kept.id}
            self._note = private_note.open_note(whole["id"], self._desk)
        return self._note

    async def hand_over(self, referral: dict[str, Any]) -> None:
        """Show the slip of a referral on the screen; its hash goes into the record."""
        service = self._desk.directory.get(referral["service"])
        if service is not None:
            code = await slips.code_of(referral["id"], self._desk)
            await self.change_referral(referral["service"], "coupon", coupons.hashed(code))
            self.slip = Slip(referral["id"], code, service, referral["service"], _desk=self._desk)

    async def withdraw_slip(self) -> None:
        """Withdraw the slip that the person does not want: its code and hash go."""
        slip, self.slip = self.slip, None
        for referral in self.fields.get("referrals", []):
            if slip is not None and referral["id"] == slip.subject:
                await self._desk.notes.put_code(slip.subject, "", self._desk.today)
                await self.change_referral(referral["service"], "coupon", None)

    def close_slip(self) -> None:
        """Go back to the form."""
        self.slip = None

    async def save_once(self) -> bool:
        """Call `save`, unless a first tap has saved it already."""
        return not self.saved and await self.save()

    async def save(self) -> bool:
        """Judge the record; without refusal, save it durably, to be sent. Return whether it was saved."""
        self.follow_day()
        verdict = rules.judge(self.kind, self.whole, self._desk.evidence)
        self._tried, self.problems = True, list(verdict.problems)
        if verdict.refusals or verdict.fields is None:
            return False
        try:
            await self._desk.store.edit(self._kept, verdict.fields.compact(), "pending")
        except StoreError:
            self.problems = [NOT_KEPT, *self.problems]
            return False
        self.saved = True
        self._desk.bell.set()
        with suppress(StoreError):  # the record is safe: what is proposed next time is only a comfort
            await proposed.remember(self.fields, self.by_hand and self.is_new, self._desk)
        return True

    async def discard(self) -> Kept | None:
        """Throw the draft away, and return it so that it can be put back; what was saved once stays."""
        found = await self._desk.store.get(self._kept.id)
        await self._desk.store.forget(self._kept.id)
        return found

    async def enter(self, fields: dict[str, Any]) -> None:
        """Enter these fields and no other, and keep the draft at once."""
        self.fields, self.said, self._untouched = fields, "", False
        found = rules.judge(self.kind, fields, self._desk.evidence).problems
        self.problems = [p for p in found if p.warning or self._tried]
        self._kept = replace(self._kept, fields=fields)
        try:
            await self._desk.store.keep(self._kept)
        except StoreError:
            self.problems = [NOT_KEPT, *self.problems]
