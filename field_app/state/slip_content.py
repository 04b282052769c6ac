"""Write what stands on a slip: where the service is, when, its telephone. Nothing of the person, nor of what they
come for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared import french, hours, territory
from shared.models import ServiceFields
from shared.slip_words import Words

TITLE = "Coupon d’orientation"
"""In French in whatever language the slip is: the service must know it again."""
_APPOINTMENT = r"(?:sur (?:rendez-vous|rdv)|by appointment)"
_COMMENT = re.compile(rf'\s*"[^"]*\b{_APPOINTMENT}\b[^"]*"', re.IGNORECASE)
_ALL_BY_APPOINTMENT = re.compile(rf"\b{_APPOINTMENT}\s*([.;!]|$)", re.IGNORECASE)
_FREE = re.compile(r"\b(sans (rendez-vous|rdv)|accueil libre|entrée libre)\b", re.IGNORECASE)
_TIMES = re.compile(r"\d|\b(off|closed)\b")
_LEFT_TO_RIGHT, _END = "\u2066", "\u2069"
"""Around a number or an address within a text from right to left: else « 03 84 » would be written « 84 03 »."""


@dataclass(frozen=True, slots=True)
class SlipLine:
    """A line: `words` in the language of the person, then a `fact` that reads from left to right in every one: an
    address, a number, times."""

    words: str = ""
    fact: str = ""


@dataclass(frozen=True, slots=True)
class SlipPart:
    """Lines under a title, empty for none."""

    title: str
    lines: tuple[SlipLine, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All that a slip says, in one language; `for_service` is French, for whoever receives the person. It and the
    code are empty where nobody does."""

    words: Words
    service: str
    parts: tuple[SlipPart, ...]
    code: str
    for_service: str

    @property
    def rights(self) -> tuple[str, ...]:
        """Return what the person may do with it."""
        return self.words.no_name, self.words.refuse, self.words.lose


def write(service: ServiceFields, words: Words, code: str, answer_page: str, is_line: bool = False) -> Content:
    """Return the content of a slip for that service; `answer_page` is where the service answers. A telephone line
    (`territory.lines`) has no door to show it at, and nobody there to scan it: the number is all."""
    if is_line:
        told = (_phone(service, words), _languages(service, words))
        return Content(words, service.name, tuple(part for part in told if part.lines), "", "")
    parts = (
        *(_where(service, words), _way(service, words), _when(service, words), _phone(service, words)),
        *(_languages(service, words), _advice(service, words)),
    )
    for_service = f"Pour le service\N{NO-BREAK SPACE}: scannez le carré ou tapez ce code sur {answer_page}"
    return Content(words, service.name, tuple(part for part in parts if part.lines), code, for_service)


def as_text(content: Content) -> str:
    """Write a slip as a text to be shared, line by line."""
    words = content.words
    isolate, end = (_LEFT_TO_RIGHT, _END) if words.right_to_left else ("", "")
    lines = [f"{isolate}{TITLE}\N{NO-BREAK SPACE}: {content.service}{end}"]
    lines += [] if words.is_french else [words.title]
    lines += [words.helps, ""]
    for part in content.parts:
        lines += [part.title] if part.title else []
        for line in part.lines:
            fact = f"{isolate}{line.fact}{end}" if line.fact else ""
            lines.append(" ".join(said for said in (line.words, fact) if said))
        lines.append("")
    if content.code:
        lines += [words.show, f"{isolate}{content.code}{end}", f"{isolate}{content.for_service}{end}", ""]
    return "\n".join([*lines, *content.rights])


def _where(service: ServiceFields, words: Words) -> SlipPart:
    """Return the way: the address and the commune with its post code, as far as they are known."""
    commune = territory.communes().get(service.commune or "")
    place = SlipLine(fact=f"{commune.post_code} {commune.name}") if commune else None
    address = SlipLine(fact=service.address) if service.address else SlipLine(words.no_address)
    return SlipPart(words.where, (address, place) if place else (address,))


def _way(service: ServiceFields, words: Words) -> SlipPart:
    """Return how a person gets in, as far as it is known: in French, as the address is."""
    access = [SlipLine(fact=service.access)] if service.access else []
    chair = {"oui": words.wheelchair, "non": words.no_wheelchair}.get(service.wheelchair or "")
    return SlipPart(words.way, (*access, *([SlipLine(chair)] if chair else [])))


def _languages(service: ServiceFields, words: Words) -> SlipPart:
    """Return whether the language of the slip is spoken there, else whether an interpreter helps: who reads French
    needs neither."""
    said = []
    if not words.is_french and words.code in service.languages:
        said.append(words.spoken)
    elif not words.is_french and "interprete" in service.languages:
        said.append(words.interpreter)
    if "lsf" in service.languages:
        said.append(words.signs)
    return SlipPart("", tuple(map(SlipLine, said)))


def _when(service: ServiceFields, words: Words) -> SlipPart:
    appointment = (SlipLine(words.appointment),) if _needs_appointment(service) else ()
    written = _without_comments(service.opening_hours or "")
    if not written:
        return SlipPart(words.when, appointment or (SlipLine(words.no_hours),))
    rules = hours.timetable(written, words.opening)
    if rules is None:
        return SlipPart(words.when, (*appointment, SlipLine(fact=written)))
    lines = (_opening(days, times, words) for days, times in rules)
    return SlipPart(words.when, (*appointment, *lines))


def _opening(days: str, times: str, words: Words) -> SlipLine:
    """Return a line of hours, cut between two times only. Times are digits, « fermé » a word of the language."""
    named = f"{days}{words.colon}"
    whole = ", ".join(span.replace(" ", french.NBSP) for span in times.split(", "))
    return SlipLine(f"{named} {times}") if times in (words.closed, words.all_day) else SlipLine(named, whole)


def _phone(service: ServiceFields, words: Words) -> SlipPart:
    return SlipPart(words.phone, (SlipLine(fact=service.phone),) if service.phone else ())


def _advice(service: ServiceFields, words: Words) -> SlipPart:
    """Return what to do before going there, where something is not known or the hours are not sure."""
    written = service.opening_hours or ""
    doubts = [SlipLine(words.check_hours)] if hours.is_to_check(written) else []
    sure = service.address and written and not doubts and hours.parse(_without_comments(written)) is not None
    if sure and not _needs_appointment(service):
        return SlipPart("", ())
    return SlipPart("", (*doubts, SlipLine(words.call_first if service.phone else words.ask_first)))


def _without_comments(written: str) -> str:
    """Return the hours without what is added in words, and without a day of which nothing else is said."""
    rules = ((rule, _COMMENT.sub("", rule).strip()) for rule in written.split(";"))
    return "; ".join(left for rule, left in rules if left and (left == rule.strip() or _TIMES.search(left)))


def _needs_appointment(service: ServiceFields) -> bool:
    """Return whether nobody is received without one: its hours say so, or what it says of itself, and of no other
    way in; how one gets in says it whatever follows."""
    if re.search(rf"\b{_APPOINTMENT}\b", service.opening_hours or "", re.IGNORECASE):
        return True
    said, access = service.presentation or "", service.access or ""
    told = _ALL_BY_APPOINTMENT.search(said) or re.search(rf"\b{_APPOINTMENT}\b", access, re.IGNORECASE)
    return bool(told) and not _FREE.search(f"{said} | {access}")
