"""Find a commune by what a person types: a part of its name, an abbreviation, a typo, a former name, a code."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from shared.search_text import plain
from shared.territory import TERRITORY, Commune, communes
from shared.typos import FAR, WEIGHT, distance, forgiven

MOST = 8
"""How many communes are proposed; all those of a post code that is typed whole, 19 at most."""
CODE_LENGTH = 5
EXACT, BEGINS, WORDS, SLIP, PART, FORMER, TYPO = range(7)
"""How a name holds what was typed, the best first. A typo comes before a part of a name (SLIP), after the rest."""
SHORT = 4
"""Letters from which one typo is forgiven: a commune has few neighbours that another letter would name."""
CARELESS = 6
"""Letters from which two typos are forgiven where nothing else is found and the first letter agrees."""
MOST_WORDS = 8
"""Words of an address of which some are let go."""
_SAINTS = frozenset({"st", "ste", "saint", "sainte"})
_NOISE = frozenset({"cedex", "commune", "mairie", "ville", "de", "d", "du"})
"""Words around a name in an address; they are searched for where nothing else is typed."""
_VAGUE = frozenset({("saint",), ("petit",), ("bourg",), ("la",)})
"""Words that begin a name and do not name a commune alone: Saint-Louis is elsewhere."""


@dataclass(frozen=True, slots=True)
class Found:
    """A commune, and by which other name it was found (« anciennement Vourvenans »): empty where its own holds
    what was typed as well."""

    commune: Commune
    aside: str = ""

    @property
    def label(self) -> str:
        """Return its name as it is proposed."""
        return f"{self.commune.name} ({self.aside})" if self.aside else self.commune.name


@dataclass(frozen=True, slots=True)
class _Name:
    """One name of a commune, prepared for the search: its words, and its letters without any space."""

    words: tuple[str, ...]
    letters: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was typed: the words of a name, and a code or the beginning of one."""

    words: tuple[str, ...]
    code: str

    @property
    def letters(self) -> str:
        return "".join(self.words)


def find(typed: str, most: int = MOST) -> list[Found]:
    """Return the communes that a person may mean, best first, then by name: the exact name, its beginning, the
    beginning of its words, a typo, any part, another name; without a name, the post code, then the INSEE code.
    Where nothing is found, the words that are no part of a name are let go (« Belfort nord »), then two typos are
    forgiven.

    Accents, case, hyphens, apostrophes and spaces are ignored, « st » and « ste » stand for « saint ». With a name
    and a post code, the code chooses among the communes of that name.
    """
    asked = _read(typed)
    if asked.words:
        found = _named(asked) or _named_within(asked) or _named_carelessly(asked)
        at_code = [f for f in found if asked.code and f.commune.post_code.startswith(asked.code)]
        return (at_code or found)[:most]
    if not asked.code:
        return []
    found = [Found(c) for c in _by_code(asked.code)]
    return found if len(asked.code) == CODE_LENGTH else found[:most]


def identify(name: str, post_code: str = "", insee: str = "") -> str | None:
    """Return the INSEE code of today of the commune that an address names, or None where it is not sure.

    An INSEE code decides alone, one of before a merger too. Then the whole name, of today or another. Then a post
    code that a single commune has, where no name is given; one of elsewhere names none.
    """
    if insee:
        return insee if insee in communes() else _former_codes().get(insee)
    if post_code and not post_code.startswith(TERRITORY):
        return None
    asked = _read(name)
    if asked.words:
        named = [i for i, names in _names().items() if any(_quality(asked, n) == EXACT for _, n in names)]
        return named[0] if len(named) == 1 else None
    at_code = [c.insee for c in communes().values() if c.post_code == (post_code or asked.code)]
    return at_code[0] if len(at_code) == 1 else None


def _read(typed: str) -> _Asked:
    """Split what was typed into the words of a name and a code. The number of a « cedex » is neither, nor is the
    « 90 » of « Belfort (90) »."""
    words = plain(typed).split()
    named = [word for word in words if not word.isdigit()]
    codes = [word for word in words if word.isdigit() and (not named or len(word) > 2)]
    is_cedex = "cedex" in named
    said = [word for word in named if word not in _NOISE] or named
    return _Asked(tuple(map(_spell, said)), "" if is_cedex or not codes else codes[0])


def _spell(word: str) -> str:
    return "saint" if word in _SAINTS else word


def _named(asked: _Asked) -> list[Found]:
    """Return the communes of the name that was typed, or of one that is near, the best first. A typo is no longer
    sought where a name is that one or begins so."""
    ranked = list(_by_name(asked))
    best = min((tier for (tier, _), _ in ranked if tier != SLIP), default=TYPO)
    slips = None if best <= BEGINS else SLIP if best in {PART, TYPO} else TYPO
    placed = [(slips if tier == SLIP else tier, far, found) for (tier, far), found in ranked]
    return _in_order((tier, far, found) for tier, far, found in placed if tier is not None)


