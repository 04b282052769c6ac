"""The period before, and how far a figure moved since: in words and with a sign."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from shared.french import NNBSP, format_number, plural
from sync_server.figures.compiler import Period
from sync_server.figures.counts import Figure
from sync_server.figures.declarations import Indicator
from sync_server.figures.dimensions import LABELS
from sync_server.reports.indicator_report import Block, FigureLine, Report, days, format_figure

OF_TIME = frozenset({LABELS["month"], LABELS["quarter"]})
"""Breakdowns whose cells the period before has not: only totals are compared."""


@dataclass(frozen=True, slots=True)
class Move:
    """A figure before, the difference, and where it went: `up`, `down`, `same`, or empty when nobody can say."""

    before: str
    difference: str
    way: str


def period_before(period: Period, step: int = 0) -> Period:
    """Return the same part of the month, quarter, year or years before, when it begins one: this year until today
    stands beside last year until that day. Of other days, as many whole months or as many days as end the day
    before. `step` is the months of what was chosen (1, 3 or 12), where the period begins one: 1 to 20 January
    begins a month as well as a quarter or a year, which its days cannot tell. Without it, the shortest is
    supposed. Outcomes are read as late after its end, so that they had the same time to become known (R4); in a
    period that is not over, as long before, but never before its first day."""
    chosen = step if step and period.first == beginning(period.last, step) else 0
    months = chosen or _months(period.first, period.last)
    if months:
        first, last = _earlier(period.first, months), _earlier(period.last, months)
    else:
        last = period.first - timedelta(1)
        first = last - (period.last - period.first)
    return Period(first, last, max(first, last + (period.cut_off - period.last)))


def beginning(day: date, months: int) -> date:
    """Return the first day of the month (1), quarter (3) or year (12) that holds that day."""
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _months(first: date, last: date) -> int:
    """Count the months to the beginning of the period before: those of the shortest month, quarter or number of
    years that begins with it and holds it, or those it is made of; 0 where only its days can be counted."""
    if first.day != 1:
        return 0
    length = (last.year - first.year) * 12 + last.month - first.month + 1
    if length == 1:
        return 1
    if first.month % 3 == 1 and length <= 3:
        return 3
    if first.month == 1:
        return (last.year - first.year + 1) * 12
    return length if _ends_month(last) else 0


def _ends_month(day: date) -> bool:
    return (day + timedelta(1)).day == 1


def _earlier(day: date, months: int) -> date:
    """Return that day so many months earlier; the last of a month is the last of its own."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    length = monthrange(year, month + 1)[1]
    return date(year, month + 1, length if _ends_month(day) else min(day.day, length))


class Comparison:
    """The lines of a report beside those of the period before."""

    def __init__(self, earlier: Report) -> None:
        self.report = earlier
        self._figures = {
            (block.indicator.code, line.cell): line.figure
            for section in earlier.sections
            for block in section.blocks
            for line in block.lines
        }

    @property
    def told(self) -> str:
        """The period before, and what is not compared, in French."""
        told = f"Période précédente : {days(self.report.period)}."
        alone = " Par mois ou trimestre, seul le total est comparé."
        return told + alone * bool(OF_TIME & set(self.report.dimensions))

    def figure(self, block: Block, line: FigureLine) -> Figure | None:
        """Return the figure of that line in the period before; None where it has no such line."""
        if line.cell and OF_TIME & set(block.dimensions):
            return None
        nothing = Figure(None) if block.indicator.rate_of or not line.cell else Figure(0)
        return self._figures.get((block.indicator.code, line.cell), nothing)

    def move(self, block: Block, line: FigureLine) -> Move | None:
        """Return the same in words, with the difference."""
        figure = self.figure(block, line)
        if figure is None:
            return None
        return Move(format_figure(block.indicator, figure), *_difference(block.indicator, line.figure, figure))


def _difference(indicator: Indicator, now: Figure, then: Figure) -> tuple[str, str]:
    if now.value is None or then.value is None:
        return "—", ""
    low = _round(indicator, now.value) - _round(indicator, then.value)
    text = _format_difference(indicator, low)
    if now.high is not None and then.high is not None:
        high = _round(indicator, now.high) - _round(indicator, then.high)
        if abs(high - low) >= 0.05:
            text = f"{text} ; haut de fourchette {_format_difference(indicator, high)}"
    return text, "same" if abs(low) < 0.05 else "up" if low > 0 else "down"


def _round(indicator: Indicator, value: float) -> float:
    """Round as shown: the difference must be that of the two figures a person reads."""
    return round(value * 100, 1) if indicator.rate_of else round(value, 1 if indicator.per > 1 else 0)


def _format_difference(indicator: Indicator, value: float) -> str:
    """Format a difference as « +3 », « −2 » or « = », with its unit for a rate."""
    if abs(value) < 0.05:
        return "="
    points = f"{NNBSP}point{plural(abs(value))}" if indicator.rate_of else ""
    return f"{'+' if value > 0 else '−'}{format_number(abs(value), 1)}{points}"
