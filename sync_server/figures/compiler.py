"""From a declaration to SQL, the same for SQLite and PostgreSQL.

The day it happened decides the period, never the day it was synced (R3). Outcomes are read at a cut-off day (R4).
`measures` gives what a declaration adds up, as expressions that any SELECT over its source may carry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    case,
    column,
    distinct,
    func,
    literal,
    select,
)
from sqlalchemy import table as sql_view

from shared import choices
from shared.models.tables import FollowUp
from sync_server.figures.declarations import Condition, Indicator
from sync_server.figures.vocabulary import DISTINCT, SUMS, VIEWS, list_of
from sync_server.storage.tables import table

FOLLOW_UP = table(FollowUp)
KEY = "key"
"""The name under which a statement gives what is counted once."""
TIMES = "times"
READING = "furthest"
"""Which outcome of a subject counts: what was tallied under another reading is counted anew."""
LOOKED_UP = frozenset({"fact_relay"})
"""Views that SQLite joins to the follow-ups by reading all of them for each row."""
FEW_DAYS = timedelta(32)
"""Shorter than this, what is counted has few follow-ups among all there are."""
Columns = Mapping[str, ColumnElement[Any]]
Only = Mapping[str, tuple[str, ...]]
"""The values kept of some dimensions."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last`, both included; outcomes as known on `cut_off`. Any two days will do."""

    first: date
    last: date
    cut_off: date


def conditions(indicator: Indicator) -> dict[str, Condition]:
    """What each measure of the declaration counts, by its name: `low` always, the others where declared."""
    where = indicator.where
    found: dict[str, Condition] = {"low": where}
    for name in ("unknown", "apart", "base"):
        found[name] = {**where, **getattr(indicator, name)}
    found |= {
        "high": _wider(where, indicator.up_to),
        "apart_high": _wider(found["apart"], indicator.apart_up_to),
        "base_high": _wider(found["base"], indicator.up_to),
    }
    told = {
        "low": True,
        "high": bool(indicator.up_to),
        "unknown": bool(indicator.unknown),
        "apart": bool(indicator.apart_label),
        "apart_high": bool(indicator.apart_up_to),
        "base": bool(indicator.base),
        "base_high": bool(indicator.base and indicator.up_to),
    }
    return {name: found[name] for name, so in told.items() if so}


def possible_values(indicator: Indicator, dimension: str) -> frozenset[str] | None:
    """The values of a dimension that its figure or its denominator may have, where its conditions say which; None
    where they do not. A band of ages outside of them is no zero: it cannot be."""
    found = [condition for name, condition in conditions(indicator).items() if not name.startswith("apart")]
    if not all(dimension in condition for condition in found):
        return None
    return frozenset(code for condition in found for code in condition[dimension])


def _wider(condition: Condition, more: Condition) -> Condition:
    return {name: (*codes, *more.get(name, ())) for name, codes in condition.items()}


def measures(indicator: Indicator, columns: Columns, period: Period) -> dict[str, ColumnElement[Any]]:
    """The measures that add up, as aggregates over the rows of the source: by any dimensions, and over several
    months or communes by adding. Of a declaration that counts communes or structures, only what it tells apart.
    """
    return {
        name: _sum(unit_of(indicator, name), columns, holds(indicator, condition, columns, period))
        for name, condition in conditions(indicator).items()
        if unit_of(indicator, name) not in DISTINCT
    }


def distinct_measures(indicator: Indicator, columns: Columns, period: Period) -> dict[str, ColumnElement[Any]]:
    """The other measures, as 1 or 0 for one value of what is counted: 1 where a row of it counts."""
    return {
        name: func.max(case((holds(indicator, condition, columns, period), 1), else_=0))
        for name, condition in conditions(indicator).items()
        if unit_of(indicator, name) in DISTINCT
    }


def unit_of(indicator: Indicator, measure: str) -> str:
    """What that measure counts or sums."""
    if measure.startswith("apart") and indicator.apart_of:
        return indicator.apart_of
    return str(indicator.count or indicator.sum)


def _sum(unit: str, columns: Columns, held: ColumnElement[bool]) -> ColumnElement[Any]:
    if unit == "encounter":
        return func.count(distinct(case((held, columns["id"]))))
    if unit == "theme":
        return _themes(columns, held)
    return func.sum(case((held, columns[unit] if unit in SUMS else 1), else_=0))


def _themes(columns: Columns, held: ColumnElement[bool]) -> ColumnElement[Any]:
    """The themes of each encounter, each once: a local one beside its national one is the same. Only those are
    looked at twice, since counting distinct ones costs."""
    shared = frozenset(choices.nationals("theme").values())
    theme = columns["theme"]
    met = columns["id"] + literal("/") + theme
    once = func.count(distinct(case((held & theme.in_(shared), met))))
    return func.sum(case((held & theme.not_in(shared), 1), else_=0)) + once


def holds(indicator: Indicator, condition: Condition, columns: Columns, period: Period) -> ColumnElement[bool]:
    """Whether a row counts under that condition of the declaration."""
    parts: list[ColumnElement[bool]] = [columns[name].in_(codes) for name, codes in condition.items()]
    if indicator.older_than is not None:
        parts.append(columns["day"] < period.cut_off - timedelta(indicator.older_than))
    if indicator.at_least > 1:
        parts.append(columns[TIMES] >= indicator.at_least)
    return and_(*parts)


