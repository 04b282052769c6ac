"""Find what could name a person in a short text: it warns or blocks, it certifies nothing (PRIVACY).

What is certain is refused: numbers, electronic addresses, a birth date that is said to be one (`find`,
`LABELS`). What is likely is warned of: names, civilities, addresses, old dates (`find_doubt`, `DOUBTS`): a
school bears a name too.

Used on the *repère* of the tablet, on the only free words that are synced, the names of structures, and on the
notes of the coordination. From each place of the text a pattern looks at a bounded number of characters: twice the
text takes twice the time. One that was quadratic held the server for everybody.

The tables of numbers (phonenumbers, stdnum) load at the first text that looks like one, and the names at the first
that is judged: a tablet starts without.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from functools import cache

from shared.people.finding import Finding as Finding

LABELS = {
    "phone": "un numéro de téléphone",
    "email": "une adresse électronique",
    "nir": "un numéro de sécurité sociale",
    "iban": "un numéro de compte (IBAN)",
    "identity": "un numéro de dossier ou de pièce d’identité",
    "birth": "une date de naissance",
}
"""What is blocked, as a worker reads it."""
DOUBTS = {
    "name": "à un prénom",
    "person": "au nom d’une personne",
    "birth": "à une date de naissance",
    "address": "à l’adresse d’une personne",
}
"""What is warned of: what a worker reads behind « ressemble »."""
MOST_SEARCHED = 2_000
"""Characters searched at most: four times the longest text that is kept anywhere, a note of the coordination.
Whoever keeps a text bounds it first; this is all that one who forgot can cost."""

_S = r"[\s.\-/()_·‐-―]{0,3}"
"""What may stand between two digits of one number: a letter, a comma or a colon ends it."""
_YEAR, _HOUR = r"(?:19|20)\d\d", r"(?:[01]?\d|2[0-4])"
_EMAIL = re.compile(r"[^\s@]\s?(?:@|\(at\)|\[at\])\s?[^\s@]", re.IGNORECASE)
_NO_PAIRS = rf"(?:(?=\s{_HOUR}\s?[0-5]\d(?!\d))|(?!\s\d\d\s?\d\d(?!\d)))"
"""After 05/12/26, an hour or anything but the two pairs that would end a number."""
_NO_PAIR = rf"(?!\d)(?:(?=\s{_HOUR}(?!\d))|(?!\s\d\d(?!\s?\d)))"
_DATE = re.compile(
    rf"(?<![\d./-])(?<!\d[:h])(?:[0-3]?\d([/.-])[01]?\d\1{_YEAR}(?!\1?\d)"
    rf"|{_YEAR}([/.-])[01]?\d\2[0-3]?\d(?!\2?\d)"
    rf"|[0-3]?\d/[01]?\d/[1-3]\d(?!/?\d){_NO_PAIRS}"
    rf"|[0-3]?\d([.-])[01]?\d\3[1-3]\d(?=\s(?:à\s)?{_HOUR}\s?[h:])"
    rf"|[0-3]\d\s[01]\d\s{_YEAR}{_NO_PAIR}|[0-3]\d[01]\d{_YEAR}(?=\s{_HOUR}\s?[0-5]\d(?!\d))"
    rf"|{_YEAR}\s[01]\d\s[0-3]\d(?:\s{_YEAR}\s[01]\d\s[0-3]\d){{0,5}}(?!\d)"
    r"|[0-3]?\d/[01]?\d\s?[-–]\s?[0-3]?\d/[01]?\d(?!/?\d))"
)
"""05/12/2026, 2026-12-05, 05 12 2026, 05/12/26, 05.12.26 before an hour, 05/12 - 08/12; not 06.12.34.56.78."""
_DAY = r"(?:0?[1-9]|[12]\d|3[01])[./–-](?:0?[1-9]|1[0-2])(?!\d)"
_UNTIL = rf"[-–]{_HOUR}(?:\.[0-5]\d)?(?!\d)"
_SPAN = rf"(?:{_HOUR}\.[0-5]\d(?!\d)(?:{_UNTIL})?|{_HOUR}{_UNTIL}|{_DAY})"
_THEN = rf"\)?\s(?:[-–]\s)?\(?{_SPAN}"
_BESIDE = rf"(?!0\d[./–-]\d\d(?!(?:{_UNTIL})?{_THEN})(?:{_S}\d){{6}}){_SPAN}"
"""A span, unless the six digits after it make a number of it."""
_AGENDA = re.compile(
    r"(?<![\d./-])(?!0\d([./-])\d\d\s\d\d\1\d\d\s\d\d(?![./-]?\d))"
    rf"(?:{_BESIDE}(?:\)?\s(?:[-–]\s)?\(?{_BESIDE}){{1,5}}"
    rf"|(?:1\d|2[0-4])\.[0-5]\d{_UNTIL}|{_HOUR}\.[0-5]\d{_UNTIL}(?!{_S}\d))(?![./-]?\d)"
)
"""Days and hours beside one another: 05/12 14.30-16.30, 03/12 05/12, 02-12 09-12; not 06.12 14.16 18."""
_TIME = re.compile(
    rf"(?<!\d){_HOUR}\s?(?:h(?:eures?)?(?![^\W\d_])"
    rf"(?:[0-5]\d(?!\d)|\s[1-5]\d(?![./-]?\d)|\s0\d(?!{_S}\d))?|:[0-5]\d(?!\d))",
    re.IGNORECASE,
)
"""14h30, 14 h 05, 14:30; in « 14 h 06 12 34 56 78 » the minutes are the beginning of a number."""
_NIR = re.compile(rf"(?<!\d)(?=([12](?:{_S}\d){{4}}{_S}(?:\d{_S}\d|2[ab])(?:{_S}\d){{6}})(?!\d))", re.IGNORECASE)
_NIR_AND_KEY = re.compile(
    rf"(?<!\d)(?=([12](?:{_S}\d){{4}}{_S}(?:\d{_S}\d|2[ab])(?:{_S}\d){{8}})(?!\d))", re.IGNORECASE
)
_IBAN = re.compile(rf"(?=([A-Za-z]{{2}}{_S}\d{_S}\d(?:{_S}[A-Za-z0-9]){{11,30}}))")
_COUNT = re.compile(r"\d+")
"""In « 5!n5!n11!c2!n », how stdnum writes what an account number is made of."""
_FRENCH = re.compile(
    rf"(?<!\d)(?:(?:0{_S}|(?:\+|00){_S}33{_S}(?:0{_S})?)[1-9](?:{_S}\d){{8}}"
    rf"|33{_S}(?:0{_S})?[1-9](?:{_S}\d){{8}}(?!\d))"
)
"""Ten digits name somebody whatever digits follow: one typed too many hides nothing."""
_ONE_SIGN = r"(?P<between>[\s./_·‐-―-])"
_WHOLE = re.compile(
    r"(?<!\d)(?<!\d[:h./-])(?<!rdv\s)(?<!rdv\sle\s)(?<!rdv\s:\s)(?<!rendez-vous\s)(?<!rendez-vous\sle\s)"
    rf"(?:\(?0[1-9]\)?|(?:\+|00)33{_S}(?:0{_S})?[1-9])"
    rf"(?:{_ONE_SIGN}\d\d(?:(?P=between)\d\d){{3}}|(?:\d\d)?(?P<blocks>[\s./_·‐-―-])\d{{3}}(?P=blocks)\d{{3}}"
    r"|\d\d(?P<pairs>[\s./_·‐-―-])\d\d(?:(?P=pairs)\d\d){2})"
    r"(?!\d)",
    re.IGNORECASE,
)
"""A number written with one sign throughout: no hour begins in it, 06 12 34 56 18 h. After « RDV », one may."""
_ABROAD = re.compile(rf"(?=((?<!\d)(?:\+|00){_S}[1-9](?:{_S}\d){{6,14}}))")


def found_in(text: str) -> str | None:
    """Return the first of `LABELS` that stands in the text, or None. Spaces, dots and dashes hide nothing."""
    found = find(text)
    return found.sort if found else None


def find(text: str) -> Finding | None:
    """Find what names a person in the first `MOST_SEARCHED` characters; None when nothing does."""
    written = _folded(text[:MOST_SEARCHED])
    numbers = _AGENDA.sub(_put_aside, _TIME.sub(_put_aside, _DATE.sub(_put_aside, written)))
    found = (_email(written), _nir(numbers), _iban(written), _phone(written, numbers), _identity(written, numbers))
    return next(filter(None, found), None)


def find_doubt(text: str) -> Finding | None:
    """Find what is likely to name a person in the first `MOST_SEARCHED` characters, the first of `DOUBTS` that
    stands there; None when nothing is."""
    from shared.people import dates_and_addresses, first_names, surnames
    from shared.people.tokens import cut

    searched = text[:MOST_SEARCHED]
    tokens, written = cut(searched), _folded(searched)
    found = (
        surnames.find_surname(tokens),
        first_names.find_first_name(tokens),
        dates_and_addresses.find_address(written),
        dates_and_addresses.find_old_date(written),
    )
    return min(filter(None, found), key=lambda finding: finding.start, default=None)


def describe_doubt(text: str, instead: Mapping[str, str]) -> str:
    """Say what `find_doubt` finds, as it was written, and what to write in its place, by its sort; empty when
    nothing is found."""
    found = find_doubt(text)
    if found is None:
        return ""
    return f"« {text[found.start : found.end]} » ressemble {DOUBTS[found.sort]} : {instead[found.sort]}."


def pronoun_of(sort: str) -> str:
    """Return the pronoun of one of `LABELS`: « la » for « une date »."""
    return "la" if LABELS[sort].startswith("une") else "le"


def names_somebody(text: str) -> bool:
    """Tell whether the text is refused or warned of."""
    return find(text) is not None or find_doubt(text) is not None


def _folded(text: str) -> str:
    """Return the text with as many characters, digits of any script as 0-9, wide letters as narrow ones, and the
    signs that take no room as a dash."""
    return text if text.isascii() else "".join(map(_folded_sign, text))


def _folded_sign(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if unicodedata.category(sign) == "Cf":
        return "-"
    found = unicodedata.normalize("NFKC", sign)
    return found if len(found) == 1 else sign


def _put_aside(date_or_time: re.Match[str]) -> str:
    """Return what no number goes on across, in the place of a date or an hour."""
    return "|" * len(date_or_time[0])


def _email(text: str) -> Finding | None:
    match = _EMAIL.search(text)
    if match is None:
        return None
    before, after = text[: match.start()].rsplit(maxsplit=1), text[match.end() :]
    start = match.start() - (len(before[-1]) if before and not text[match.start() - 1].isspace() else 0)
    end = match.end() + (len(after.split(maxsplit=1)[0]) if after and not after[0].isspace() else 0)
    return Finding("email", start, end)


def _nir(text: str) -> Finding | None:
    for match in (*_NIR_AND_KEY.finditer(text), *_NIR.finditer(text)):
        from stdnum.fr import nir  # here: what a worker types seldom looks like one

        number = _packed(match[1])
        if nir.is_valid(number if len(number) == 15 else number + nir.calc_check_digits(number)):
            return Finding("nir", *match.span(1))
    return None


def _iban(text: str) -> Finding | None:
    """Find an account number, be it glued to the words around it: its country says how long it is."""
    for match in _IBAN.finditer(text):
        from stdnum import iban

        places = [place for place, sign in enumerate(match[1], 1) if sign.isalnum()]
        length = _iban_length(match[1][:2].upper())
        if length and len(places) >= length:
            end = places[length - 1]
            if iban.is_valid(_packed(match[1][:end]), check_country=False):
                return Finding("iban", match.start(1), match.start(1) + end)
    return None


@cache
def _iban_length(country: str) -> int:
    """Return how many letters and digits an account number of that country has; 0 when there are none."""
    from stdnum import numdb

    [(_, about), *_] = numdb.get("iban").info(country)
    return 4 + sum(map(int, _COUNT.findall(about["bban"]))) if "bban" in about else 0


def phone_numbers(text: str) -> list[str]:
    """Return the telephone numbers of a text, each as it is written there."""
    written = _folded(text[:MOST_SEARCHED])
    found = [m[0] for m in _FRENCH.finditer(written) if not written[m.end() : m.end() + 1].isdecimal()]
    abroad = None if found else _abroad(written)
    return [text[abroad.start : abroad.end]] if abroad else found


def _phone(written: str, numbers: str) -> Finding | None:
    """Find a number as it is usually written, else one in what is left when days and hours are put aside."""
    match = _WHOLE.search(written) or _FRENCH.search(numbers)
    return Finding("phone", *match.span()) if match else _abroad(numbers)


def _abroad(text: str) -> Finding | None:
    """Find a number that begins with the code of a country."""
    for match in _ABROAD.finditer(text):
        import phonenumbers

        with suppress(phonenumbers.NumberParseException):  # there is no such country
            if phonenumbers.truncate_too_long_number(phonenumbers.parse(_packed(match[1]), "FR")):
                return Finding("phone", *match.span(1))
    return None


def _packed(run: str) -> str:
    """Return the run without what stands between its digits."""
    return "".join(sign for sign in run.upper() if sign.isalnum() or sign == "+")


def _identity(written: str, numbers: str) -> Finding | None:
    """Find the number of a paper in what is left when days and hours are put aside, else a birth date."""
    from shared.people import dates_and_addresses, identity

    return identity.find_identity(written, numbers) or dates_and_addresses.find_birth_date(written)
