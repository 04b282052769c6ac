"""Compiles the declarations to SQL, for SQLite and PostgreSQL alike, and counts.

The day it happened decides the period, never the day it was synced (R3). Outcomes are read at a cut-off day (R4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    FromClause,
    String,
    and_,
    case,
    column,
    distinct,
    func,
    select,
)
from sqlalchemy import table as view

from shared import choices
from shared import territory as territories
from shared.models import FollowUp
from sync_server import declarations
from sync_server.declarations import COMMUNES, Condition, Indicator
from sync_server.tables import CommuneOfTerritory, table

Cell = tuple[str, ...]
"""The values of the breakdown, in its order; empty for the total."""
FOLLOW_UP, COMMUNE = table(FollowUp), table(CommuneOfTerritory)


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last`, both included; outcomes as known on `cut_off`. Any two days will do."""

    first: date
    last: date
    cut_off: date


@dataclass(frozen=True, slots=True)
class Figure:
    """What one indicator gives in one cell.

    `value` is the count, sum or, for a rate, the fraction (None over a denominator of 0); `high` the upper end
    of the range (R2). `numerator` and `denominator` belong to the rate, share or mean; `denominator_high` goes
    with `high`. `unknown` counts what has no known outcome (R4), `apart` what is told but not counted.
    """

    value: float | None
    high: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    denominator_high: float | None = None
    unknown: int | None = None
    apart: int | None = None

    @property
    def ratio(self) -> float | None:
        """Numerator over denominator: a fraction, or a mean; None over 0."""
        return _over(self.numerator, self.denominator)

    @property
    def ratio_high(self) -> float | None:
        """The same at the upper end of the range, where there is one."""
        top = self.numerator if self.high is None else self.high
        return None if self.denominator_high is None else _over(top, self.denominator_high)

    @property
    def unknown_share(self) -> float | None:
        """The share of the denominator that has no known outcome."""
        return _over(self.unknown, self.denominator)


Figures = Mapping[str, Mapping[Cell, Figure]]
"""By indicator code, then by cell. An indicator that is not broken down that way has its total alone."""


def compute(connection: Connection, territory: str, period: Period, by: Sequence[str] = ()) -> Figures:
    """Every indicator, in total (the cell `()`) and in each cell of the breakdown, empty ones included.

    `by` is any of the dimensions of `declarations.VIEWS`, crossed in that order.
    """
    found = declarations.load()
    counted = {code: _count(connection, territory, period, i, by) for code, i in found.items()}
    communes = _communes(connection, territory)
    return {
        code: {cell: _figure(i, cell, counted, communes) for cell in [(), *cells_of(i, period, by)]}
        for code, i in found.items()
    }


def cells_of(indicator: Indicator, period: Period, by: Sequence[str]) -> list[Cell]:
    """The cells of that breakdown, in order; none when the indicator is not broken down that way."""
    if not by or not set(by) <= set(indicator.by):
        return []
    return list(product(*(values_of(name, period) for name in by)))


def values_of(dimension: str, period: Period) -> list[str]:
    """The values of a dimension, in order: every month of the period, every EPCI, every age band."""
    if dimension == "month":
        first, last = (day.year * 12 + day.month - 1 for day in (period.first, period.last))
        return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, last + 1)]
    return list(territories.epcis() if dimension == "epci" else choices.load("age_band").by_code)


_Counts = Mapping[str, int]
_NOTHING: _Counts = {"low": 0, "high": 0, "unknown": 0, "apart": 0}


def _count(
    connection: Connection, territory: str, period: Period, indicator: Indicator, by: Sequence[str]
) -> dict[Cell, _Counts]:
    """The total, and the cells when the indicator can be broken down that way."""
    groupings: list[Sequence[str]] = [()]
    if by and set(by) <= set(indicator.by):
        groupings.append(by)
    counts: dict[Cell, _Counts] = {}
    for grouping in groupings:
        for row in connection.execute(compiled(indicator, territory, period, grouping)).mappings():
            cell = tuple(str(row[name]) for name in grouping)
            counts[cell] = {name: int(row[name] or 0) for name in _NOTHING}
    return counts


def compiled(indicator: Indicator, territory: str, period: Period, by: Sequence[str]) -> Any:
    """The SELECT of one declaration: one row a cell, with `low`, `high`, `unknown` and `apart`."""
    source, columns = _source(indicator, period)
    within = and_(
        columns["territory"] == territory,
        columns["day"].between(period.first, period.last),
    )
    wider = {k: (*codes, *indicator.up_to.get(k, ())) for k, codes in indicator.where.items()}
    conditions = {
        "low": indicator.where,
        "high": wider,
        "unknown": {**indicator.where, **indicator.unknown},
        "apart": {**indicator.where, **indicator.apart},
    }
    measures = [_measure(indicator, columns, conditions[name]).label(name) for name in conditions]
    dimensions = [columns[name].label(name) for name in by]
    return select(*dimensions, *measures).select_from(source).where(within).group_by(*dimensions)