def statement(
    indicator: Indicator, territory: str, period: Period, by: Sequence[str] = (), only: Only | None = None
) -> Select[Any]:
    """The SELECT of one declaration: one row a cell with its measures; of what is counted once, one row a cell and
    value, the value under `KEY`."""
    source, columns = source_of(indicator, territory, period)
    grouped = [columns[name].label(name) for name in by]
    if indicator.distinct:
        grouped.append(columns[str(indicator.count)].label(KEY))
    counted = measures(indicator, columns, period) | distinct_measures(indicator, columns, period)
    labelled = [expression.label(name) for name, expression in counted.items()]
    found = select(*grouped, *labelled).select_from(source)
    return found.where(within(columns, territory, period, only or {})).group_by(*grouped)


def records(indicator: Indicator, territory: str, period: Period, only: Only) -> Select[Any]:
    """The ids, in the log, of the records whose rows count for the figure (its low end)."""
    source, columns = source_of(indicator, territory, period)
    counts = holds(indicator, indicator.where, columns, period)
    found = select(columns["id"]).select_from(source)
    return found.where(within(columns, territory, period, only), counts).distinct().order_by(columns["id"])


def within(columns: Columns, territory: str, period: Period, only: Only) -> ColumnElement[bool]:
    """The rows of that territory, of those days, with the values kept."""
    return and_(
        columns["territory"] == territory,
        columns["day"].between(period.first, period.last),
        *(columns[name].in_(values) for name, values in only.items()),
    )


def source_of(indicator: Indicator, territory: str, period: Period) -> tuple[FromClause, dict[str, Any]]:
    """The view and its columns, with the outcome at the cut-off day where there is one, and how many rows of the
    period the commune has in the year where that matters."""
    named = VIEWS[indicator.of]
    names = {"territory", "id", *named.dimensions, *named.columns} - {"outcome"}
    names |= {str(indicator.count)} & DISTINCT
    typed: list[Any] = [column("day", Date), *(column(name, Integer) for name in SUMS)]
    if named.subject:
        typed += [column("subject_id", String), column("accepted", Boolean)]
    if indicator.at_least > 1:
        names.add("year")
    fact = sql_view(indicator.of, *(column(name, String) for name in sorted(names)), *typed)
    columns = {name: _national(name, one) for name, one in dict[str, Any](fact.c).items()}
    if indicator.at_least > 1:
        return _repeated(indicator, columns, territory, period)
    if not named.subject:
        return fact, columns
    if indicator.of in LOOKED_UP or period.last - period.first < FEW_DAYS:
        return fact, columns | {"outcome": outcome_of(named.subject, named.outcomes, period.cut_off, columns)}
    furthest = _follow_ups_by_rank(named.subject, named.outcomes, period.cut_off)
    met = and_(
        furthest.c.territory == columns["territory"],
        furthest.c.subject_id == columns["subject_id"],
        furthest.c.place == 1,
    )
    outcome = func.coalesce(furthest.c.outcome, _at_first(named.subject, columns))
    return fact.outerjoin(furthest, met), columns | {"outcome": outcome}


def _national(name: str, of: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column with the territory's own codes told as the national ones they count under: wherever a figure is
    broken down, narrowed or looked behind, a local code is its national one (docs/decisions/0006)."""
    listed = list_of(name)
    nationals = choices.nationals(listed) if listed else {}
    return case(nationals, value=of, else_=of) if nationals else of


def _at_first(subject: str, columns: Columns) -> ColumnElement[Any]:
    """The outcome of what has no follow-up yet."""
    if subject == "referral":
        return case((columns["accepted"], "proposee"), else_="refusee-par-la-personne")
    return literal("repere")


def _repeated(
    indicator: Indicator, columns: Columns, territory: str, period: Period
) -> tuple[FromClause, dict[str, Any]]:
    """The rows that count, each with how many there are in its commune and year, of those in the period."""
    times = func.count().over(partition_by=(columns["commune"], columns["year"])).label(TIMES)
    kept = [columns[name] for name in ("territory", "id", "day", "year", "commune", "epci", "action")]
    counts = and_(*(columns[name].in_(codes) for name, codes in indicator.where.items()))
    found = select(*kept, times).where(within(columns, territory, period, {}), counts).subquery("repeated")
    return found, dict(found.c)


def outcome_of(subject: str, outcomes: str, cut_off: date, columns: Columns) -> ColumnElement[Any]:
    """The furthest outcome by the cut-off of the row that has these columns (`territory`, `subject_id`, `accepted`
    of a referral); looked up by its index: where few rows are counted, the others are not even read."""
    c = FOLLOW_UP.c
    mine = (c.territory == columns["territory"]) & (c.subject_id == columns["subject_id"])
    told = select(c.outcome).where(mine, c.subject_kind == subject, c.day <= cut_off)
    known = (
        told.order_by(*furthest_first(outcomes)).limit(1).correlate(columns["territory"].table).scalar_subquery()
    )
    return func.coalesce(known, _at_first(subject, columns))


def furthest_first(outcomes: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The order in which the first follow-up of a subject tells its outcome (R4): the furthest along by the `rank`
    of that list, whatever its day; of the same outcome twice, the later."""
    rank = case(choices.ranks(outcomes), value=FOLLOW_UP.c.outcome, else_=0)
    return rank.desc(), FOLLOW_UP.c.day.desc()


def _follow_ups_by_rank(subject: str, outcomes: str, cut_off: date) -> Any:
    """The follow-ups of that sort known at the cut-off, the furthest along of each subject at `place` 1."""
    c = FOLLOW_UP.c
    place = func.row_number().over(partition_by=(c.territory, c.subject_id), order_by=furthest_first(outcomes))
    return (
        select(c.territory, c.subject_id, c.outcome, place.label("place"))
        .where(c.subject_kind == subject, c.day <= cut_off)
        .subquery("furthest")
    )
