"""The first names that are known, read at the first text that is judged: a tablet starts without them."""

from __future__ import annotations

from enum import Enum
from functools import cache
from importlib.resources import files

from shared.people.folding import fold

_PIOUS = ("ullah", "oullah", "uddin", "uddine", "eddine", "oudine")
_SERVANT = ("abdal", "abdel", "abder", "abdes", "abdol", "abdoul", "abdul", "abdur")
_GLORY = ("slav", "slava", "slaw", "slawa", "slave")
_GREETING = ("incha", "insha", "macha", "masha", "hamd", "alham", "bism", "wall")
"""Said by everybody, and no name."""
_COMPOSED = 7
"""Letters at least of a name that is known by its beginning or its end: Zabihullah, Abdelmoula, Bratislav."""


class NameKind(Enum):
    """What a word may be: no first name, one that is a French word too, or a first name and nothing else."""

    NONE = 0
    WORD = 1
    NAME = 2


@cache
def _read() -> dict[str, frozenset[str]]:
    """Return the names by how they are compared: `folded`, `exact` and, those that are words too, `words`."""
    found: dict[str, frozenset[str]] = {}
    for name in ("first_names.txt", "nam_dict.txt"):
        text = (files("shared.people") / name).read_text("utf-8")
        for part in text.split("\n[")[1:]:
            sort, _, names = part.partition("]\n")
            found[sort] = found.get(sort, frozenset()) | frozenset(names.split())
    return found


def kind_of(plain: str) -> NameKind:
    """Return what that plain word may be."""
    lists = _read()
    if plain in lists["words"]:
        return NameKind.WORD
    known = plain in lists["exact"] or fold(plain) in lists["folded"] or _is_composed(plain)
    return NameKind.NAME if known else NameKind.NONE


def _is_composed(plain: str) -> bool:
    """Tell whether it is made as names of God's servants and Slavic names are: no list has them all."""
    if len(plain) < _COMPOSED or plain.startswith(_GREETING) or plain.endswith("oslave"):
        return False
    return plain.endswith(_PIOUS) or plain.startswith(_SERVANT) or plain.endswith(_GLORY)
