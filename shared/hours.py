"""Opening hours in the OSM format: the subset the directory meets, read out in French. What is not understood
is unknown, never closed nor open (https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

from shared import french

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH")
DAY_NAMES = (*french.WEEKDAYS, "jours fériés")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PUBLIC_HOLIDAY = 7
DAY = 24 * 60
AHEAD = 60
"""Days within which the next opening is looked for."""
TO_CHECK = "horaires à vérifier"

_WEEK, _MONTH = "|".join(DAYS[:7]), "|".join(MONTHS)
_DAY_PART, _MONTH_PART = rf"(?:(?:{_WEEK})(?:-(?:{_WEEK}))?|PH)", rf"(?:{_MONTH})(?:-(?:{_MONTH}))?"
_TIME = r"\d{1,2}:[0-5]\d-\d{1,2}:[0-5]\d"
_RULE = re.compile(
    rf"(?:(?P<months>{_MONTH_PART}(?:,{_MONTH_PART})*)(?: |$))?(?:(?P<days>{_DAY_PART}(?:,{_DAY_PART})*)(?: |$))?"
    rf"(?P<times>off|closed|24/7|{_TIME}(?:,{_TIME})*)"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Minutes of the day from and to (beyond 1440: after midnight), none when closed; the empty day and month
    lists stand for all. Ranges are first and last, as written."""

    months: tuple[tuple[int, int], ...]
    days: tuple[tuple[int, int], ...]
    spans: tuple[tuple[int, int], ...]

    def about(self, day: date) -> bool:
        """Return whether the rule speaks of that day."""
        if self.months and not any(_within(day.month - 1, *ends) for ends in self.months):
            return False
        holiday = (PUBLIC_HOLIDAY, PUBLIC_HOLIDAY) in self.days and day in holidays(day.year)
        return not self.days or holiday or any(_within(day.weekday(), *ends) for ends in self.days)


@dataclass(frozen=True, slots=True)
class State:
    """Whether it is open at a moment, and the sentence that says so."""

    kind: Literal["open", "closed", "unknown"]
    sentence: str


def state(text: str | None, moment: datetime) -> State:
    """Open, closed or unknown at that moment of the device's clock, and what comes next."""
    rules = parse(text or "")
    if rules is None:
        return State("unknown", "Horaires inconnus")
    more = f" ({TO_CHECK})" if is_to_check(text or "") else ""
    now, today = moment.hour * 60 + moment.minute, moment.date()
    for start, end in _merged(_spans(rules, today)):
        if start <= now < end:
            until = f", ferme {_when(end, today)}" if end < 7 * DAY else " en permanence"
            return State("open", f"Ouvert{until}{more}")
        if start > now:
            return State("closed", f"Fermé, ouvre {_when(start, today)}{more}")
    return State("closed", f"Fermé{more}")


def described(text: str) -> list[str]:
    """Return the hours in French, a line for each rule; as they are written when they are not understood."""
    rules = timetable(text, FRENCH)
    if rules is None:
        return [text]
    lines = [f"{days} : {times}" for days, times in rules]
    return [*lines, TO_CHECK.capitalize()] if is_to_check(text) else lines


def timetable(text: str, names: HourNames) -> list[tuple[str, str]] | None:
    """Return for each rule its days and its times, both in the language of the names; None when one is not
    understood."""
    rules = parse(text)
    return None if rules is None else [_written(rule, names) for rule in rules]


def is_to_check(text: str) -> bool:
    """Tell whether the hours leave something to ask (`||`)."""
    return "||" in text


@cache
def parse(text: str) -> tuple[Rule, ...] | None:
    """Return the rules in their order, the last that speaks of a day being right; None when one is not understood.
    What follows `||` only serves where the rest is silent: it is left aside, and the hours said to be checked."""
    said = re.sub(r"\s*([,-])\s*", r"\1", " ".join(text.partition("||")[0].split()))
    rules = [_rule(part.strip()) for part in said.rstrip("; ").split(";")]
    found = tuple(rule for rule in rules if rule is not None)
    return found if len(found) == len(rules) else None


def _rule(text: str) -> Rule | None:
    match = _RULE.fullmatch(text)
    if match is None:
        return None
    spans = _times(match["times"])
    if spans is None:
        return None
    return Rule(_ranges(match["months"], MONTHS), _ranges(match["days"], DAYS), spans)


