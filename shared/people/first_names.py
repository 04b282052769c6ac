"""Find a first name in a text: to warn, never to refuse.

A name that is nothing else is one however it is written; one that is a word too (Rose, Pierre, Espoir) needs a
sentence that says so. The name of a place is none. Each word looks at a bounded number of others: linear.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.people import vocabulary as v
from shared.people.finding import Finding
from shared.people.lists import NameKind, kind_of
from shared.people.places import names_a_place
from shared.people.tokens import Token

_SAYS = frozenset(" \u00a0\u202f:«“\"’'")
"""What may stand between « prénom » and the name."""
_LEASH = 4
"""Words at most from an animal to « nommé »: chien roux et blanc nommé."""
_THINGS = (v.CLOTHES_AND_COLOURS, v.ABSTRACT)
"""Two words of one of these make no name together."""


def find_first_name(tokens: Sequence[Token]) -> Finding | None:
    """Return the first word that names somebody by a first name, or by what stands behind « prénom »."""
    shouted = bool(tokens) and all(token.text.isupper() for token in tokens)
    titled = 2 * sum(token.capital for token in tokens) > len(tokens) + 1
    for place, token in enumerate(tokens):
        if _is_first_name(tokens, place, shouted) or (not titled and _is_an_unknown_name(tokens, place)):
            return Finding("name", token.start, token.end)
    return None


def _is_first_name(tokens: Sequence[Token], place: int, shouted: bool) -> bool:
    token = tokens[place]
    if _is_announced(tokens, place, shouted):
        return True
    kind = NameKind.NONE if token.text.lower() in v.NO_NAMES else kind_of(token.plain)
    if kind is NameKind.NONE or (token.caps and token.plain in v.ACRONYMS) or names_a_place(tokens, place):
        return False
    if _is_admired(tokens, place):
        return False
    if token.plain == "marie" and _before(tokens, place).plain in ("se", "me", "nous", "vous", "qui", "remarie"):
        return False
    return kind is NameKind.NAME or _is_said_of_a_person(tokens, place, shouted)


def _is_announced(tokens: Sequence[Token], place: int, shouted: bool) -> bool:
    """Tell whether « prénom », « nommé » or « s’appelle » stands before it, and a capital: whatever the name."""
    token, before = tokens[place], _before(tokens, place)
    if len(token.text) < 2 or not token.capital or shouted or not set(token.gap) <= _SAYS:
        return False
    if _is_an_animal(tokens, place - 1):
        return False
    if before.plain in ("appelle", "appelait", "appellent"):
        return _before(tokens, place - 1).plain in ("s", "m", "se")
    if before.plain in ("nom", "epouse"):
        return ":" in token.gap or before.plain == "epouse"
    return before.plain in v.NAMED


def _is_an_unknown_name(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether one is met or called by a capital that no list knows: « rappeler Tchidi ». No list has all the
    names of the world; where every word has its capital, a capital says nothing."""
    token, before = tokens[place], _before(tokens, place)
    if not token.capital or token.caps or len(token.plain) < 3 or not token.follows:
        return False
    kin = before.plain in ("de", "d") and _before(tokens, place - 1).plain in v.KIN
    if token.plain in v.KNOWN_WORDS or not (kin or before.plain in v.MET - v.ASKED):
        return False
    return not names_a_place(tokens, place)


def _is_said_of_a_person(tokens: Sequence[Token], place: int, shouted: bool) -> bool:
    """Tell whether the sentence makes a person of a word that is a first name too."""
    token, before = tokens[place], _before(tokens, place)
    if _is_composed(tokens, place) or before.plain in v.NAMED:
        return True
    if before.plain in ("de", "d") and _before(tokens, place - 1).plain in v.KIN and token.follows:
        return token.plain not in v.IDIOMS
    if before.plain in v.MET and token.follows:
        return _is_met(token, before, _after(tokens, place))
    if token.begins:
        return _begins_a_sentence(tokens, place, shouted)
    return token.capital and not shouted and not _is_a_thing(token, before, _after(tokens, place))


def _is_met(token: Token, before: Token, after: Token) -> bool:
    if (token.capital and not token.caps) or before.plain == "chez":
        return True
    if token.plain == "jean":  # trousers are seen; nobody calls them
        return after is _NOTHING or (before.plain not in v.SEEN and after.plain not in v.COLOURS)
    return token.plain not in v.ABSTRACT


def _is_an_animal(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether the word at that place, « nommé » or « s’appelle », says what an animal is called. Behind
    « homme au chien » it may be the man."""
    for back in range(place, max(0, place - _LEASH), -1):
        if not tokens[back].follows:
            return False
        if tokens[back - 1].plain in v.ANIMALS:
            return not {token.plain for token in tokens[max(0, back - 3) : back - 1]} & {"avec", "au", "aux"}
    return False


def _is_admired(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether it is the name of one who is on a shirt, and not here: « fan de Messi », « maillot Mbappé »."""
    back = place - 1 if _before(tokens, place).plain in ("de", "d") else place
    return tokens[place].follows and _before(tokens, back).plain in v.ADMIRED


def _is_a_thing(token: Token, before: Token, after: Token) -> bool:
    """Tell whether the words around make a thing, a town, a feast or a car of it: la Marine, à Nancy."""
    if token.plain in v.TOWNS | v.FEASTS and before.plain in v.WHEN_OR_WHERE_TO:
        return True
    if token.plain in v.CARS and (after.plain in v.COLOURS or before.plain in v.CAR_WORDS):
        return True
    return token.follows and before.plain in v.DETERMINERS


def _is_composed(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether another first name is joined to it: Jean-Claude, jean claude, jean-pierre, jean pierre."""
    token, after = tokens[place], _after(tokens, place)
    if not after.follows or kind_of(after.plain) is NameKind.NONE:
        return False
    if kind_of(after.plain) is NameKind.NAME or (token.capital and after.capital and not token.caps):
        return True
    if after.plain == token.plain or any({token.plain, after.plain} <= things for things in _THINGS):
        return False  # can-can, jean rose
    trousers = after.plain in v.COLOURS or _before(tokens, place).plain in v.DETERMINERS
    return after.joined or (token.plain == "jean" and not trousers)


def _begins_a_sentence(tokens: Sequence[Token], place: int, shouted: bool) -> bool:
    token = tokens[place]
    if place + 1 == len(tokens):
        return token.capital or token.plain not in v.CLOTHES_AND_COLOURS | v.ABSTRACT
    after = tokens[place + 1]
    thing = token.plain in v.CLOTHES_AND_COLOURS or token.plain in v.ABSTRACT
    if "," in after.gap or "(" in after.gap:
        return token.plain not in v.CLOTHES_AND_COLOURS or (token.capital and not shouted)
    if not after.follows:
        return False
    if after.plain in v.DOES:
        return token.capital or not thing
    if after.capital and token.capital and not shouted:
        return kind_of(after.plain) is NameKind.NONE and after.plain not in v.TOWNS and not thing
    return after.plain in v.WHERE and not thing and (token.capital or token.plain in v.MOSTLY_NAMES)


def _before(tokens: Sequence[Token], place: int) -> Token:
    return tokens[place - 1] if place > 0 else _NOTHING


def _after(tokens: Sequence[Token], place: int) -> Token:
    return tokens[place + 1] if place + 1 < len(tokens) else _NOTHING


_NOTHING = Token("-", "", 0, 0, ".")
"""What stands before the first word and behind the last: it goes on nothing."""
