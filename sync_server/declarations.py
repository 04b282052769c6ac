"""The declarations of `indicators.toml`, over a closed vocabulary: what is not known is refused at load.

A declaration counts or sums the rows of one view of `facts.sql`. There is no expression language: what a
declaration cannot say becomes a column of a view.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from shared import choices

VIEWS = {
    "fact_encounter": frozenset({"month", "epci", "age_band"}),
    "fact_need": frozenset({"month", "epci", "age_band"}),
    "fact_referral": frozenset({"month", "epci", "age_band"}),
    "fact_presence": frozenset({"month", "epci"}),
}
"""The views, and the dimensions each has."""
CODED = {
    "action": "action",
    "age_band": "age_band",
    "first_contact_year": "first_contact",
    "first_contact_ever": "first_contact",
    "network": "network",
    "outcome": "outcome_referral",
}
"""The columns a condition may name, and the list its codes come from."""
COUNTS = frozenset({"rows", "commune"})
"""What may be counted: rows, or distinct values of that column."""
SUMS = frozenset({"agent_minutes"})
COMMUNES = "communes"
"""What a share may be of, besides other indicators: the communes of the territory or of the EPCI."""

Condition = Mapping[str, tuple[str, ...]]


class DeclarationError(ValueError):
    """A declaration says something the vocabulary does not have; the message names both."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One declaration. The texts are French: the console and the exports print them.

    `where` is what counts; `up_to` adds codes for the upper end of a range (R2); `apart` replaces codes to tell
    what is not counted; `unknown` replaces codes to tell what is not known (R4). `share_of` and `mean_of` give
    the denominator beside a count; `rate_of` makes the indicator itself that ratio. `per` divides a sum.
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
    up_to: Condition = field(default_factory=dict)
    apart: Condition = field(default_factory=dict)
    unknown: Condition = field(default_factory=dict)
    share_of: tuple[str, ...] = ()
    mean_of: tuple[str, ...] = ()
    rate_of: tuple[str, ...] = ()

    @property
    def whole(self) -> tuple[str, ...]:
        """The denominator, whichever way it is used."""
        return self.share_of or self.mean_of or self.rate_of


_KEYS = {f.name for f in fields(Indicator)} - {"code"}
_NEEDED = ("label", "section", "unit", "definition", "rule", "source", "of", "where", "by")
_CONDITIONS = ("where", "up_to", "apart", "unknown")
_LISTS = ("by", "share_of", "mean_of", "rate_of")


@cache
def load() -> Mapping[str, Indicator]:
    """Every indicator by its code, in the order of the file."""
    return parse((files("sync_server") / "indicators.toml").read_text("utf-8"))


def parse(text: str) -> dict[str, Indicator]:
    """The declarations of that TOML. Raises DeclarationError at the first that says what is not known."""
    raw = tomllib.loads(text)
    found = {code: _indicator(code, body) for code, body in raw.items()}
    for indicator in found.values():
        for other in indicator.whole:
            if other != COMMUNES and other not in found:
                raise DeclarationError(f"{indicator.code}: share_of, mean_of or rate_of names {other!r}, unknown")
    return found


def _indicator(code: str, body: dict[str, Any]) -> Indicator:
    def refuse(what: str) -> None:
        raise DeclarationError(f"{code}: {what}")

    if strangers := set(body) - _KEYS:
        refuse(f"unknown key {sorted(strangers)}")
    if missing := [key for key in _NEEDED if key not in body]:
        refuse(f"missing key {missing}")
    if body["of"] not in VIEWS:
        refuse(f"unknown view {body['of']!r}")
    if (body.get("count") is None) == (body.get("sum") is None):
        refuse("either count or sum")
    if body.get("count", "rows") not in COUNTS or body.get("sum", "agent_minutes") not in SUMS:
        refuse(f"cannot count {body.get('count') or body.get('sum')!r}")
    if body["section"] not in choices.load("action"):
        refuse(f"unknown section {body['section']!r}")
    if strangers := set(body["by"]) - VIEWS[body["of"]]:
        refuse(f"{body['of']} is not broken down by {sorted(strangers)}")
    for key in _CONDITIONS:
        _check_condition(code, key, body.get(key, {}))
    values = body | {key: tuple(body.get(key, ())) for key in _LISTS}
    values |= {key: {c: tuple(codes) for c, codes in body.get(key, {}).items()} for key in _CONDITIONS}
    return Indicator(code=code, **values)


def _check_condition(code: str, key: str, condition: Any) -> None:
    if not isinstance(condition, dict):
        raise DeclarationError(f"{code}: {key} is no table")
    for column, codes in condition.items():
        if column not in CODED:
            raise DeclarationError(f"{code}: {key} names the column {column!r}, unknown")
        known = choices.load(CODED[column])
        if strangers := [c for c in codes if c not in known]:
            raise DeclarationError(f"{code}: {key}.{column} has codes {strangers}, unknown in {CODED[column]}")
