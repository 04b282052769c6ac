"""The coordinator's first page: each action against its trajectory, this month beside the one before, what needs
attention. Three countings and a handful of small queries."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from shared import choices, french
from sync_server.desk import attention
from sync_server.desk.attention import Notice
from sync_server.figures import counts, declarations
from sync_server.figures.counts import Figure, Figures, Period
from sync_server.figures.declarations import Indicator
from sync_server.inputs import InputType
from sync_server.reports import indicator_report
from sync_server.steering import goals
from sync_server.steering.trajectory import Plan, Progress, aim, attainment, expected, find_progress

KEY = 4
"""Indicators an action shows while it has no target at all: the first of its declarations."""
TONES = {
    Progress.REACHED: "good",
    Progress.ON_COURSE: "good",
    Progress.WATCH: "watch",
    Progress.LATE: "bad",
}
"""The colour that repeats the words; the others have none."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One indicator against its trajectory, in the words of the page."""

    code: str
    label: str
    value: str
    made_of: str
    target: str
    due: str
    attainment: str
    part: float | None
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class MonthCount:
    """A count of this month, beside the same days of the month before."""

    code: str
    label: str
    now: str
    before: str
    difference: str


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action. `aimless` counts the indicators without a target this year."""

    label: str
    standings: list[Standing]
    aimless: int
    changes: list[MonthCount]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The whole page; `month` and `earlier` are the days compared."""

    today: date
    month: Period
    earlier: Period
    actions: list[ActionView]
    notices: list[Notice]


def dashboard(connection: Connection, territory: str, today: date) -> Dashboard:
    """Count the first page, now."""
    month, earlier = months(today)
    year = counts.compute(connection, territory, Period(date(today.year, 1, 1), today, today))
    now = counts.compute(connection, territory, month)
    before = counts.compute(connection, territory, earlier)
    plans = goals.plans(connection, territory)
    actions = [
        ActionView(
            action.label,
            _standings(action.code, plans, year, today),
            sum(aim(plans[i.code], today.year) is None for i in _of(action.code)),
            _changes(action.code, now, before),
        )
        for action in choices.load("action").by_code.values()
    ]
    return Dashboard(today, month, earlier, actions, attention.notices(connection, territory, today))


def months(today: date) -> tuple[Period, Period]:
    """Return the month until today, and as many days of the month before: a month that has just begun is not a
    fall."""
    last = date(today.year, today.month, 1) - timedelta(1)
    until = last.replace(day=min(today.day, last.day))
    if today.day == monthrange(today.year, today.month)[1]:
        until = last  # a whole month beside a whole month
    return Period(today.replace(day=1), today, today), Period(last.replace(day=1), until, until)


def _of(action: str) -> list[Indicator]:
    return [i for i in declarations.load().values() if i.section == action]


def _standings(action: str, plans: Mapping[str, Plan], year: Figures, today: date) -> list[Standing]:
    mine = _of(action)
    aimed = [i for i in mine if aim(plans[i.code], today.year) is not None]
    return [_standing(i, plans[i.code], year[i.code][()], today) for i in aimed or mine[:KEY]]


def _standing(indicator: Indicator, plan: Plan, figure: Figure, today: date) -> Standing:
    typed_as, target = goals.input_type(indicator), aim(plan, today.year)
    part = attainment(plan, figure.value, today.year)
    where = find_progress(plan, figure.value, today)
    return Standing(
        indicator.code,
        indicator.label,
        f"{indicator_report.format_figure(indicator, figure)} {indicator_report.unit(indicator, figure)}".strip(),
        indicator_report.format_rate_parts(indicator, figure),
        _format_target(typed_as, target, plan),
        _format_target(typed_as, expected(plan, today), plan),
        french.format_percent(part),
        part,
        where.value,
        TONES.get(where, "none"),
    )


def _format_target(typed_as: InputType, value: float | None, plan: Plan) -> str:
    """Format a target in words: « 20 % au plus » where less is better, or a reader takes 51 % for reached."""
    said = goals.format_value(typed_as, value)
    return f"{said} au plus" if plan.falls and value is not None else said


def _changes(action: str, now: Figures, before: Figures) -> list[MonthCount]:
    """Return the counts alone: a rate of one month's referrals says nothing yet, since their outcomes are to
    come."""
    found = []
    for i in _of(action):
        typed_as = goals.input_type(i)
        if typed_as == "rate":
            continue
        # Rounded first: the difference must be that of the two figures shown.
        one, other = (round(figures[i.code][()].value or 0, 1) for figures in (now, before))
        if one or other:
            told = (
                goals.format_value(typed_as, one),
                goals.format_value(typed_as, other),
                _format_difference(typed_as, one - other),
            )
            found.append(MonthCount(i.code, i.label, *told))
    return found


def _format_difference(typed_as: InputType, value: float) -> str:
    if abs(value) < 0.05:
        return "="
    return f"{'+' if value > 0 else '−'}{goals.format_value(typed_as, abs(value))}"
