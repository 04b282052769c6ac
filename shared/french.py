"""Write days, numbers, percentages and plurals as French does: the one place that knows how."""

from __future__ import annotations

import re
from datetime import date, timedelta

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NNBSP = "\u202f"
"""The narrow no-break space that French puts inside numbers and before %."""
NBSP = "\u00a0"
"""A no-break space: a line does not end at it."""
UNITS = ("min", "h", "km", "m", "Mo", "ans", "an", "jours", "jour", "mois", "semaines", "semaine")
"""The words that a line does not part from their number."""
_BREAKS = re.compile(
    rf" (?=[:;?!»%€](?:\W|$))|(?<=«) |(?<=n°) |(?<=\d h) (?=\d\d\b)|(?<=\d) (?=(?:{'|'.join(UNITS)})\b)"
)


def format_day(value: date) -> str:
    """Write a day: 01/03/2026."""
    return f"{value:%d/%m/%Y}"


def format_weekday(value: date) -> str:
    """Write a day as it is spoken of: « mardi 10/03/2026 »."""
    return f"{WEEKDAYS[value.weekday()]} {format_day(value)}"


def format_near_day(value: date, today: date) -> str:
    """Write a day as it is spoken of today: « hier », « aujourd’hui », « demain », « jeudi 12 novembre », with the
    year where it is another."""
    near = {-1: "hier", 0: "aujourd’hui", 1: "demain"}.get((value - today).days)
    if near:
        return near
    year = "" if value.year == today.year else f" {value.year}"
    return f"{WEEKDAYS[value.weekday()]} {_spoken(value)} {MONTHS[value.month - 1]}{year}"


def format_period(first: date, last: date) -> str:
    """Write a period: « du 01/01/2026 au 31/03/2026 »."""
    return f"du {format_day(first)} au {format_day(last)}"


def format_week(first: date) -> str:
    """Write the week that begins on that day: « du 23 au 29 novembre 2026 », « du 28 décembre 2026 au 3 janvier
    2027 »."""
    last = first + timedelta(days=6)
    begin = _spoken(first)
    if (first.year, first.month) != (last.year, last.month):
        begin += f" {MONTHS[first.month - 1]}"
    if first.year != last.year:
        begin += f" {first.year}"
    return f"du {begin} au {_spoken(last)} {MONTHS[last.month - 1]} {last.year}"


def _spoken(value: date) -> str:
    """Write the day of the month as it is said: « 1er », « 2 »."""
    return "1er" if value.day == 1 else str(value.day)


def format_month(year: int, month: int) -> str:
    """Write a month, 1 to 12, of a year: « mars 2026 »."""
    return f"{MONTHS[month - 1]} {year}"


def format_number(value: float | None, decimals: int = 0) -> str:
    """Write a number, with a decimal only where there is one; « — » where there is none to give."""
    if value is None:
        return "—"
    text = f"{value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text.startswith("-"):  # a true minus; and no less than nothing where it rounds to 0
        text = text[1:] if not float(text.replace(",", "")) else f"−{text[1:]}"
    return text.replace(",", NNBSP).replace(".", ",")


def format_percent(value: float | None) -> str:
    """Write a fraction as a percentage: « 30,2 % »; « — » over a denominator of 0."""
    return "—" if value is None else f"{format_number(value * 100, 1)}{NNBSP}%"


def format_range(low: float | None, high: float | None) -> str:
    """Write a number, or « 12 à 15 » where it is a range."""
    return format_number(low) if high is None or high == low else f"{format_number(low)} à {format_number(high)}"


def format_ratio(top: str, bottom: str) -> str:
    """Write « 1 sur 2 », never cut at the end of a line of a narrow cell."""
    return f"{top}{NBSP}sur{NBSP}{bottom}"


def typeset(text: str) -> str:
    """Return a text with the no-break spaces of French, written with ordinary ones: before « : ; ? ! », inside the
    quotation marks, between a number and its unit, after « n° ». No line begins with a sign or ends before one."""
    return _BREAKS.sub(NBSP, text)


def begin_small(text: str) -> str:
    """Return a text whose first letter is small, to go on within a sentence."""
    return text[:1].lower() + text[1:]


def begin_large(text: str) -> str:
    """Return a text whose first letter is a capital, to begin a sentence."""
    return text[:1].upper() + text[1:]


def plural(number: float) -> str:
    """Return the mark of the plural, from two on."""
    return "s" if number >= 2 else ""


def format_count(number: int, one: str, several: str = "") -> str:
    """Write a number and its noun: « 1 saisie », « 3 saisies »; `several` where it is not `one` with an s."""
    return f"{format_number(number)} {(several or one + 's') if number >= 2 else one}"
