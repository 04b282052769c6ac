"""Reads stored totals, for any period and breakdown they are kept by; days without a fresh total are counted live,
from the facts, and added."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from operator import add, itemgetter
from typing import Any

from sqlalchemy import Connection, func, select

from shared import territory as territories
from sync_server.figures import compiler, tallies, tally_version
from sync_server.figures.compiler import FOLLOW_UP, Only, Period
from sync_server.figures.declarations import Indicator
from sync_server.figures.tallies import TALLY, CellPlace, Numbers
from sync_server.figures.vocabulary import VIEWS
from sync_server.intake import stale_tallies

Cell = tuple[str, ...]
READ_FROM: Mapping[str, Callable[[CellPlace], str]] = {
    "month": lambda place: place[0],
    "quarter": lambda place: f"{place[0][:4]}-T{(int(place[0][5:]) + 2) // 3}",
    "commune": lambda place: place[1],
    "epci": lambda place: territories.communes()[place[1]].epci,
    "age_band": lambda place: place[2],
}
"""The dimensions that follow from where a count is kept."""


def split(first: date, last: date, stale: Sequence[str]) -> tuple[list[str], list[tuple[date, date]]]:
    """Return the whole fresh months among those days, and the stretches of days that no tally answers."""
    months, stretches = list[str](), list[tuple[date, date]]()
    while first <= last:
        begins, ends = tallies.days_of(f"{first:%Y-%m}")
        until = min(ends, last)
        if (first, until) == (begins, ends) and f"{first:%Y-%m}" not in stale:
            months.append(f"{first:%Y-%m}")
        elif stretches and stretches[-1][1] + timedelta(1) == first:
            stretches[-1] = (stretches[-1][0], until)
        else:
            stretches.append((first, until))
        first = until + timedelta(1)
    return months, stretches


def _round_to_months(connection: Connection, territory: str, period: Period) -> tuple[date, date]:
    """Return the days of the period, and those around them, to whole months, on which nothing has happened: the
    month that has begun is a whole one too, as long as nothing is of tomorrow."""
    begins, ends = tallies.days_of(f"{period.first:%Y-%m}")[0], tallies.days_of(f"{period.last:%Y-%m}")[1]
    day = timedelta(1)
    return (
        begins if _nothing(connection, territory, begins, period.first - day) else period.first,
        ends if _nothing(connection, territory, period.last + day, ends) else period.last,
    )


def _nothing(connection: Connection, territory: str, first: date, last: date) -> bool:
    """Tell whether no record that is counted is of those days."""
    return first > last or not any(
        connection.scalar(
            select(one.c.id).where(one.c.territory == territory, one.c.day.between(first, last)).limit(1)
        )
        for one in stale_tallies.PLACED
    )


class Tallies:
    """What is kept of one territory and period, read once; `counts` answers as the facts would."""

    def __init__(self, connection: Connection, territory: str, period: Period) -> None:
        self._connection, self._territory, self._period = connection, territory, period
        self._current = tallies.is_current(connection, territory)
        self._stale = tallies.stale(connection, territory) if self._current else []
        latest = connection.scalar(select(func.max(FOLLOW_UP.c.day)).where(FOLLOW_UP.c.territory == territory))
        self._as_of_now = latest is None or latest <= period.cut_off
        self._known = {i.code for i in tally_version.list_kept()}
        self._first, self._last = period.first, period.last
        if self._current:
            self._first, self._last = _round_to_months(connection, territory, period)
        self._rows: dict[CellPlace, Numbers] | None = None
        self._sums: dict[Any, dict[Cell, Numbers]] = {}
        self._facts: dict[Any, Mapping[CellPlace, Numbers]] = {}

    def answer(self, indicator: Indicator, by: Sequence[str], only: Only) -> bool:
        """Tell whether the tallies can answer: an outcome at an earlier cut-off, or a dimension they are not kept
        by, is counted."""
        mine = self._current and indicator.code in self._known and {*by, *only} <= READ_FROM.keys()
        return mine and (self._as_of_now or not VIEWS[indicator.of].subject)

    def counts(self, indicator: Indicator, by: Sequence[str], only: Only) -> dict[Cell, dict[str, int]]:
        """Return the measures of each cell that has any."""
        last = self._last
        if indicator.older_than is not None:
            last = min(last, self._period.cut_off - timedelta(indicator.older_than + 1))
        months, stretches = split(self._first, last, self._stale)
        parts = [self._summed(tuple(by), only, tuple(months))]
        parts += [_add_up(self._between(indicator, *days).items(), by, only) for days in stretches]
        names = list(compiler.conditions(indicator))
        places = [tallies.layout()[indicator.code, name] for name in names]
        pick = itemgetter(*places, *places[:1])  # of one place alone it would give no tuple
        found: dict[Cell, tuple[Any, ...]] = {}
        for part in parts:
            for cell, numbers in part.items():
                mine = pick(numbers)[:-1]
                if any(mine):
                    before = found.get(cell)
                    found[cell] = mine if before is None else tuple(map(add, before, mine))
        told = _count_once if indicator.distinct else dict
        return {cell: told(zip(names, numbers, strict=True)) for cell, numbers in found.items()}

    def _between(self, indicator: Indicator, first: date, last: date) -> Mapping[CellPlace, Numbers]:
        """Count the days without a fresh total live, from the facts: all that their view tells, at one reading."""
        key = (indicator.of, first, last)
        if key not in self._facts:
            mine = [i for i in tally_version.list_kept() if i.of == indicator.of]
            days = replace(self._period, first=first, last=last)
            self._facts[key] = tallies.from_facts(self._connection, self._territory, days, {}, mine)
        return self._facts[key]

    def _summed(self, by: Cell, only: Only, months: Cell) -> dict[Cell, Numbers]:
        """Return all measures of those months, added up by those dimensions."""
        key = (by, tuple(sorted(only.items())), months)
        if key not in self._sums:
            wanted = frozenset(months)
            rows = ((place, numbers) for place, numbers in self._read().items() if place[0] in wanted)
            self._sums[key] = _add_up(rows, by, only)
        return self._sums[key]

    def _read(self) -> dict[CellPlace, Numbers]:
        if self._rows is None:
            c = TALLY.c
            wanted = c.month.between(f"{self._period.first:%Y-%m}", f"{self._period.last:%Y-%m}")
            rows = self._connection.execute(
                select(c.month, c.commune, c.age_band, c.counts).where(c.territory == self._territory, wanted)
            )
            self._rows = {(month, commune, age): json.loads(counts) for month, commune, age, counts in rows}
        return self._rows


def _add_up(rows: Iterable[tuple[CellPlace, Numbers]], by: Sequence[str], only: Only) -> dict[Cell, Numbers]:
    readers = [READ_FROM[name] for name in by]
    filters = [(READ_FROM[name], frozenset(values)) for name, values in only.items()]
    found: dict[Cell, Numbers] = {}
    for place, numbers in rows:
        if any(read(place) not in values for read, values in filters):
            continue
        cell = tuple(read(place) for read in readers)
        before = found.get(cell)
        found[cell] = numbers if before is None else list(map(add, before, numbers))
    return found


def _count_once(measures: Iterable[tuple[str, Any]]) -> dict[str, int]:
    """Count the values seen, each once."""
    return {name: len(set(seen)) if isinstance(seen, list) else seen for name, seen in measures}
