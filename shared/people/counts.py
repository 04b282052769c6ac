"""Tell an amount, a school year, an agenda or a short phone number from the number of a file: « RSA 500-600 € ».

What is refused behind « CAF » or « dossier » is refused by the server as it is by the tablet: a record with an
amount in it would never be kept. Behind « n° », nothing but a year is let pass.
"""

from __future__ import annotations

import re
from itertools import pairwise

_THOUSANDS = r"(?:\d{1,3}[ .]\d{3}|\d[ .]\d{3}[ .]\d{3})"
_AMOUNT = rf"(?:{_THOUSANDS}|\d{{1,6}})"
_AMOUNTS = re.compile(rf"(?:[a-z]\d\s)?{_AMOUNT}(?:[-/]{_AMOUNT})?", re.IGNORECASE)
"""450 500, T2 450-550, 1 200-1 500: never two amounts side by side, nor seven digits in a row."""
_MONEY = re.compile(r"\s?(?:€|k€|euros?(?!\w)|eur(?!\w)|par\smois|/\s?mois|mensuel)", re.IGNORECASE)
_RANGE = re.compile(
    r"([1-9]\d{0,2}|[1-9]\d?[ .]?\d{3})[-/]([1-9]\d{0,2}|[1-9]\d?[ .]?\d{3})(?:\s?e)?", re.IGNORECASE
)
_ROUND_THOUSANDS = re.compile(r"\d{1,3}(?: \d{3}){0,2} 000")
_ROUND = 50
"""Of what the two ends of a range of four digits or more are a multiple: 1200-1500."""
_YEARS = r"20\d\d[/-]\d\d(?:\d\d)?"
_SHORT = r"(?:1[578]|11[24589]|39\d\d|3018|3020|311[47]|3230|3620|3631|3646)"
_ALWAYS = r"(?:24/24|7/7)"
_ASIDE = re.compile(rf"(?<![\d/.-])(?:{_YEARS}|{_SHORT}|{_ALWAYS})(?![\d/.-])")
_ONLY_YEARS = re.compile(rf"(?<![\d/.-]){_YEARS}(?![\d/.-])")
_GROUPS = re.compile(r"\d{1,2}(?:[ ./-]\d{1,2}){2,15}")
_OPEN, _CLOSED = 6, 22
"""The hours between which a service is open."""
_LEFT = 3
"""Digits that may stay beside a year or a short number: « CAF 90 2025/26 »; more are a file."""
_CERTAIN = re.compile(
    r"(?<!\w)(?:n\s?[°º]|(?:no|num(?:[ée]ro)?|matricule|identifiant|id)(?!\w))[^\d]{0,30}$", re.IGNORECASE
)


def is_a_count(before: str, number: str, behind: str) -> bool:
    """Tell whether that number, with what stands before and behind it, is none of a file."""
    if _CERTAIN.search(before):
        return _leaves_little(_ONLY_YEARS, number)
    if _AMOUNTS.fullmatch(number) and _MONEY.match(behind):
        return True
    return (
        _is_a_range(number)
        or _ROUND_THOUSANDS.fullmatch(number) is not None
        or _leaves_little(_ASIDE, number)
        or _is_an_agenda(number)
    )


def _leaves_little(aside: re.Pattern[str], number: str) -> bool:
    """Tell whether few digits are left beside the years and the short numbers of a run that has some."""
    left = aside.sub(" ", number)
    return left != number and sum(sign.isdigit() for sign in left) <= _LEFT


def _is_a_range(number: str) -> bool:
    """Tell whether it goes from one count to another: 450-550, 1200-1500; not 1234-5678 nor 550-123."""
    match = _RANGE.fullmatch(number)
    if match is None:
        return False
    low, high = (int(re.sub(r"\D", "", end)) for end in match.groups())  # a point or a space among its digits
    return low < high and (high < 1000 or low % _ROUND == high % _ROUND == 0)


def _is_an_agenda(number: str) -> bool:
    """Tell whether its groups of digits are a day, a month, then hours or minutes, or hours alone: « 15 12 9 30 ».
    A number in pairs, 12 34 56 7, or digit by digit has others."""
    if _GROUPS.fullmatch(number) is None or not re.search(r"\d\d", number):
        return False
    groups = [int(group) for group in re.findall(r"\d+", number)]
    dated = 0 < groups[0] <= 31 and 0 < groups[1] <= 12
    timed = all(group <= 24 or (group % 5 == 0 and group < 60) for group in groups[2:])
    hours = all(_OPEN <= low < high <= _CLOSED for low, high in pairwise(groups))
    return (dated and timed) or hours