def _times(text: str) -> tuple[tuple[int, int], ...] | None:
    if text in ("off", "closed"):
        return ()
    if text == "24/7":
        return ((0, DAY),)
    spans = []
    for part in text.split(","):
        start, end = (int(h) * 60 + int(m) for h, m in (side.split(":") for side in part.split("-")))
        if start == end or start >= DAY or end > 2 * DAY:
            return None
        spans.append((start, end if end > start else end + DAY))
    return tuple(sorted(spans))


def _ranges(text: str | None, names: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    parts = (part.split("-") for part in text.split(",")) if text else ()
    return tuple((names.index(ends[0]), names.index(ends[-1])) for ends in parts)


def _within(value: int, first: int, last: int) -> bool:
    """Tell whether a value is within a range, which may go round: Sa-Mo, Nov-Feb."""
    return first <= value <= last if first <= last else value >= first or value <= last


def _spans(rules: tuple[Rule, ...], today: date) -> Iterator[tuple[int, int]]:
    """Yield the open spans in minutes from this midnight, beginning with last night's, which may go on this
    morning."""
    for ahead in range(-1, AHEAD):
        about = [rule for rule in rules if rule.about(today + timedelta(ahead))]
        for start, end in about[-1].spans if about else ():
            yield start + ahead * DAY, end + ahead * DAY


def _merged(spans: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join those that touch: what closes at midnight and opens at midnight does not close."""
    whole: tuple[int, int] | None = None
    for start, end in spans:
        if whole and start <= whole[1]:
            whole = (whole[0], max(whole[1], end))
            continue
        if whole:
            yield whole
        whole = (start, end)
    if whole:
        yield whole


def _when(minutes: int, today: date) -> str:
    ahead, at = divmod(minutes, DAY)
    if minutes == DAY:
        return "à minuit"
    day = today + timedelta(ahead)
    names = {0: "", 1: "demain "}
    name = names.get(ahead, f"{DAY_NAMES[day.weekday()]} " if ahead < 7 else f"le {french.format_day(day)} ")
    return f"{name}à {_clock(at)}"


def _clock(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


def digits(minutes: int) -> str:
    """Write a time as a clock shows it wherever one comes from: 9:00."""
    return f"{minutes // 60}:{minutes % 60:02}"


@dataclass(frozen=True, slots=True)
class HourNames:
    """What hours are written with in one language: the seven days from Monday on and public holidays, the months,
    what stands between two ends of days, and how a time is written (minutes of the day)."""

    days: tuple[str, ...]
    months: tuple[str, ...]
    every_day: str
    closed: str
    all_day: str
    to: str = " – "
    time: Callable[[int], str] = digits


FRENCH = HourNames(DAY_NAMES, french.MONTHS, "tous les jours", "fermé", "24 h sur 24", " à ", _clock)


def _written(rule: Rule, names: HourNames) -> tuple[str, str]:
    days, months = _named(rule.days, names.days, names.to), _named(rule.months, names.months, names.to)
    who = ", ".join(part for part in (months, days) if part) or names.every_day
    if rule.spans == ((0, DAY),):
        times = names.all_day
    else:
        ends = ((names.time(a), names.time(b if b <= DAY else b - DAY)) for a, b in rule.spans)
        times = ", ".join(f"{a} – {b}" for a, b in ends) or names.closed
    return f"{who[0].upper()}{who[1:]}", times


def _named(ranges: tuple[tuple[int, int], ...], names: tuple[str, ...], to: str) -> str:
    return ", ".join(names[a] if a == b else f"{names[a]}{to}{names[b]}" for a, b in ranges)


@cache
def holidays(year: int) -> frozenset[date]:
    """Return the public holidays of the Territoire de Belfort: the eleven national ones, none of
    Alsace-Moselle."""
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (easter(year) + timedelta(days) for days in (1, 39, 50))
    return frozenset({*(date(year, *day) for day in fixed), *moving})


def easter(year: int) -> date:
    """Compute Easter Sunday, by the algorithm of Meeus, Jones and Butcher."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    r = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * r) // 451
    month, day = divmod(h + r - 7 * m + 114, 31)
    return date(year, month, day + 1)
