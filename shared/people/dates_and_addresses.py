"""Find a birth date or the address of a house. From each place a pattern looks at a bounded number of characters.

A date alone may be an appointment. One before 2020 is older than the pact and its records, so that it is none: it
is warned of. « né le » before it makes it a birth date for certain. A number makes an address of a street.
"""

from __future__ import annotations

import re

from shared.people.finding import Finding

_MONTH = (
    r"(?:janv(?:ier)?|f[ée]v(?:rier)?|mars|avr(?:il)?|mai|juin|juil(?:let)?|ao[ûu]t|sept(?:embre)?|oct(?:obre)?"
    r"|nov(?:embre)?|d[ée]c(?:embre)?)\.?"
)
_S = r"[\s,:.]{1,3}"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_NUMERIC = rf"{_DAY}\s?([/.\-\s])\s?(?:0?[1-9]|1[0-2])\s?\1\s?(?:(?:19|20)\d\d|\d\d)(?!\d)"
_ISO = r"(?:19|20)\d\d([/.-])(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12]\d|3[01])(?!\d)"
_WRITTEN = rf"(?:{_DAY}(?:er)?\s?)?{_MONTH}(?:\s?(?:19|20)\d\d)?"
_WEEKDAY = r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\s)?"
_GLUED = r"[0-3]\d[01]\d(?:(?:19|20)\d\d|\d\d)(?!\d)"
_BORN = re.compile(
    rf"(?<!\w)(?:n[ée]e?s?(?:\(e\)|\.e)?(?:{_S}(?:le|en|au|vers))?|(?:date\sde\s)?naissance(?:{_S}(?:le|du|est))?|ddn|dn|d\.d\.n\.?)"
    rf"{_S}?(?:le\s)?{_WEEKDAY}(?:{_NUMERIC}|{_ISO}|{_GLUED}|{_WRITTEN}(?!\w))",
    re.IGNORECASE,
)
"""né le 12/03/2001, née en mars 1998, date de naissance : 2001-03-12, DDN 12.03.01."""
_YEAR_BORN = re.compile(
    r"(?<!\w)(?:n[ée]e?s?(?:\(e\))?|naissance)\s(?:en\s|:\s)?((?:19|20)\d\d)(?!\d)", re.IGNORECASE
)
_BIRTHDAY = re.compile(
    rf"(?<!\w)anniversaire(?:{_S}(?:le|du|est))?{_S}?(?:le\s)?(?:{_DAY}/|{_DAY}(?:er)?\s{_MONTH})", re.I
)
_PAST = r"(?:19\d\d|200\d|201\d)(?!\d)"
_OLD = re.compile(
    rf"(?<![\d/.-])(?<!rue\sdu\s)(?<!place\sdu\s)(?<!avenue\sdu\s)(?<!square\sdu\s)(?:{_DAY}([/.-])(?:0?[1-9]|1[0-2])\1{_PAST}(?![/.-]?\d)|{_DAY}(?:er)?\s{_MONTH}\s{_PAST}"
    rf"|(?:0[1-9]|[12]\d|3[01])/(?:0[1-9]|1[0-2])/(?:0\d|1\d|[4-9]\d)(?![/.-]?\d)(?!\s\d\d(?!\d))"
    rf"|(?:19\d\d|200\d|201\d)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d))",
    re.IGNORECASE,
)
"""12/03/2001, 12 mars 1998, 12/03/98: no appointment is so old."""
_EVENTS = (
    r"(?:arriv[ée]e?s?|depuis|lois?|d[ée]crets?|arr[êe]t[ée]s?|circulaire|permis|obtenue?s?|d[ée]livr[ée]e?s?|expir[ée]e?s?"
    r"|ouverte?s?|ouverture|cr[ée][ée]e?s?|cr[ée]ation|fond[ée]e?s?|sorti?e?s?|entr[ée]e?s?|expuls[ée]e?s?|expulsion)"
)
_EVENT_BEFORE = re.compile(
    rf"(?<!\w){_EVENTS}(?:[\s'’-][^\W\d_]{{1,15}}){{0,4}}?\s(?:le|du|en|au){_S}{_WEEKDAY}$"
    rf"|(?<!\w)(?:depuis|lois?|arriv[ée]e?s?)\s$",
    re.IGNORECASE,
)
"""« arrivé en France le », « loi du », « CHRS depuis le »: the day that follows is no birth."""
_LOOKED_AT = 60
"""Characters looked at before a day."""
_PLAIN_WAY = (
    r"(?:rue|r\.|avenue|av\.?|ave\.?|boulevard|bd\.?|bld\.?|bvd\.?|boul\.|impasse|imp\.|all[ée]es?|chemin|ch\.|quai"
    r"|faubourg|fbg\.?|fg\.?|ruelle|sentier|venelle|lotissement|lot\.|r[ée]sidence|hameau|lieu-dit|rond-point)"
)
_SHARED_WAY = (
    r"(?:place|pl\.|square|sq\.?|cours|passage|route|rte\.?|clos|villa|voie|mail|mont[ée]e|c[ôo]te|cit[ée]"
    r"|promenade)"
)
_LINK = r"(?!plus\s|derri|apr[èe]s|avant|en\s|et\s)(?:(?:de\sla|de\sl['’]|du|des|de|d['’]|la|le|les|l['’])\s?)?"
_NUMBER = (
    r"(?<![\w/:.,-])(?<!bus\s)(?<!ligne\s)(?<!tram\s)(?<!arrêt\s)(?<!le\s)(?<!étage\s)(?<!h\s)(?<!\d\s)\d{1,4}"
)
_HOUSE = re.compile(
    rf"{_NUMBER}\s?(?:bis|ter|quater|[a-d])?,?\s(?:grande[\s-]rue|(?:{_PLAIN_WAY})\s{_LINK}[^\W\d_][\w'’-]{{0,30}}"
    rf"|(?:{_SHARED_WAY})\s{_LINK}(?-i:[A-ZÀ-Þ])[\w'’-]{{0,30}})(?:[\s-][^\W\d_][\w'’-]{{0,30}}){{0,3}}",
    re.IGNORECASE,
)
"""12 rue de la Gare, 3 bis av. Jean Jaurès; not 2e étage, 10 h rue de la Gare, bus 20 place Corbis."""
_NUMBER_BEHIND = re.compile(
    rf"(?<!\w)(?:{_PLAIN_WAY})\s{_LINK}[^\W\d_][\w'’-]{{0,30}}(?:\s[^\W\d_][\w'’-]{{0,30}}){{0,3}},?\s(?:n°|n\s°|no|num[ée]ro|au)\s?\d{{1,4}}(?![\w:/])",
    re.IGNORECASE,
)