def _named_within(asked: _Asked) -> list[Found]:
    """Return the communes that some words typed one after the other name, as many as may be: the whole name,
    the first words of it, else the whole name with a typo."""
    words = asked.words[:MOST_WORDS]
    runs = [words[at : at + size] for size in range(len(words) - 1, 0, -1) for at in range(len(words) - size + 1)]
    for far in (_beyond_first_words, _far_from_whole):
        for run in runs:
            if found := _nearest(_Asked(run, asked.code), far):
                return found
    return []


def _named_carelessly(asked: _Asked) -> list[Found]:
    """Return the communes whose name begins with the letter typed first and is two typos away."""
    return _nearest(asked, _far_at_most)


def _nearest(asked: _Asked, far: Callable[[_Asked, _Name], int]) -> list[Found]:
    """Return the communes of which a name is less than FAR, the nearest first."""
    near = []
    for insee, names in _names().items():
        least, aside = min((far(asked, name), aside) for aside, name in names)
        if least < FAR:
            is_held = _quality(asked, names[0][1]) < TYPO
            near.append((TYPO, least, Found(communes()[insee], "" if is_held else aside)))
    return _in_order(near)


def _beyond_first_words(asked: _Asked, name: _Name) -> int:
    """Return how many words a name has after those typed, FAR where it does not begin with them."""
    if asked.letters == name.letters:
        return 0
    begins = asked.words not in _VAGUE and name.words[: len(asked.words)] == asked.words
    return len(name.words) - len(asked.words) if begins else FAR


def _far_from_whole(asked: _Asked, name: _Name) -> int:
    """Return how far what was typed is from a whole name, a typo or the last letter away, else FAR."""
    far = _far_at_most(asked, name, 1)
    return far if far % WEIGHT <= 1 else FAR


def _far_at_most(asked: _Asked, name: _Name, most: int = 2) -> int:
    """Return how far a long word is from a name of the same first letter, with that many typos; else FAR."""
    is_told = len(asked.letters) >= CARELESS and asked.letters[0] == name.letters[0]
    return distance(asked.letters, name.letters, most) if is_told else FAR


def _in_order(ranked: Iterable[tuple[int, int, Found]]) -> list[Found]:
    return [found for *_, found in sorted(ranked, key=lambda one: (one[0], one[1], plain(one[2].commune.name)))]


def _by_name(asked: _Asked) -> Iterable[tuple[tuple[int, int], Found]]:
    """Yield each commune whose name holds what was typed, with its rank: the tier, then how well within it. One
    that does not and is a typo away comes as a SLIP."""
    for insee, names in _names().items():
        held = [(quality, aside) for aside, name in names if (quality := _quality(asked, name)) < TYPO]
        if held:
            best, aside = min(held)
            today = min((quality for quality, aside in held if not aside), default=FORMER)
            yield (today, best), Found(communes()[insee], aside if today == FORMER else "")
            continue
        typos, aside = min((_typos(asked, name), aside) for aside, name in names)
        if typos < FAR:
            yield (SLIP, typos), Found(communes()[insee], aside)


def _quality(asked: _Asked, name: _Name) -> int:
    """Return how the name holds what was typed without any typo: EXACT to PART, or TYPO where it does not."""
    if asked.letters == name.letters:
        return EXACT
    if name.letters.startswith(asked.letters):
        return BEGINS
    if all(any(word.startswith(typed) for word in name.words) for typed in asked.words):
        return WORDS
    if asked.letters in name.letters or all(typed in name.letters for typed in asked.words):
        return PART
    return TYPO


def _typos(asked: _Asked, name: _Name) -> int:
    """Return how far what was typed is from the name, as a whole or word by word: at least FAR where it is another
    name."""
    by_word = sum(min(_distance(typed, word) for word in name.words) for typed in asked.words)
    return min(_distance(asked.letters, name.letters), by_word)


def _distance(typed: str, word: str) -> int:
    return distance(typed, word, forgiven(typed, SHORT))


def _by_code(code: str) -> list[Commune]:
    """Return the communes whose post code is that one or begins so; else the one of that INSEE code, of today or
    of before."""
    found = [c for c in communes().values() if c.post_code.startswith(code)]
    insee = communes().get(code) or communes().get(_former_codes().get(code, ""))
    return sorted(found, key=lambda c: plain(c.name)) or ([insee] if insee else [])


@cache
def _names() -> Mapping[str, tuple[tuple[str, _Name], ...]]:
    """Return the names of each commune by INSEE code: its own, then the others with how they are told."""
    found = {insee: [("", _prepare(c.name))] for insee, c in communes().items()}
    for row in _others():
        found[row["insee"]].append((f"{row['lien']} {row['nom']}", _prepare(row["nom"])))
    return {insee: tuple(names) for insee, names in found.items()}


def _prepare(name: str) -> _Name:
    words = tuple(map(_spell, plain(name).split()))
    return _Name(words, "".join(words))


@cache
def _former_codes() -> Mapping[str, str]:
    """Map the INSEE code of a commune that is no more to that of the commune it went into."""
    return {row["code"]: row["insee"] for row in _others() if row["code"] not in {"", *communes()}}


@cache
def _others() -> tuple[dict[str, str], ...]:
    text = (files("shared.territory") / "other_names_90.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
