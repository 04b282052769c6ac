"""Counts kept ready, by month, commune and age band: the indicators of a million encounters are read, not counted.

What a writer touches is marked stale in its own transaction (`tally_marks`), and is counted from the facts, by the
same declarations, until it has been counted anew: a tally read always equals the recomputation. Writers pay for a
mark, not for the counting (docs/decisions/0007).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, insert, literal, select

from shared.search_text import plain
from sync_server.figures import compiler
from sync_server.figures.compiler import Only, Period
from sync_server.figures.declarations import Indicator
from sync_server.figures.tally_version import compute_version, list_kept
from sync_server.figures.vocabulary import DISTINCT, VIEWS
from sync_server.intake import stale_tallies
from sync_server.storage import database
from sync_server.storage.desk_tables import StaleTally, Tally, TallyForm
from sync_server.storage.tables import table

TALLY, STALE, TALLY_VERSION = table(Tally), table(StaleTally), table(TallyForm)
GRAIN = ("month", "commune", "age_band")
"""What the counts are kept by; the age is empty for what has none (presences, sessions, partners)."""
NEVER = date(9999, 12, 31)
"""A cut-off after every follow-up: tallies hold the outcomes known now."""
CellPlace = tuple[str, str, str]
"""A month, a commune and an age band, empty for what has none."""
Measure = tuple[str, str]
"""An indicator and one of its measures."""
Numbers = list[Any]
"""A number for each measure of the layout; of what is counted once, the list of what was seen, not yet counted."""


@cache
def layout() -> Mapping[Measure, int]:
    """Map each measure to its place in a tally."""
    measures = [(i.code, name) for i in list_kept() for name in compiler.conditions(i)]
    return {measure: place for place, measure in enumerate(measures)}


@cache
def list_distinct() -> frozenset[Measure]:
    """List the measures that count a value once: of two months, the values are put together, not the counts."""
    named = {i.code: i for i in list_kept()}
    return frozenset((code, name) for code, name in layout() if compiler.unit_of(named[code], name) in DISTINCT)


def recount_stale(engine: Engine, territory: str) -> None:
    """Count anew all that is stale, a month a transaction: writers wait for one month at most. Writes nothing
    where nothing is stale."""
    with database.reading(engine) as connection:
        months, current = stale(connection, territory), is_current(connection, territory)
    if not current:
        with database.writing(engine) as connection:
            database.lock_territory(connection, territory)
            months = _begin_anew(connection, territory)
    for month in months:
        with database.writing(engine) as connection:
            database.lock_territory(connection, territory)
            _recount(connection, territory, month)


def is_current(connection: Connection, territory: str) -> bool:
    """Tell whether the tallies were counted by the declarations of this version."""
    return (
        connection.scalar(select(TALLY_VERSION.c.digest).where(TALLY_VERSION.c.territory == territory))
        == compute_version()
    )


def stale(connection: Connection, territory: str) -> list[str]:
    """List the months in which something is to be counted anew."""
    months = select(STALE.c.month).where(STALE.c.territory == territory).distinct().order_by(STALE.c.month)
    return list(connection.scalars(months))


def _begin_anew(connection: Connection, territory: str) -> list[str]:
    for one in (TALLY, STALE, TALLY_VERSION):
        connection.execute(delete(one).where(one.c.territory == territory))
    connection.execute(insert(TALLY_VERSION).values(territory=territory, digest=compute_version()))
    stale_tallies.mark_all_stale(connection, territory)
    return stale(connection, territory)


def _recount(connection: Connection, territory: str, month: str) -> None:
    """Count anew the stale communes of a month, from the facts."""
    mine = (STALE.c.territory == territory) & (STALE.c.month == month)
    communes = list(connection.scalars(select(STALE.c.commune).where(mine)))
    there = (TALLY.c.territory == territory) & (TALLY.c.month == month) & TALLY.c.commune.in_(communes)
    connection.execute(delete(TALLY).where(there))
    connection.execute(delete(STALE).where(mine))
    days, here = Period(*days_of(month), NEVER), {"commune": tuple(communes)}
    counted = from_facts(connection, territory, days, here, list_kept())
    if counted:
        rows = [
            {"territory": territory, **dict(zip(GRAIN, place, strict=True)), "counts": json.dumps(numbers)}
            for place, numbers in counted.items()
        ]
        connection.execute(insert(TALLY), rows)


def from_facts(
    connection: Connection, territory: str, period: Period, only: Only, wanted: Sequence[Indicator]
) -> dict[CellPlace, Numbers]:
    """Count `wanted`, all of them kept, from the facts, at each place that has any."""
    places = layout()
    found: dict[CellPlace, Numbers] = defaultdict(
        lambda: [[] if measure in list_distinct() else 0 for measure in places]
    )
    for measures, statement in statements(territory, period, only, wanted):
        for row in connection.execute(statement):
            numbers = found[row[0], row[1], row[2]]
            for measure, number in zip(measures, row[3:], strict=True):
                numbers[places[measure]] = int(number or 0)
    for indicator in (i for i in wanted if i.distinct):
        for place, name, value in _list_seen(connection, territory, period, only, indicator):
            found[place][places[indicator.code, name]].append(plain(value))
    return {place: numbers for place, numbers in found.items() if any(numbers)}


def _list_seen(
    connection: Connection, territory: str, period: Period, only: Only, indicator: Indicator
) -> Iterator[tuple[CellPlace, str, str]]:
    """List what counts once, wherever it was seen: the place, the measure and the value."""
    names = [name for name in compiler.conditions(indicator) if (indicator.code, name) in list_distinct()]
    statement = compiler.statement(indicator, territory, period, grain_of(indicator.of), only)
    for row in connection.execute(statement).mappings():
        place = (row["month"], row["commune"], row.get("age_band", ""))
        yield from ((place, name, row[compiler.KEY]) for name in names if row[name])


def grain_of(view: str) -> tuple[str, ...]:
    """List the dimensions that the counts of that view are kept by."""
    return tuple(name for name in GRAIN if name in VIEWS[view].dimensions)


def statements(
    territory: str, period: Period, only: Only, wanted: Sequence[Indicator]
) -> Iterator[tuple[list[Measure], Select[Any]]]:
    """Build, for each view of `wanted`, the measures that add up, and the one SELECT of them by `GRAIN`."""
    for of in dict.fromkeys(i.of for i in wanted):
        mine = [i for i in wanted if i.of == of]
        source, columns = compiler.source_of(mine[0], territory, period)
        counted = {(i.code, n): e for i in mine for n, e in compiler.measures(i, columns, period).items()}
        if not counted:
            continue
        grain = [columns[name].label(name) for name in grain_of(of)]
        ageless = [literal("").label("age_band")] * (len(GRAIN) - len(grain))
        labelled = [expression.label(f"m{place}") for place, expression in enumerate(counted.values())]
        found = select(*grain, *ageless, *labelled).select_from(source)
        yield list(counted), found.where(compiler.within(columns, territory, period, only)).group_by(*grain)


def days_of(month: str) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
