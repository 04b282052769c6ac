"""An encounter with all that is followed of it: whom it was, what waits, what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from field_app.state.follow_ups.followed import Followed, list_followed
from field_app.state.private_note import describe_step
from field_app.store.local_store import Kept
from field_app.store.private_notes import Note, PrivateNotes
from shared import choices, field_labels, french, territory
from shared.models.follow_up import OUTCOME_LIST
from shared.search_text import plain

PROFILE = ("gender", "age_band", "household", "housing", "activity")
"""What tells a person from the others met that day, in the order it is said."""
ANSWER_DAYS = 30
"""Days during which what a service answered is announced, where nobody read it here."""


@dataclass(frozen=True, slots=True, eq=False)  # flet compares what changes: thousands, field by field, are slow
class Card:
    """One encounter, its day, its subjects, its repère and next step; `answered` has what its services answered
    and nobody has read yet, by subject."""

    encounter: Kept
    made: date
    subjects: tuple[Followed, ...]
    note: Note
    answered: Mapping[str, Kept]
    today: date

    @property
    def id(self) -> str:
        """Return the id of the encounter."""
        return self.encounter.id

    @property
    def entered_here(self) -> bool:
        """Return whether it was entered on this tablet, not by a colleague."""
        return self.encounter.entered_here

    @property
    def mine(self) -> bool:
        """Return whether it was entered here, or a step or a repère of a colleague’s was noted here."""
        return self.entered_here or bool(self.note.step or self.note.text)

    @property
    def open(self) -> bool:
        """Return whether something may still come of it, or is still to be done."""
        return bool(self.note.step) or any(subject.open for subject in self.subjects)

    @property
    def step_due(self) -> bool:
        """Return whether the next step is for today, or is late."""
        return bool(self.note.step) and self.note.step_day <= str(self.today)

    @property
    def waits_today(self) -> bool:
        """Return whether it comes first: a step to do, an answer to read."""
        return self.step_due or bool(self.answered)

    @property
    def last_heard(self) -> date:
        """Return the day of the oldest silence among what is due, else of the latest news."""
        due = [subject.news.last_heard for subject in self.subjects if subject.due]
        return min(due) if due else max((s.news.last_heard for s in self.subjects), default=self.made)

    @property
    def where(self) -> str:
        """Return where and when: « Giromagny · Mairie · hier »."""
        fields = self.encounter.fields
        commune = territory.communes().get(str(fields.get("commune")))
        place = str(fields.get("place_type", ""))
        parts = [
            commune.name if commune else "",
            choices.load("place_type").label_of(place) if place else "",
            french.format_near_day(self.made, self.today),
        ]
        return " · ".join(part for part in parts if part)

    @property
    def who(self) -> str:
        """Return the profile, and whether it was a mere talk: « Femme · 18-21 ans · simple échange »; empty where
        nothing of it is known."""
        fields = self.encounter.fields
        known = ((name, str(fields.get(name, "inconnu"))) for name in PROFILE)
        said = [choices.load(name).label_of(code) for name, code in known if code != "inconnu"]
        return " · ".join([*said, *([field_labels.NO_NEED] if fields.get("no_need") else [])])

    @property
    def answers(self) -> Iterator[tuple[Followed, str]]:
        """Yield what services answered and nobody has read yet: about what, and in words."""
        outcomes = choices.load(OUTCOME_LIST["referral"])
        for subject in self.subjects:
            if kept := self.answered.get(subject.id):
                yield subject, outcomes.label_of(str(kept.fields.get("outcome")))

    @property
    def whom(self) -> str:
        """Return by what the worker knows the person: the repère, else the profile; empty without either."""
        return self.note.text or self.who

    @property
    def step(self) -> str:
        """Return the next step in words: « Rappeler demain », « Accompagner · prévu hier »; empty without one."""
        return describe_step(self.note, self.today)

    @property
    def reminder(self) -> str:
        """Return the step and whom it concerns, for the home screen."""
        commune = territory.communes().get(str(self.encounter.fields.get("commune")))
        whom = self.whom or f"personne vue {french.format_near_day(self.made, self.today)}"
        return " · ".join(part for part in (self.step, whom, commune.name if commune else "") if part)

    def matches(self, words: str, name: Callable[[Followed], str]) -> bool:
        """Return whether each of those words begins one of the repère’s, the place’s or what is followed."""
        said = [self.where, self.who, self.note.text, *(name(s) for s in self.subjects)]
        known = f" {plain(' '.join([*said, *(s.context for s in self.subjects)]))}"
        return all(f" {word}" in known for word in plain(words).split())


def gather(found: list[Kept], notes: PrivateNotes, read: set[str], today: date) -> Iterator[Card]:
    """Yield the encounters with something to follow, or a next step; `read` has the answers read already."""
    answers, none = _answers(found, read, today), Note(str(today))
    for kept, made, subjects in list_followed(found, today):
        note = notes.find(kept.id) or none
        if subjects or note.step:
            answered = {s.id: answers[s.id] for s in subjects if s.id in answers} if answers else {}
            yield Card(kept, made, tuple(subjects), note, answered, today)


def _answers(found: Iterable[Kept], read: set[str], today: date) -> Mapping[str, Kept]:
    """Return what services answered of late and nobody has read here, the latest by subject."""
    unread = (
        k for k in found if is_answer(k) and k.id not in read and _is_recent(str(k.fields.get("day")), today)
    )
    return {str(k.fields.get("subject_id")): k for k in sorted(unread, key=lambda k: str(k.fields.get("day")))}


def is_answer(kept: Kept) -> bool:
    """Return whether it is what a service answered."""
    return kept.kind == "follow_up" and kept.fields.get("reported_by") == "service" and not kept.deleted


def _is_recent(day: str, today: date) -> bool:
    try:
        return (today - date.fromisoformat(day)).days <= ANSWER_DAYS
    except ValueError:
        return False


def newest(card: Card) -> tuple[date, int, str]:
    """Sort by day, then by the order of entry."""
    return card.made, card.encounter.entered or 0, card.id


def asked_for(card: Card) -> tuple[bool, str]:
    """Sort the answers first, which go once they are read; then the steps, the longest overdue before."""
    return not card.answered, card.note.step_day


def silent(card: Card) -> tuple[date, date, int]:
    """Sort what nobody heard of for longest first."""
    return card.last_heard, card.made, card.encounter.entered or 0
