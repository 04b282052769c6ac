"""The needs as a worker knows them: those shown at once, in a constant order, and any other by everyday words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby

from shared import choices
from shared.choices import Choice
from shared.search_text import plain
from shared.typos import FAR, distance

MOST = 12
"""How many needs a search proposes."""
TELLING = 4
"""Letters from which the beginning of a word in a sentence tells something."""
FEW = 3
"""Letters up to which a word is whole or begins another: « vol » is no part of « bénévolat »."""
SURE = 6
"""Letters from which a typo is forgiven in a word that goes on: « chien » is no « clients »."""
EXACT, BEGINS, WORDS, PART, TYPO, SOME = range(6)
"""How a need holds what was typed, the best first: as one of its phrases, at its beginning, at the beginning of
its words, anywhere in it; over several phrases or with typos; in part."""
Rank = tuple[int, int]
_SMALL = frozenset({
    "a", "ai", "as", "au", "aux", "avec", "ce", "cherche", "comme", "d", "dans", "de", "des", "du", "elle",
    "en", "est", "et", "il", "j", "je", "l", "la", "le", "les", "leur", "ma", "mes", "mon", "n", "ne", "ou", "par",
    "pas", "plus", "pour", "probleme", "problemes", "qu", "que", "qui", "s", "sa", "sans", "se", "ses", "son",
    "sur", "un", "une", "veut", "y",
})  # fmt: skip
"""Words that tell no need from another; they are searched for where nothing else is typed."""


@dataclass(frozen=True, slots=True)
class _Sought:
    """What a need is searched by: its phrases, and all their words."""

    phrases: tuple[tuple[str, ...], ...]
    words: frozenset[str]


def tile_rows(day: date) -> dict[int, list[Choice]]:
    """Return the everyday needs by the number of their row, always in the same order: a thumb learns where each of
    them is."""
    tiles = [need for need in choices.load("theme").on(day) if "tile" in need.more]
    tiles.sort(key=_tile)
    return {number: list(row) for number, row in groupby(tiles, key=lambda need: _tile(need) // 10)}


def _tile(need: Choice) -> int:
    return int(need.more["tile"])


def find(typed: str, among: Iterable[Choice]) -> list[Choice]:
    """Return the needs that a person may mean by these words, best first: accents, case and small words are
    ignored, a part of a word is enough, a typo is forgiven."""
    words = plain(typed).split()
    asked = tuple(word for word in words if word not in _SMALL) or tuple(words)
    if not asked:
        return []
    sought = [(need, _sought(need)) for need in among]
    for rank in (_rank_as_written, _rank_loosely, _rank_part):  # the next where the one before finds nothing
        ranked = [(found, need.order, need) for need, by in sought if (found := rank(asked, by)) is not None]
        if len(asked) == 1 and len(asked[0]) <= FEW:  # « ame » is health cover: no longer « améliorer » as well
            whole = {need.code for need, by in sought if asked[0] in by.words}
            ranked = [one for one in ranked if one[2].code in whole] or ranked
        if ranked:
            ranked.sort(key=lambda one: one[:2])
            least = ranked[0][0]  # of a sentence, only those that hold the most of its words
            return [need for found, _, need in ranked if found[0] < SOME or found == least][:MOST]
    return []


def _rank_as_written(asked: tuple[str, ...], sought: _Sought) -> Rank | None:
    """Return how well one phrase of a need holds the words typed at the beginning of its own: how, then how early
    that phrase stands."""
    best = _best_phrase(asked, sought)
    return best if best[0] <= WORDS else None


def _rank_loosely(asked: tuple[str, ...], sought: _Sought) -> Rank | None:
    """Return how well a need holds every word typed anywhere in its own, or with typos."""
    best = _best_phrase(asked, sought)
    if best[0] <= PART:
        return best
    far = [_far(word, sought) for word in asked]
    return (TYPO, sum(far)) if max(far) < FAR else None


def _rank_part(asked: tuple[str, ...], sought: _Sought) -> Rank | None:
    """Return how many words typed the need lacks, where it holds one at least: a whole sentence was typed."""
    held = sum(word in sought.words or (len(word) >= TELLING and _far(word, sought) < FAR) for word in asked)
    return (SOME, len(asked) - held) if held else None


def _best_phrase(asked: tuple[str, ...], sought: _Sought) -> Rank:
    return min((_quality(asked, phrase), place) for place, phrase in enumerate(sought.phrases))


def _quality(asked: tuple[str, ...], phrase: tuple[str, ...]) -> int:
    if asked in (phrase, tuple(word for word in phrase if word not in _SMALL)):
        return EXACT
    if all(any(word.startswith(typed) for word in phrase) for typed in asked):
        return BEGINS if phrase[0].startswith(asked[0]) else WORDS
    if all(len(typed) > FEW and any(typed in word for word in phrase) for typed in asked):
        return PART
    return TYPO


def _far(typed: str, sought: _Sought) -> int:
    """Return how far a word typed is from the nearest of a need's: nothing where that begins so."""
    return min(0 if word.startswith(typed) else _slips(typed, word) for word in sought.words)


def _slips(typed: str, word: str) -> int:
    """Return how far a word typed is from another by its typos. A short one is the whole word, with a letter left
    out or else with the same first letter."""
    if len(typed) < SURE:
        is_longer = len(word) == len(typed) + 1
        left_out = is_longer and any(typed == word[:at] + word[at + 1 :] for at in range(len(word)))
        if not left_out and (len(word) > len(typed) or typed[0] != word[0]):
            return FAR
    return distance(typed, word)


@lru_cache(512)
def _sought_by(name: str, label: str, words: tuple[str, ...]) -> _Sought:
    phrases = tuple(tuple(plain(phrase).split()) for phrase in (name, *words, label))
    return _Sought(phrases, frozenset(word for phrase in phrases for word in phrase))


def _sought(need: Choice) -> _Sought:
    """Return what a need is searched by; a local one also by the words of the national one it counts under."""
    by_code = choices.load("theme").by_code
    words = need.more.get("words") or by_code.get(need.national or "", need).more.get("words", ())
    return _sought_by(need.plain, need.label, tuple(words))
