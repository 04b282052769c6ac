"""Counts kept ready, by month, commune and age band: the indicators of a million encounters are read, not counted.

What a writer touches is marked stale in its own transaction (`tally_marks`), and is counted from the facts, by the
same declarations, until it has been counted anew: a tally read always equals the recomputation. Writers pay for a
mark, not for the counting (docs/decisions/0007).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from operator import add, itemgetter
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, insert, literal, select

from shared import territory as territories
from shared.words import plain
from sync_server import counting, database, tally_marks
from sync_server.counting import FOLLOW_UP, Only, Period
from sync_server.declarations import Indicator
from sync_server.desk_tables import StaleTally, Tally, TallyForm
from sync_server.tables import table
from sync_server.tally_form import form, kept
from sync_server.vocabulary import DISTINCT, VIEWS

TALLY, STALE, FORM = table(Tally), table(StaleTally), table(TallyForm)
GRAIN = ("month", "commune", "age_band")
"""What the counts are kept by; the age is empty for what has none (presences, sessions, partners)."""
NEVER = date(9999, 12, 31)
"""A cut-off after every follow-up: tallies hold the outcomes known now."""
Place = tuple[str, str, str]
"""A month, a commune and an age band, empty for what has none."""
Measure = tuple[str, str]
"""An indicator and one of its measures."""
Numbers = list[Any]
"""A number for each measure of the layout; of what is counted once, the list of what was seen, not yet counted."""
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
def layout() -> Mapping[Measure, int]:
    """Where each measure stands in a tally."""
    measures = [(i.code, name) for i in kept() for name in counting.conditions(i)]
    return {measure: place for place, measure in enumerate(measures)}


@cache
def once() -> frozenset[Measure]:
    """The measures that count a value once: of two months, the values are put together, not the counts."""
    named = {i.code: i for i in kept()}
    return frozenset((code, name) for code, name in layout() if counting.unit_of(named[code], name) in DISTINCT)


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
    counted = _from_facts(connection, territory, Period(*days_of(month), NEVER), {"commune": tuple(communes)})
    if counted:
        rows = [
            {"territory": territory, **dict(zip(GRAIN, place, strict=True)), "counts": json.dumps(numbers)}
            for place, numbers in counted.items()
        ]
        connection.execute(insert(TALLY), rows)


def _from_facts(
    connection: Connection, territory: str, period: Period, only: Only, wanted: Sequence[Indicator] | None = None
) -> dict[Place, Numbers]:
    """What there is to count of those kept, or `wanted` of them, at each place that has any."""
    places = layout()
    found: dict[Place, Numbers] = defaultdict(lambda: [[] if measure in once() else 0 for measure in places])
    for measures, statement in statements(territory, period, only, wanted):
        for row in connection.execute(statement):
            numbers = found[row[0], row[1], row[2]]
            for measure, number in zip(measures, row[3:], strict=True):
                numbers[places[measure]] = int(number or 0)
    for indicator in (i for i in (kept() if wanted is None else wanted) if i.distinct):
        for place, name, value in _seen(connection, territory, period, only, indicator):
            found[place][places[indicator.code, name]].append(plain(value))
    return {place: numbers for place, numbers in found.items() if any(numbers)}


def _seen(
    connection: Connection, territory: str, period: Period, only: Only, indicator: Indicator
) -> Iterator[tuple[Place, str, str]]:
    """What counts once, wherever it was seen: the place, the measure and the value."""
    names = [name for name in counting.conditions(indicator) if (indicator.code, name) in once()]
    statement = counting.statement(indicator, territory, period, grain_of(indicator.of), only)
    for row in connection.execute(statement).mappings():
        place = (row["month"], row["commune"], row.get("age_band", ""))
        yield from ((place, name, row[counting.KEY]) for name in names if row[name])


def grain_of(view: str) -> tuple[str, ...]:
    """What the counts of that view are kept by."""
    return tuple(name for name in GRAIN if name in VIEWS[view].dimensions)


def statements(
    territory: str, period: Period, only: Only, wanted: Sequence[Indicator] | None = None
) -> Iterator[tuple[list[Measure], Select[Any]]]:
    """For each view the measures that add up, and the one SELECT of them by `GRAIN`; those kept, or `wanted`."""
    every = kept() if wanted is None else wanted
    for of in dict.fromkeys(i.of for i in every):
        mine = [i for i in every if i.of == of]
        source, columns = counting.source_of(mine[0], territory, period)
        counted = {(i.code, n): e for i in mine for n, e in counting.measures(i, columns, period).items()}
        if not counted:
            continue
        grain = [columns[name].label(name) for name in grain_of(of)]
        ageless = [literal("").label("age_band")] * (len(GRAIN) - len(grain))
        labelled = [expression.label(f"m{place}") for place, expression in enumerate(counted.values())]
        found = select(*grain, *ageless, *labelled).select_from(source)
        yield list(counted), found.where(counting.within(columns, territory, period, only)).group_by(*grain)


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
        self._rows: dict[Place, Numbers] | None = None
        self._sums: dict[Any, dict[Cell, Numbers]] = {}
        self._facts: dict[Any, Mapping[Place, Numbers]] = {}

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
        parts = [self._summed(tuple(by), only, tuple(months))]
        parts += [_added(self._between(indicator, *days).items(), by, only) for days in stretches]
        names = list(counting.conditions(indicator))
        places = [layout()[indicator.code, name] for name in names]
        pick = itemgetter(*places, *places[:1])  # of one place alone it would give no tuple
        found: dict[Cell, tuple[Any, ...]] = {}
        for part in parts:
            for cell, numbers in part.items():
                mine = pick(numbers)[:-1]
                if any(mine):
                    before = found.get(cell)
                    found[cell] = mine if before is None else tuple(map(add, before, mine))
        told = _counted if indicator.distinct else dict
        return {cell: told(zip(names, numbers, strict=True)) for cell, numbers in found.items()}

    def _between(self, indicator: Indicator, first: date, last: date) -> Mapping[Place, Numbers]:
        """What no tally answers, from the facts: once, however many breakdowns ask for it."""
        key = (indicator.code, first, last)
        if key not in self._facts:
            [mine] = [i for i in kept() if i.code == indicator.code]
            days = replace(self._period, first=first, last=last)
            self._facts[key] = _from_facts(self._connection, self._territory, days, {}, [mine])
        return self._facts[key]

    def _summed(self, by: Cell, only: Only, months: Cell) -> dict[Cell, Numbers]:
        """All measures of those months, added up by those dimensions."""
        key = (by, tuple(sorted(only.items())), months)
        if key not in self._sums:
            wanted = frozenset(months)
            rows = ((place, numbers) for place, numbers in self._read().items() if place[0] in wanted)
            self._sums[key] = _added(rows, by, only)
        return self._sums[key]

    def _read(self) -> dict[Place, Numbers]:
        if self._rows is None:
            c = TALLY.c
            wanted = c.month.between(f"{self._period.first:%Y-%m}", f"{self._period.last:%Y-%m}")
            rows = self._connection.execute(
                select(c.month, c.commune, c.age_band, c.counts).where(c.territory == self._territory, wanted)
            )
            self._rows = {(month, commune, age): json.loads(counts) for month, commune, age, counts in rows}
        return self._rows


def _added(rows: Iterable[tuple[Place, Numbers]], by: Sequence[str], only: Only) -> dict[Cell, Numbers]:
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


def _counted(measures: Iterable[tuple[str, Any]]) -> dict[str, int]:
    """What was seen, each value once."""
    return {name: len(set(seen)) if isinstance(seen, list) else seen for name, seen in measures}