def _measure(indicator: Indicator, columns: Mapping[str, Any], condition: Condition) -> ColumnElement[Any]:
    holds = and_(*(columns[name].in_(codes) for name, codes in condition.items()))
    if indicator.sum:
        return func.sum(case((holds, columns[indicator.sum]), else_=0))
    if indicator.count == "rows":
        return func.sum(case((holds, 1), else_=0))
    return func.count(distinct(case((holds, columns[str(indicator.count)]))))


def _source(indicator: Indicator, period: Period) -> tuple[FromClause, dict[str, Any]]:
    """The view and its columns; a referral also has its outcome at the cut-off day."""
    names = {"territory", "action", "commune", "month", "epci", *declarations.VIEWS[indicator.of]}
    if indicator.sum:
        names.add(indicator.sum)
    if indicator.of == "fact_referral":
        names |= {"referral_id", "network"}
    else:
        names |= set(indicator.where) - {"outcome"}
    typed = [column("day", Date), column("accepted", Boolean)] if "referral_id" in names else [column("day", Date)]
    fact = view(indicator.of, *(column(name, String) for name in sorted(names)), *typed)
    columns: dict[str, Any] = dict(fact.c)
    if indicator.of != "fact_referral":
        return fact, columns
    latest = _latest_follow_ups(period.cut_off)
    joined = fact.outerjoin(
        latest,
        and_(
            latest.c.territory == fact.c.territory,
            latest.c.subject_id == fact.c.referral_id,
            latest.c.place == 1,
        ),
    )
    first = case((fact.c.accepted, "proposee"), else_="refusee-par-la-personne")
    return joined, columns | {"outcome": func.coalesce(latest.c.outcome, first)}


def _latest_follow_ups(cut_off: date) -> Any:
    """The follow-ups of referrals known at the cut-off, the latest of each first; on one day, the one furthest in
    the list of outcomes."""
    order = {c.code: c.order for c in choices.load("outcome_referral").by_code.values()}
    c = FOLLOW_UP.c
    place = func.row_number().over(
        partition_by=(c.territory, c.subject_id),
        order_by=(c.day.desc(), case(order, value=c.outcome, else_=0).desc()),
    )
    return (
        select(c.territory, c.subject_id, c.outcome, place.label("place"))
        .where(c.subject_kind == "referral", c.day <= cut_off)
        .subquery("latest")
    )


def _communes(connection: Connection, territory: str) -> dict[Cell, int]:
    """How many communes there are: in the territory (the cell `()`), and in each EPCI."""
    rows = connection.execute(
        select(COMMUNE.c.epci, func.count()).where(COMMUNE.c.territory == territory).group_by(COMMUNE.c.epci)
    ).all()
    by_epci: dict[Cell, int] = {(epci,): count for epci, count in rows}
    return by_epci | {(): sum(by_epci.values())}


def _figure(
    indicator: Indicator, cell: Cell, counted: Mapping[str, Mapping[Cell, _Counts]], communes: Mapping[Cell, int]
) -> Figure:
    mine = counted.get(indicator.code, {}).get(cell, _NOTHING)
    value = mine["low"] / indicator.per
    high = mine["high"] if indicator.up_to else None
    apart = mine["apart"] if indicator.apart else None
    if not indicator.whole:
        return Figure(value, high, apart=apart)
    low_whole, high_whole = _whole(indicator, cell, counted, communes)
    unknown = mine["unknown"] if indicator.unknown else None
    shown = _over(value, low_whole) if indicator.rate_of else value
    return Figure(shown, high, value, low_whole, high_whole, unknown, apart)


def _whole(
    indicator: Indicator, cell: Cell, counted: Mapping[str, Mapping[Cell, _Counts]], communes: Mapping[Cell, int]
) -> tuple[int, int | None]:
    """The denominator, and that of the upper end where it is a range itself."""
    if indicator.whole == (COMMUNES,):
        own = next((communes[(part,)] for part in cell if (part,) in communes), communes[()])
        return own, None
    found = declarations.load()
    parts = [counted.get(other, {}).get(cell, _NOTHING) for other in indicator.whole]
    ranged = any(found[other].up_to for other in indicator.whole)
    return sum(p["low"] for p in parts), sum(p["high"] for p in parts) if ranged else None


def _over(numerator: float | None, denominator: float | None) -> float | None:
    return None if numerator is None or not denominator else numerator / denominator
