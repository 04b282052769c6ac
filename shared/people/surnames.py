"""Find a family name behind « Mme » or « la famille »: a list of family names is not needed, nor fair."""

from __future__ import annotations

from collections.abc import Sequence

from shared.people import vocabulary as v
from shared.people.finding import Finding
from shared.people.places import names_a_place
from shared.people.tokens import Token

_PARTICLES = 3
"""Words at most between the civility and the name: Mme Abou El Haddad, M. de La Tour."""
_FAMILY = ("famille", "fam")


def find_surname(tokens: Sequence[Token]) -> Finding | None:
    """Return the first civility or « famille » with the name behind it."""
    shouted = bool(tokens) and all(token.text.isupper() for token in tokens)
    for place, token in enumerate(tokens):
        if not _is_civility(tokens, place) and not _is_family(tokens, place):
            continue
        end = _name_end(tokens, place, shouted)
        if end is not None and not names_a_place(tokens, place):
            return Finding("person", token.start, tokens[end].end)
    return None


def _is_civility(tokens: Sequence[Token], place: int) -> bool:
    token = tokens[place]
    if token.plain == "maitre" and not token.capital:
        return False  # un maître-nageur
    if token.plain != "m":
        return token.plain in v.CIVILITIES
    after = tokens[place + 1].gap if place + 1 < len(tokens) else ""
    dotted = after.startswith(".")
    return (token.text == "M" or dotted) and not any(sign.isdigit() or sign in "'’" for sign in token.gap[-2:])


def _is_family(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether it is a family that is named, not a service « Enfance Famille Jeunesse »."""
    token = tokens[place]
    if token.plain not in _FAMILY:
        return False
    before = tokens[place - 1] if place and token.follows else None
    return before is None or not before.capital or before.plain in v.DETERMINERS


def _name_end(tokens: Sequence[Token], place: int, shouted: bool) -> int | None:
    """Return the place of the family name behind the one that announces it; None when none stands there."""
    family = tokens[place].plain in _FAMILY
    for end in range(place + 1, min(len(tokens), place + 2 + _PARTICLES)):
        token, before = tokens[end], tokens[end - 1]
        if not token.follows or (token.joined and end == place + 1) or "--" in token.gap:
            return None
        if _is_particle(tokens, end, family):
            continue
        town = token.plain in v.TOWNS and before.plain in ("de", "du", "d")
        return end if not town and _is_family_name(token, before, shouted, family) else None
    return None


def _is_particle(tokens: Sequence[Token], end: int, family: bool) -> bool:
    """Tell whether it is a particle, with something behind it: « la famille de … » tells whose it is."""
    token = tokens[end]
    if token.plain not in v.PARTICLES or end + 1 == len(tokens):
        return False
    return token.capital or not (family and token.plain in ("de", "du", "d", "des", "l", "la", "le"))


def _is_family_name(token: Token, before: Token, shouted: bool, family: bool) -> bool:
    """Tell whether the word may be a family name: a capital makes it one, unless everything is in capitals."""
    plain = token.plain
    if len(plain) < 2 or plain in v.OFFICES:
        return False
    if token.capital and not shouted:
        return not (family and plain in v.SAID_OF_PEOPLE)
    if before.plain in ("le", "la", "l", "les", "du", "des", "de", "d"):
        return False
    written = token.text.lower()
    said = plain in v.SAID_OF_PEOPLE or written.endswith((*v.SAID_ENDINGS, "ée", "ées"))
    return len(plain) > 2 and not said
