"""Find a record by what a worker remembers of it: whom it was, a need, a service, a place, a day."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from field_app.store.local_store import Kept
from shared import choices
from shared.search_text import plain
from shared.typos import FAR, distance

SMALL = 2
"""Letters up to which a word tells nothing: « une femme au marché ». A number always does."""


class Prepared:
    """The words of each record, prepared at the first search; `say` gives all that is read of one."""

    def __init__(self, say: Callable[[Kept], str]) -> None:
        self._say = say
        self._known: dict[str, tuple[Kept, tuple[str, ...]]] = {}

    def of(self, kept: Kept) -> tuple[str, ...]:
        """Return the words of a record; those it had when it was another are prepared anew."""
        known = self._known.get(kept.id)
        if known is None or known[0] is not kept:
            words = dict.fromkeys(map(sys.intern, plain(self._say(kept)).split()))  # thousands have the same
            known = self._known[kept.id] = kept, tuple(words)
        return known[1]


def find(typed: str, records: Iterable[Kept], words_of: Callable[[Kept], tuple[str, ...]]) -> list[Kept]:
    """Return the records that hold the beginning of each word typed, in their order; where no record has such a
    word, those that have it with a typo. Accents and case are ignored."""
    asked = plain(typed).split()
    asked = [word for word in asked if len(word) > SMALL or word.isdigit()] or asked
    known = [(kept, words_of(kept)) for kept in records]
    every = {word for _, words in known for word in words}
    meant = [_meant(word, every) for word in asked]
    return [kept for kept, words in known if all(any(word in some for word in words) for some in meant)]


def _meant(typed: str, every: set[str]) -> frozenset[str]:
    begins = frozenset(word for word in every if word.startswith(typed))
    return begins or frozenset(word for word in every if distance(typed, word) < FAR)


def everyday(codes: Iterable[object]) -> str:
    """Return by what else those needs are known: the national name, words of every day (« loyer », « psy »)."""
    by_code = choices.load("theme").by_code
    found: list[str] = []
    for need in (by_code[str(code)] for code in codes if code in by_code):
        national = by_code.get(need.national or "", need)
        found += [need.label, *(need.more.get("words") or national.more.get("words", ()))]
    return " ".join(found)
