"""The worked example: some records written by hand, and the figures that must come out of them (README.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from shared import territory

HERE = Path(__file__).parent
TODAY = date(2026, 4, 30)
"""A day on which every record is in the past: the `today` of the store and of the rules."""

EPCI = {"belfort": "200069052", "vosges": "200069060", "sud": "249000241"}
"""The short names of expected.toml, and the SIREN of each."""

_ENVELOPE = ("kind", "revision", "base_revision", "deleted")


@dataclass(frozen=True, slots=True)
class Period:
    """The days a figure is about, first and last included, and the day its outcomes are read at."""

    first: date
    last: date
    cut_off: date


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure. `key` is () for a total, else what the breakdown is by: SIREN, month as 2026-01, age band.

    A range has `low` and `high`; an exact figure has both equal; a rate has its numerator there. What does not
    apply is None. `who` lists the records behind it.
    """

    indicator: str
    period: str
    breakdown: str
    key: tuple[str, ...]
    low: float
    high: float
    denominator_low: int | None
    denominator_high: int | None
    unknown: int | None
    apart: int | None
    who: str


def id_of(handle: str) -> str:
    """The id a record travels under: it ends with the handle."""
    return f"08a00000-0000-8000-8000-{handle:0>12}"


def records() -> list[dict[str, Any]]:
    """What is sent, in order, ready for `store.accept`: repeats, revisions and the tombstone included."""
    sent: list[dict[str, Any]] = []
    for raw in _load("records.toml")["record"]:
        again = raw.get("again")
        sent.append(deepcopy(next(r for r in sent if r["id"] == id_of(again))) if again else _record(raw))
    return sent


def proves() -> dict[str, str]:
    """What each record is there for, by handle and revision: `e14`, then `e14 (2)`."""
    return {
        raw["handle"] + (f" ({raw['revision']})" if "revision" in raw else ""): raw["proves"]
        for raw in _load("records.toml")["record"]
        if "again" not in raw
    }


@cache
def periods() -> dict[str, Period]:
    """The periods of expected.toml by name."""
    return {name: Period(**days) for name, days in _load("expected.toml")["period"].items()}


def expected() -> list[Cell]:
    """Every figure that must come out."""
    return [
        _cell(indicator, place, raw)
        for indicator, tree in _load("expected.toml")["indicator"].items()
        for place, raw in _leaves(tree)
    ]


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text("utf-8"))


def _record(raw: dict[str, Any]) -> dict[str, Any]:
    envelope = {key: raw[key] for key in _ENVELOPE if key in raw}
    fields = {k: _on_the_wire(k, v) for k, v in raw.items() if k not in (*_ENVELOPE, "handle", "proves")}
    if "subject" in fields:
        fields["subject_id"] = id_of(fields.pop("subject"))
    return {"id": id_of(raw["handle"]), "revision": 1} | envelope | {"fields": fields}


def _on_the_wire(key: str, value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if key == "commune":
        return _insee()[value]
    if key == "referrals":
        return [{"id": id_of(r["handle"])} | {k: v for k, v in r.items() if k != "handle"} for r in value]
    return value


@cache
def _insee() -> dict[str, str]:
    return {c.name: c.insee for c in territory.communes().values()}


def _leaves(tree: dict[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if "who" in tree:
        yield place, tree
        return
    for key, branch in tree.items():
        yield from _leaves(branch, (*place, key))


def _cell(indicator: str, place: tuple[str, ...], raw: dict[str, Any]) -> Cell:
    first, *rest = place
    exact: Any = raw.get("value", raw.get("numerator"))
    denominator = raw.get("denominator")
    return Cell(
        indicator=indicator,
        period=first if first in periods() else "quarter",
        breakdown="total" if first in periods() else first,
        key=tuple(EPCI.get(part, part) for part in rest),
        low=raw.get("low", exact),
        high=raw.get("high", exact),
        denominator_low=raw.get("denominator_low", denominator),
        denominator_high=raw.get("denominator_high", denominator),
        unknown=raw.get("unknown"),
        apart=raw.get("apart"),
        who=raw["who"],
    )
