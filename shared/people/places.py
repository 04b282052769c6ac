"""Tell the name of a place or an organisation from that of a person who is met: rue Jean-Jaurès."""

from __future__ import annotations

from collections.abc import Sequence

from shared.people.lists import NameKind, kind_of
from shared.people.tokens import Token
from shared.people.vocabulary import FAMOUS, FILLERS, SAINTS, SHOP_GOODS, SHOPS, STREETS, STRONG, TITLES, WEAK

_REACH = 7
"""Words looked at before and behind one, at most."""
_AT = frozenset(("au", "aux", "du", "en", "rdv", "vu", "vue"))
"""Before « bar » or « salle », they say where somebody is, not which bar."""


def names_a_place(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether the word at that place stands in the name of a street, a school, a shop, a hall or a saint."""
    first = _first_joined(tokens, place)
    chain = _joined(tokens, first)
    if _is_saint(tokens, first) or chain[0].plain in SAINTS:
        return True
    if _bears_two_names(chain) or _is_famous(tokens, place) or _is_a_shop(tokens, first, first + len(chain)):
        return True
    return _follows_a_place(tokens, first, first + len(chain))


def _first_joined(tokens: Sequence[Token], place: int) -> int:
    """Return where the words begin that hyphens join to that one."""
    for back in range(place, max(0, place - _REACH), -1):
        if not tokens[back].joined:
            return back
    return max(0, place - _REACH)


def _joined(tokens: Sequence[Token], first: int) -> Sequence[Token]:
    """Return the words that hyphens join, from the first on."""
    end = first + 1
    while end < min(len(tokens), first + 2 * _REACH) and tokens[end].joined:
        end += 1
    return tokens[first:end]


def _is_saint(tokens: Sequence[Token], first: int) -> bool:
    return first > 0 and tokens[first].follows and tokens[first - 1].plain in SAINTS


def _bears_two_names(chain: Sequence[Token]) -> bool:
    """Tell whether a hyphen joins a first name to what is none, as on the sign of a street: Simone-Signoret."""
    others = [token for token in chain if len(token.plain) > 3 and kind_of(token.plain) is NameKind.NONE]
    return len(chain) > 1 and any(token.capital or not chain[0].capital for token in others)


def _is_famous(tokens: Sequence[Token], place: int) -> bool:
    starts = [start for start in (place - 1, place) if start >= 0 and start + 1 < len(tokens)]
    return any(f"{tokens[start].plain} {tokens[start + 1].plain}" in FAMOUS for start in starts)


def _is_a_shop(tokens: Sequence[Token], first: int, end: int) -> bool:
    """Tell whether a shop is called so: boulangerie Patrick, salon de coiffure Chez Laura, Chez Laura (bar). In
    « au bar Mamadou » it is one who is there."""
    if first == 0 or not (tokens[first].follows and tokens[first].capital):
        return False
    if tokens[first - 1].plain != "chez":
        return _is_a_kind_of_shop(tokens, first - 1) and tokens[max(0, first - 2)].plain not in _AT
    behind = end < len(tokens) and tokens[end].plain in SHOPS | SHOP_GOODS
    return tokens[first - 1].capital and (behind or _is_a_kind_of_shop(tokens, first - 2))


def _is_a_kind_of_shop(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether words that end at that place, and go on, say what shop it is: « salon de coiffure »."""
    if place < 0 or not tokens[place + 1].follows:
        return False
    if tokens[place].plain in SHOP_GOODS and place > 1 and tokens[place - 1].plain in ("de", "a"):
        return tokens[place - 2].plain in SHOPS
    return tokens[place].plain in SHOPS


def _follows_a_place(tokens: Sequence[Token], first: int, end: int) -> bool:
    """Tell whether words lead from a kind of place to this name, and no more than such words. A first name behind
    a whole name is somebody else's: avenue Jean Jaurès, Mamadou without the comma."""
    named, has_family_name = first, False
    for back in range(first, max(0, first - _REACH), -1):
        if not tokens[back].follows:
            return False
        before = tokens[back - 1]
        if before.plain in STRONG or before.plain in WEAK:
            return _lends_its_name(tokens, back - 1, named, end)
        if before.plain in FILLERS:
            continue
        named, known = back - 1, before.plain in TITLES or kind_of(before.plain) is not NameKind.NONE
        if (known and has_family_name) or not (known or (before.capital and not before.caps)):
            return False
        has_family_name = has_family_name or not known
    return False


def _lends_its_name(tokens: Sequence[Token], way: int, named: int, end: int) -> bool:
    """Tell whether the words from `named` to `end` are what that kind of place is called."""
    head, kind = tokens[named], tokens[way]
    if head.plain not in TITLES and kind_of(head.plain) is NameKind.NONE:
        return False  # place Corbis, then somebody
    if kind.plain in STREETS or head.plain in TITLES:
        return True
    if tokens[named - 1].plain in ("de", "d") and not _has_family_name(tokens, end):
        return False  # le collège de Manon
    return kind.plain in STRONG or kind.capital or _has_family_name(tokens, end)


def _has_family_name(tokens: Sequence[Token], end: int) -> bool:
    return end < len(tokens) and tokens[end].follows and tokens[end].capital