def find_birth_date(text: str) -> Finding | None:
    """Return what is a birth date for certain: the text says that somebody was born then."""
    for match in _BORN.finditer(text):
        if _says_born(match[0]):
            return Finding("birth", *match.span())
    return None


def _says_born(found: str) -> bool:
    """Tell « née » from « ne », which begins many a sentence: without its accent, it wants a whole date."""
    word = found[:2].lower()
    return word != "ne" or found[:3].lower() == "née" or any(sign.isdigit() for sign in found)


def find_old_date(text: str) -> Finding | None:
    """Return what is likely a birth date: a year of birth, a birthday, or a day too old for an appointment."""
    old = next((match for match in _OLD.finditer(text) if not _is_an_event(text, match.start())), None)
    found = (_YEAR_BORN.search(text), _BIRTHDAY.search(text), old)
    matches = [match for match in found if match]
    return Finding("birth", *min(matches, key=lambda match: match.start()).span()) if matches else None


def _is_an_event(text: str, start: int) -> bool:
    """Tell whether what stands before the day says of what it is: an arrival, a law, a licence."""
    return _EVENT_BEFORE.search(text[max(0, start - _LOOKED_AT) : start]) is not None


def find_address(text: str) -> Finding | None:
    """Return the number of a house with its street."""
    match = _HOUSE.search(text) or _NUMBER_BEHIND.search(text)
    return Finding("address", *match.span()) if match else None
