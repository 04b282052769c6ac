"""An encounter with all that is followed of it: whom it was, what waits, what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from field_app.state.follow_ups.followed import Followed, list_followed
from field_app.state.private_note import describe_step
from field_app.store.local_store import Kept
from field_app.store.private_notes import Note, PrivateNotes
from shared import choices, french, territory
from shared.search_text import plain

PROFILE = ("gender", "age_band", "household", "activity")
"""What tells a person from the others met that day, in the order it is said."""
_NOBODY: frozenset[str] = frozenset()
ANSWER_DAYS = 30
"""Days during which what a service answered is announced, where nobody read it here."""


@dataclass(frozen=True, slots=True, eq=False)  # flet compares what changes: thousands, field by field, are slow
class Card:
    """One encounter, its day, its subjects, its repère and next step; `answered` has the subjects whose service
    answered and nobody has read it yet."""

    encounter: Kept
    made: date
    subjects: tuple[Followed, ...]
    note: Note
    answered: frozenset[str]
    today: date

    @property
    def id(self) -> str:
        """Return the id of the encounter."""
        return self.encounter.id

    @property
    def mine(self) -> bool:
        """Return whether it was entered on this tablet."""
        return self.encounter.state != "received" and not self.encounter.from_colleague

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
        """Return the profile: « Femme · 18-21 ans »; empty where nothing of it is known."""
        fields = self.encounter.fields
        known = ((name, str(fields.get(name, "inconnu"))) for name in PROFILE)
        return " · ".join(choices.load(name).label_of(code) for name, code in known if code != "inconnu")

    @property
    def step(self) -> str:
        """Return the next step in words: « Rappeler demain », « Accompagner · prévu hier »; empty without one."""
        return describe_step(self.note, self.today)

    @property
    def reminder(self) -> str:
        """Return the step and whom it concerns, for the home screen."""
        commune = territory.communes().get(str(self.encounter.fields.get("commune")))
        whom = self.note.text or self.who or f"personne vue {french.format_near_day(self.made, self.today)}"
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
        note = note_of(kept.id, subjects, notes) or none
        if subjects or note.step:
            answered = frozenset(s.id for s in subjects if s.id in answers) if answers else _NOBODY
            yield Card(kept, made, tuple(subjects), note, answered, today)


def note_of(encounter: str, subjects: Iterable[Followed], notes: PrivateNotes) -> Note | None:
    """Return the note of an encounter, None without; before, its text was kept as that of one of its subjects."""
    note = notes.find(encounter)
    if note is not None and (note.text or note.step):
        return note
    return next((old for s in subjects if (old := notes.find(s.id)) is not None and old.text), note)


def _answers(found: Iterable[Kept], read: set[str], today: date) -> Mapping[str, str]:
    """Return what services answered of late and nobody has read here: subject to follow-up."""
    return {
        str(k.fields.get("subject_id")): k.id
        for k in found
        if k.kind == "follow_up"
        and k.fields.get("reported_by") == "service"
        and not k.deleted
        and k.id not in read
        and _is_recent(str(k.fields.get("day")), today)
    }


def _is_recent(day: str, today: date) -> bool:
    try:
        return (today - date.fromisoformat(day)).days <= ANSWER_DAYS
    except ValueError:
        return False


def answers_of(found: Iterable[Kept]) -> set[str]:
    """Return every answer of a service that the tablet holds."""
    return {k.id for k in found if k.kind == "follow_up" and k.fields.get("reported_by") == "service"}
