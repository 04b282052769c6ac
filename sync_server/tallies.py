"""Counts kept ready, by month, commune and age band: the indicators of a million encounters are read, not counted.

What a writer touches is marked stale in its own transaction (`tally_marks`), and is counted from the facts, by the
same declarations, until it has been counted anew: a tally read always equals the recomputation. Writers pay for a
mark, not for the counting (docs/decisions/0007).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, insert, select

from shared import territory as territories
from sync_server import counting, database, declarations, tally_marks
from sync_server.counting import FOLLOW_UP, Only, Period
from sync_server.declarations import Indicator
from sync_server.desk_tables import StaleTally, Tally, TallyForm
from sync_server.tables import table
from sync_server.vocabulary import VIEWS

TALLY, STALE, FORM = table(Tally), table(StaleTally), table(TallyForm)
GRAIN = ("month", "commune", "age_band")
"""What the counts are kept by."""
NEVER = date(9999, 12, 31)
"""A cut-off after every follow-up: tallies hold the outcomes known now."""
Place = tuple[str, str, str]
"""A month, a commune and an age band."""
Measure = tuple[str, str]
"""An indicator and one of its measures."""
Cell = tuple[str, ...]
READ_FROM: Mapping[str, Callable[[Place], str]] = {
    "month": lambda place: place[0],
    "quarter": lambda place: f"{place[0][:4]}-T{(int(place[0][5:]) + 2) // 3}",
    "commune": lambda place: place[1],
    "epci": lambda place: territories.communes()[place[1]].epci,
    "age_band": lambda place: place[2],
}
"""The dimensions that follow from where a count is kept."""


@cache
def kept() -> tuple[Indicator, ...]:
    """The indicators that tallies answer: what adds up, over what hangs on an encounter. How old a thing is at the
    cut-off is a matter of days, decided at reading."""
    return tuple(
        replace(i, older_than=None)
        for i in declarations.load().values()
        if not i.distinct and set(GRAIN) <= set(VIEWS[i.of].dimensions)
    )


@cache
def layout() -> Mapping[Measure, int]:
    """Where each measure stands in a tally."""
    measures = [(i.code, name) for i in kept() for name in counting.conditions(i)]
    return {measure: place for place, measure in enumerate(measures)}


@cache
def form() -> str:
    """What tallies depend on besides the facts: with other declarations or views all of it is counted anew."""
    views = (files("sync_server") / "facts.sql").read_text("utf-8")
    return hashlib.sha256(json.dumps([[repr(i) for i in kept()], views]).encode()).hexdigest()


def freshen(engine: Engine, territory: str) -> None:
    """Counts anew all that is stale, a month a transaction: writers wait for one month at most. Writes nothing
    where nothing is stale."""
    with database.reading(engine) as connection:
        months, current = _stale(connection, territory), _is_current(connection, territory)
    if not current:
        with database.writing(engine) as connection:
            database.take_turn(connection, territory)
            months = _begin_anew(connection, territory)
    for month in months:
        with database.writing(engine) as connection:
            database.take_turn(connection, territory)
            _recount(connection, territory, month)


def _is_current(connection: Connection, territory: str) -> bool:
    return connection.scalar(select(FORM.c.digest).where(FORM.c.territory == territory)) == form()


def _stale(connection: Connection, territory: str) -> list[str]:
    months = select(STALE.c.month).where(STALE.c.territory == territory).distinct().order_by(STALE.c.month)
    return list(connection.scalars(months))


def _begin_anew(connection: Connection, territory: str) -> list[str]:
    for one in (TALLY, STALE, FORM):
        connection.execute(delete(one).where(one.c.territory == territory))
    connection.execute(insert(FORM).values(territory=territory, digest=form()))
    tally_marks.mark_all(connection, territory)
    return _stale(connection, territory)


def _recount(connection: Connection, territory: str, month: str) -> None:
    """The stale communes of a month, from the facts."""
    mine = (STALE.c.territory == territory) & (STALE.c.month == month)
    communes = list(connection.scalars(select(STALE.c.commune).where(mine)))
    there = (TALLY.c.territory == territory) & (TALLY.c.month == month) & TALLY.c.commune.in_(communes)
    connection.execute(delete(TALLY).where(there))
    connection.execute(delete(STALE).where(mine))
    counted = _from_facts(connection, territory, month, communes)
    if counted:
        rows = [
            {"territory": territory, **dict(zip(GRAIN, place, strict=True)), "counts": json.dumps(numbers)}
            for place, numbers in counted.items()
        ]
        connection.execute(insert(TALLY), rows)


def _from_facts(
    connection: Connection, territory: str, month: str, communes: Sequence[str]
) -> dict[Place, list[int]]:
    places = layout()
    found: dict[Place, list[int]] = defaultdict(lambda: [0] * len(places))
    period = Period(*days_of(month), NEVER)
    for measures, statement in statements(territory, period, {"commune": tuple(communes)}):
        for row in connection.execute(statement):
            numbers = found[row[0], row[1], row[2]]
            for measure, number in zip(measures, row[3:], strict=True):
                numbers[places[measure]] = int(number or 0)
    return {place: numbers for place, numbers in found.items() if any(numbers)}


def statements(
    territory: str, period: Period, only: Only, wanted: Sequence[Indicator] | None = None
) -> Iterator[tuple[list[Measure], Select[Any]]]:
    """For each view its measures, and the one SELECT that counts them all by `GRAIN`; those kept, or `wanted`."""
    every = kept() if wanted is None else wanted
    for of in dict.fromkeys(i.of for i in every):
        mine = [i for i in every if i.of == of]
        source, columns = counting.source_of(mine[0], territory, period)
        counted = {(i.code, n): e for i in mine for n, e in counting.measures(i, columns, period).items()}
        grouped = [columns[name].label(name) for name in GRAIN]
        labelled = [expression.label(f"m{place}") for place, expression in enumerate(counted.values())]
        found = select(*grouped, *labelled).select_from(source)
        yield list(counted), found.where(counting.within(columns, territory, period, only)).group_by(*grouped)


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of a month."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)


def split(first: date, last: date, stale: Sequence[str]) -> tuple[list[str], list[tuple[date, date]]]:
    """The whole fresh months among those days, and the stretches of days that no tally answers."""
    months, stretches = list[str](), list[tuple[date, date]]()
    while first <= last:
        begins, ends = days_of(f"{first:%Y-%m}")
        until = min(ends, last)
        if (first, until) == (begins, ends) and f"{first:%Y-%m}" not in stale:
            months.append(f"{first:%Y-%m}")
        elif stretches and stretches[-1][1] + timedelta(1) == first:
            stretches[-1] = (stretches[-1][0], until)
        else:
            stretches.append((first, until))
        first = until + timedelta(1)
    return months, stretches


class Tallies:
    """What is kept of one territory and period, read once; `counts` answers as the facts would."""

    def __init__(self, connection: Connection, territory: str, period: Period) -> None:
        self._connection, self._territory, self._period = connection, territory, period
        self._current = _is_current(connection, territory)
        self._stale = _stale(connection, territory) if self._current else []
        latest = connection.scalar(select(func.max(FOLLOW_UP.c.day)).where(FOLLOW_UP.c.territory == territory))
        self._as_of_now = latest is None or latest <= period.cut_off
        self._known = {i.code for i in kept()}
        self._rows: dict[Place, list[int]] | None = None
        self._sums: dict[Any, dict[Cell, list[int]]] = {}

    def answer(self, indicator: Indicator, by: Sequence[str], only: Only) -> bool:
        """Whether they can: an outcome at an earlier cut-off, or a dimension they are not kept by, is counted."""
        mine = self._current and indicator.code in self._known and {*by, *only} <= READ_FROM.keys()
        return mine and (self._as_of_now or not VIEWS[indicator.of].subject)

    def counts(self, indicator: Indicator, by: Sequence[str], only: Only) -> dict[Cell, dict[str, int]]:
        """The measures of each cell that has any."""
        last = self._period.last
        if indicator.older_than is not None:
            last = min(last, self._period.cut_off - timedelta(indicator.older_than + 1))
        months, stretches = split(self._period.first, last, self._stale)
        names = list(counting.conditions(indicator))
        places = [layout()[indicator.code, name] for name in names]
        found: dict[Cell, dict[str, int]] = {}
        pick = itemgetter(*places, *places[:1])  # of one place alone it would give no tuple
        for cell, numbers in self._summed(tuple(by), only, tuple(months)).items():
            mine = pick(numbers)[:-1]
            if any(mine):
                found[cell] = dict(zip(names, mine, strict=True))
        for first, until in stretches:
            self._add(found, counting.statement(
                indicator, self._territory, replace(self._period, first=first, last=until), by, only
            ), by, names)  # fmt: skip
        return found

    def _add(
        self, found: dict[Cell, dict[str, int]], statement: Select[Any], by: Sequence[str], names: Sequence[str]
    ) -> None:
        for row in self._connection.execute(statement).mappings():
            cell = found.setdefault(tuple(str(row[name]) for name in by), dict.fromkeys(names, 0))
            for name in names:
                cell[name] += int(row[name] or 0)

    def _summed(self, by: Cell, only: Only, months: Cell) -> dict[Cell, list[int]]:
        """All measures of those months, added up by those dimensions."""
        key = (by, tuple(sorted(only.items())), months)
        if key not in self._sums:
            self._sums[key] = _added(self._read(), by, only, frozenset(months))
        return self._sums[key]

    def _read(self) -> dict[Place, list[int]]:
        if self._rows is None:
            c = TALLY.c
            wanted = c.month.between(f"{self._period.first:%Y-%m}", f"{self._period.last:%Y-%m}")
            rows = self._connection.execute(
                select(c.month, c.commune, c.age_band, c.counts).where(c.territory == self._territory, wanted)
            )
            self._rows = {(month, commune, age): json.loads(counts) for month, commune, age, counts in rows}
        return self._rows


def _added(rows: Mapping[Place, list[int]], by: Cell, only: Only, months: frozenset[str]) -> dict[Cell, list[int]]:
    readers = [READ_FROM[name] for name in by]
    filters = [(READ_FROM[name], frozenset(values)) for name, values in only.items()]
    found: dict[Cell, list[int]] = {}
    for place, numbers in rows.items():
        if place[0] not in months or any(read(place) not in values for read, values in filters):
            continue
        cell = tuple(read(place) for read in readers)
        before = found.get(cell)
        found[cell] = numbers if before is None else list(map(int.__add__, before, numbers))
    return found
