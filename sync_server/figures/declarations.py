"""The declarations of `indicators.toml`, over a closed vocabulary: what is not known is refused at load.

A declaration counts or sums the rows of one view of `facts.sql`. There is no expression language: what a
declaration cannot say becomes a column of a view.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from shared import choices
from shared.french import plural
from sync_server.figures import vocabulary
from sync_server.figures.vocabulary import (
    ADDED,
    BASE,
    DECIDES,
    DISTINCT,
    SEVERAL_PER_PERSON,
    STOCK,
    SUMS,
    VIEWS,
    WHOLES,
)

Condition = Mapping[str, tuple[str, ...]]


class DeclarationError(ValueError):
    """A declaration says something the vocabulary does not have; the message names both."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One declaration. The texts are French: the console and the exports print them.

    `where` is what counts; `up_to` adds codes for the upper end of a range (R2). The others replace codes of
    `where`: `unknown` tells what is not known (R4), as part of the denominator or, with `unknown_aside`, beside
    it; `apart` what is told and not counted (`apart_of` when it is counted otherwise, `apart_up_to` for its own
    upper end); `base` makes a denominator of the same view. `share_of` and `mean_of` give the denominator beside
    a count, `rate_of` makes the indicator itself that ratio: other indicators, or one of `vocabulary.WHOLES`.
    `stock` is a denominator from the pact, by type of partner. `per` divides a sum. `at_least` counts a commune
    that has so many rows in a year; `older_than` what is that many days old at the cut-off, and no less.
    `lower_is_better` says which way is better; without it, more is.
    """

    code: str
    label: str
    section: str
    unit: str
    definition: str
    rule: str
    source: str
    of: str
    where: Condition
    by: tuple[str, ...]
    count: str | None = None
    sum: str | None = None
    per: int = 1
    at_least: int = 1
    older_than: int | None = None
    up_to: Condition = field(default_factory=dict)
    unknown: Condition = field(default_factory=dict)
    unknown_label: str = "issue inconnue"
    unknown_aside: bool = False
    apart: Condition = field(default_factory=dict)
    apart_up_to: Condition = field(default_factory=dict)
    apart_of: str | None = None
    apart_label: str = ""
    base: Condition = field(default_factory=dict)
    stock: Mapping[str, int] = field(default_factory=dict)
    share_of: tuple[str, ...] = ()
    mean_of: tuple[str, ...] = ()
    rate_of: tuple[str, ...] = ()
    lower_is_better: bool = False

    @property
    def whole(self) -> tuple[str, ...]:
        """The denominator, whichever way it is used."""
        return self.share_of or self.mean_of or self.rate_of

    def divided_alike(self, other: Indicator) -> tuple[str, ...]:
        """Return the dimensions by which the denominator `other` is narrowed as this one is: those that it has
        too, and that do not settle what this one tells apart and the other does not (`vocabulary.DECIDES`)."""
        told = self.where.keys() - other.where.keys()
        return tuple(name for name in other.by if DECIDES.get(name) not in told)

    @property
    def sourced(self) -> str:
        """Format where the pact asks for it: « pacte, lignes 858 et 862 »."""
        lines = [part.strip().removeprefix("l.").replace("-", " à ") for part in self.source.split(",")]
        several = len(lines) > 1 or " à " in lines[0]
        return f"pacte, ligne{plural(1 + several)} {' et '.join(lines)}"

    @property
    def distinct(self) -> bool:
        """Whether it counts communes or structures, each once: its parts do not add up."""
        return self.count in DISTINCT


_KEYS = {f.name for f in fields(Indicator)} - {"code"}
_NEEDED = ("label", "section", "unit", "definition", "rule", "source", "of", "where")
_CONDITIONS = ("where", "up_to", "unknown", "apart", "apart_up_to", "base")
_LISTS = ("by", "share_of", "mean_of", "rate_of")


@cache
def load() -> Mapping[str, Indicator]:
    """Return every indicator by its code, in the order of the file."""
    return parse((files("sync_server.figures") / "indicators.toml").read_text("utf-8"))


def parse(text: str) -> dict[str, Indicator]:
    """Parse the declarations of that TOML. Raises DeclarationError at the first that says what is not known."""
    found = {code: _indicator(code, body) for code, body in tomllib.loads(text).items()}
    for indicator in found.values():
        for other in indicator.whole:
            _check_whole(indicator, other, found)
    return found


def _check_whole(indicator: Indicator, other: str, found: Mapping[str, Indicator]) -> None:
    if other in WHOLES:
        return
    if other not in found:
        raise DeclarationError(f"{indicator.code}: share_of, mean_of or rate_of names {other!r}, unknown")
    if strangers := set(indicator.by) - set(found[other].by) - SEVERAL_PER_PERSON:
        raise DeclarationError(f"{indicator.code}: {other} is not broken down by {sorted(strangers)}")


def _indicator(code: str, body: dict[str, Any]) -> Indicator:
    for fault in _faults(body):
        raise DeclarationError(f"{code}: {fault}")
    values = {"by": VIEWS[body["of"]].dimensions} | body
    values |= {key: tuple(values.get(key, ())) for key in _LISTS}
    values |= {key: {c: tuple(codes) for c, codes in body.get(key, {}).items()} for key in _CONDITIONS}
    return Indicator(code=code, **values)


def _faults(body: dict[str, Any]) -> Iterator[str]:
    """List what the vocabulary does not have, each once those before it are mended."""
    if strangers := set(body) - _KEYS:
        yield f"unknown key {sorted(strangers)}"
    if missing := [key for key in _NEEDED if key not in body]:
        yield f"missing key {missing}"
    if body["of"] not in VIEWS:
        yield f"unknown view {body['of']!r}"
    if body["section"] not in choices.load("action"):
        yield f"unknown section {body['section']!r}"
    if strangers := set(body.get("by", ())) - set(VIEWS[body["of"]].dimensions):
        yield f"{body['of']} is not broken down by {sorted(strangers)}"
    if not isinstance(body.get("lower_is_better", False), bool):
        yield f"lower_is_better is {body['lower_is_better']!r}, neither true nor false"
    yield from _uncountable(body)
    for key in _CONDITIONS:
        yield from _bad_condition(body["of"], key, body.get(key, {}))


def _uncountable(body: dict[str, Any]) -> Iterator[str]:
    if (body.get("count") is None) == (body.get("sum") is None):
        yield "either count or sum"
    if body.get("count", "rows") not in ADDED | DISTINCT or body.get("sum", "headcount") not in SUMS:
        yield f"cannot count {body.get('count') or body.get('sum')!r}"
    if body.get("count") == "theme" and "theme" not in VIEWS[body["of"]].dimensions:
        yield f"{body['of']} has no theme to count"
    if body.get("apart_of", "rows") not in {"rows", *SUMS}:
        yield f"cannot count {body['apart_of']!r} apart"
    told_apart = "apart" in body or "apart_of" in body
    if told_apart != bool(body.get("apart_label")):
        yield "what is told apart has an apart_label, and nothing else has"
    wholes = [*body.get("share_of", ()), *body.get("mean_of", ()), *body.get("rate_of", ())]
    for key, named in (("base", BASE), ("stock", STOCK)):
        if (key in body) != (named in wholes):
            yield f"{key} is given and a share is of it, or neither"


def _bad_condition(view: str, key: str, condition: Any) -> Iterator[str]:
    if not isinstance(condition, dict):
        yield f"{key} is no table"
        return
    for column, codes in condition.items():
        known = vocabulary.codes_of(view, column)
        if known is None:
            yield f"{key} names the column {column!r}, unknown"
        elif strangers := [c for c in codes if c not in known]:
            yield f"{key}.{column} has codes {strangers}, unknown"
