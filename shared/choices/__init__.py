"""The choice lists: data in TOML beside this file, read once; with them the local codes of the territory, which
the server keeps and the tablets pull (docs/decisions/0006-local-lists.md).

A code never changes and is never deleted: it is retired on a day, stays valid for older records, and is no
longer proposed. Labels are French, codes are stable ASCII.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list. `national` is the data·inclusion code a local code counts under; `more` holds
    the keys of one list alone (an action's fiche, its age bands)."""

    code: str
    label: str
    order: int
    retired_on: date | None = None
    national: str | None = None
    group: str | None = None
    proposed: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def plain(self) -> str:
        """Return what a worker says for it: of a need « Garder son logement », where the national list has a name
        of its own; else the label."""
        return str(self.more.get("plain", self.label))


@dataclass(frozen=True, slots=True)
class ChoiceList:
    """A list in its order. `by_code` holds retired codes too: they stay valid."""

    name: str
    label: str
    by_code: Mapping[str, Choice]

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    def __getitem__(self, code: str) -> Choice:
        return self.by_code[code]

    def label_of(self, code: str) -> str:
        """Return the French label, or the code itself when this version of the app does not know it yet."""
        choice = self.by_code.get(code)
        return choice.label if choice else code

    def plain_of(self, code: str) -> str:
        """Return what a worker says for that code, or the code itself: the words of every screen of the tablet."""
        choice = self.by_code.get(code)
        return choice.plain if choice else code

    def on(self, day: date) -> list[Choice]:
        """Return what may be proposed on `day`: in order, without what was retired by then."""
        return [c for c in self.by_code.values() if c.retired_on is None or day < c.retired_on]


_KEYS = frozenset({"code", "label", "order", "retired_on", "national", "group", "proposed"})


def _choice(raw: dict[str, Any]) -> Choice:
    known = {k: v for k, v in raw.items() if k in _KEYS}
    return Choice(**known, more={k: v for k, v in raw.items() if k not in _KEYS})


def load(name: str) -> ChoiceList:
    """Return the list of that name, local codes included. Raises FileNotFoundError when there is none."""
    return _with_local.get(name) or _shipped(name)


@cache
def _shipped(name: str) -> ChoiceList:
    raw = tomllib.loads((files(__name__) / f"{name}.toml").read_text("utf-8"))
    return _listed(name, raw["label"], [_choice(c) for c in raw["choice"]])


def _listed(name: str, label: str, found: Iterable[Choice]) -> ChoiceList:
    choices = sorted(found, key=lambda c: c.order)
    by_code = {c.code: c for c in choices}
    if len(by_code) != len(choices):
        raise ValueError(f"list {name}: a code stands twice")
    return ChoiceList(name, label, by_code)


_with_local: dict[str, ChoiceList] = {}
_adopted: frozenset[tuple[str, str, str, int, date | None, str | None]] = frozenset()


def adopt(local: Iterable[tuple[str, Choice]]) -> None:
    """Take these local codes, each with its list, instead of those of before. One territory to a process: whoever
    reads a list afterwards sees them. What does not fit a list of this version is left out."""
    global _with_local, _adopted
    wanted = [(name, c) for name, c in local if name in names() and c.national in _shipped(name)]
    marks = frozenset((name, c.code, c.label, c.order, c.retired_on, c.national) for name, c in wanted)
    if marks == _adopted:
        return
    found: dict[str, dict[str, Choice]] = {}
    for name, choice in wanted:
        if choice.code not in _shipped(name):
            group = _shipped(name)[str(choice.national)].group
            found.setdefault(name, {})[choice.code] = replace(choice, group=group, proposed=True)
    merged = {}
    for name, codes in found.items():
        shipped = _shipped(name)
        merged[name] = _listed(name, shipped.label, [*shipped.by_code.values(), *codes.values()])
    _with_local, _adopted = merged, marks


def nationals(name: str) -> dict[str, str]:
    """Return the local codes of that list, each with the national code it counts under."""
    return {c.code: c.national for c in load(name).by_code.values() if c.national is not None}


def ranks(name: str) -> dict[str, int]:
    """Rank the outcomes of that list by how far along they are: of all that was told of one subject by the
    cut-off, the furthest along is its outcome, whatever its day (R4), on the tablets and in the figures alike. No
    news is the least of all, and a way that ended well is further than one that did not."""
    return {c.code: int(c.more["rank"]) for c in load(name).by_code.values()}


@cache
def names() -> tuple[str, ...]:
    """List the names of all the lists."""
    return tuple(sorted(p.name[:-5] for p in files(__name__).iterdir() if p.name.endswith(".toml")))
