"""Find the number of a paper or of a file: passport, identity card, residence permit, beneficiary, student.

A number that a word announces is one whatever its form. Alone, it needs the form of one: ten to thirteen digits
in a row (a SIRET has fourteen, a SIREN nine), or letters and digits as no word of French mixes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.people.counts import is_a_count
from shared.people.finding import Finding

_PAPER = (
    r"(?:passeports?|passport|pass\.|cni|cnie|cin|carte(?:\snationale)?(?:\sd['’]identit[ée])|carte\s(?:de\ss[ée]jour|vitale|de\sr[ée]sident|ada|ame)"
    r"|identit[ée]|titre(?:\sde\ss[ée]jour)?|s[ée]jour|r[ée]c[ée]piss[ée]|visa|agdref|fnaed|[ée]tranger|num[ée]ro|allocataires?|alloc|caf|cpam|msa|ameli"
    r"|s[ée]cu|s[ée]curit[ée]\ssociale|nss|nir|ine|neph|permis|matricule|identifiant|id|france\stravail|p[ôo]le\semploi|ft|pe|ofpra|ofii|cnda|ada"
    r"|dossier|mdph|demandeur|demande|anef|siao|usager|rsa|ame|css|aah)"
)
_BEFORE = rf"(?<!\w){_PAPER}(?:[\s:.,'’()-]{{1,3}}[a-zà-ÿ]{{1,12}}){{0,3}}[\s:.,#n°º()-]{{1,5}}"
"""The word that announces a number, and up to three that may stand between: « n° d’allocataire de la CAF : »."""
_ANNOUNCED = re.compile(
    rf"{_BEFORE}(?P<number>(?:[a-z]{{1,3}}[\s.-]?)?\d(?:[\s./-]?\d){{4,15}}(?:\s?[a-z]{{1,2}})?)(?!\w)",
    re.IGNORECASE,
)
_ANNOUNCED_MIXED = re.compile(
    rf"{_BEFORE}(?P<number>\d\d\s?[a-z]{{2}}\s?\d{{5}}|[a-z0-9]{{7,12}})(?!\w)", re.IGNORECASE
)
_ROW = re.compile(r"(?<![\w.,/:])(?:\d{10,13}|\d{15})(?!\w)")
_STRANGER = re.compile(r"(?<![\w.,/:-])99(?:[\s.-]?\d){8}(?![\s.-]?\d)")
_FORMS = re.compile(
    r"(?<!\w)(?:\d\d[a-z]{2}\d{5}|\d\d[\s.-](?-i:[A-Z]{2})[\s.-]\d{5}|[a-z]{1,2}\d{6,8}|(?-i:[A-Z]{1,2})[\s.-]\d{7,8}"
    r"|\d{9}[a-z]{2}|\d{10}[a-z]|\d{4}[a-z]\d{5}[a-z]|\d{7}[a-z])(?!\w)",
    re.IGNORECASE,
)
"""12AB34567, AB1234567, 1234567A."""
_CARD = re.compile(r"(?<!\w)(?=[a-z0-9]{9}(?!\w))[a-z][a-z0-9]{8}", re.IGNORECASE)
_CHANGES = re.compile(r"\d+|[a-z]+", re.IGNORECASE)
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_DAY = re.compile(r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)?\d\d")
_YEARS = re.compile(r"(?:(?:19|20)\d\d\D{1,3}|(?:0[1-9]|1[0-2])[/. -])(?:19|20)\d\d")
_BEHIND, _WORD = 12, 12
"""Signs looked at behind a number, for its €, and letters at most of a word that stands before one."""
_SCHOOL_KEY = "ABCDEFGHJKLMNPRSTUVWXYZ"


def find_identity(written: str, numbers: str) -> Finding | None:
    """Return the first number of a paper or a file. `numbers` is the text with days and hours put aside: what has
    letters in it is looked for in `written`, where « 2H6 » is no hour."""
    return next(_find_all(written, numbers), None)


def _find_all(written: str, numbers: str) -> Iterator[Finding]:
    for pattern, text in ((_ANNOUNCED, _without_counts(numbers)), (_ANNOUNCED_MIXED, written)):
        for match in pattern.finditer(text):
            if _may_be_a_file(match["number"]):
                yield Finding("identity", *match.span("number"))
    for pattern in (_ROW, _STRANGER):
        yield from (Finding("identity", *match.span()) for match in pattern.finditer(numbers))
    for match in _FORMS.finditer(written):
        if not _is_a_day(match[0]) and not _is_a_school(match[0]):
            yield Finding("identity", *match.span())
    for match in _CARD.finditer(written):
        if _is_mixed(match[0]):
            yield Finding("identity", *match.span())


def _without_counts(numbers: str) -> str:
    """Return the text with letters in the place of the amounts, years and agendas that a word announces: a number
    may stand behind one, « CAF 2025-26 : 1234567 »."""
    return _ANNOUNCED.sub(_put_aside, numbers)


def _put_aside(match: re.Match[str]) -> str:
    number, (start, end) = match["number"], match.span("number")
    before, behind = match[0][: start - match.start()], match.string[end : end + _BEHIND]
    if not _may_be_a_file(number) or not is_a_count(before, number, behind):
        return match[0]
    return before + ("x" * _WORD)[: len(number)].ljust(len(number))


def _may_be_a_file(number: str) -> bool:
    """Tell whether it has six digits and is no day nor hour: « dossier 12/03/2026 », « CAF 14-16 »."""
    digits = [sign for sign in number if sign.isdigit()]
    return len(digits) >= 6 and not _is_a_day("".join(digits)) and not _YEARS.fullmatch(number)


def _is_a_day(number: str) -> bool:
    """Tell « le12032026 » from a number."""
    return _DAY.fullmatch("".join(sign for sign in number if sign.isdigit())) is not None


def _is_a_school(number: str) -> bool:
    """Tell whether it is the code of a school (0900017X), by the letter that its digits give."""
    return number[:1] == "0" and number[:7].isdecimal() and number[7:].upper() == _SCHOOL_KEY[int(number[:7]) % 23]


def _is_mixed(number: str) -> bool:
    """Tell whether letters and digits change three times, as in X4RTBPFW4, and no syllable stands among them."""
    parts = _CHANGES.findall(number)
    spoken = any(len(part) > 2 and _VOWEL.search(part) for part in parts)
    return len(parts) > 3 and not spoken
