"""Fold the spellings of one name into one: Mohamed and Mouhammed, Youssef and Yusuf, Serhiy and Serhii.

A name of another script is written in France as a clerk heard it. What is folded is what clerks differ on; the
list of names is folded by the same function, and a name whose folded form is a French word is kept as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from shared.search_text import plain

_LETTERS = str.maketrans({"ı": "i", "ł": "l", "đ": "d", "ø": "o", "ß": "ss", "ð": "d", "þ": "th", "ə": "e"})
"""Letters that have no accent to take off."""
_STEPS = (
    ("tch", "ch"), ("sch", "ch"), ("sh", "ch"), ("dzh", "j"), ("dj", "j"), ("gh", "g"), ("kh", "k"), ("ck", "k"),
    ("q", "k"), ("ph", "f"), ("th", "t"), ("dh", "d"), ("gue", "ge"), ("gui", "gi"), ("oo", "u"), ("ou", "u"),
    ("w", "u"), ("ee", "i"), ("ei", "ai"), ("ey", "ai"), ("ay", "ai"), ("y", "i"), ("iu", "u"), ("x", "ks"),
)  # fmt: skip
_HARD_C = re.compile(r"c(?![eih])")
_SILENT_H = re.compile(r"(?<=[^c])h")
_DOUBLED = re.compile(r"(.)\1+")
_SHORTEST, _LONGEST = 4, 24
"""Letters of a name that is folded: of a shorter one every letter counts, a longer word is no name."""


def plain_name(word: str) -> str:
    """Return the word in lower case, without accents and without the letters of other Latin alphabets."""
    return plain(word.lower().translate(_LETTERS))


@lru_cache(1024)
def fold(name: str) -> str:
    """Return what the spellings of a plain name have in common; the name itself when too short or too long."""
    if len(name) > _LONGEST:
        return name
    found, again = name, _fold_once(name)
    while again != found:
        found, again = again, _fold_once(again)
    return found if len(found) >= _SHORTEST else name


def _fold_once(name: str) -> str:
    for written, same in _STEPS:
        name = name.replace(written, same)
    for pattern, same in ((_HARD_C, "k"), (_SILENT_H, ""), (_DOUBLED, r"\1")):
        name = pattern.sub(same, name)
    return name[:-1] if len(name) > _SHORTEST and name.endswith("e") else name
