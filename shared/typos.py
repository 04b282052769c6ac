"""Forgive the typos of a search: one in a word of five letters, two in a word of nine."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

SHORT, LONG = 5, 9
"""Letters from which one typo is forgiven, then two."""
WEIGHT, FAR = 100, 1000
"""How much a typo weighs beside a letter still to come, and what is another word."""


def forgiven(typed: str, short: int = SHORT) -> int:
    """Return how many typos are forgiven in what is typed: one from so many letters on, two in a long word."""
    return 0 if len(typed) < short else 1 if len(typed) < LONG else 2


def distance(typed: str, word: str, most: int | None = None) -> int:
    """Return how far what is typed is from the beginning of a word: WEIGHT for each letter added, left out,
    changed or swapped with the next, and the letters still to come; at least FAR beyond the typos forgiven.

    The word may go on after what was typed: a typo is forgiven while it is still being written. As many typos as
    its length allows, or that many.
    """
    allowed = forgiven(typed) if most is None else most
    if sum((_count(typed) - _count(word)).values()) > allowed:  # most words are told apart by their letters alone
        return FAR
    before, row = [0] * (len(word) + 1), list(range(len(word) + 1))
    for i, letter in enumerate(typed, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(word, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == word[j - 2] and typed[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > allowed:
            return FAR
    best = min(row)
    return WEIGHT * best + len(word) - row.index(best) if best <= allowed else FAR


@lru_cache(4096)
def _count(letters: str) -> Counter[str]:
    return Counter(letters)
