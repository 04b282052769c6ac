"""The chart of an indicator over one dimension: a line over months or quarters, bars over anything else."""

from __future__ import annotations

from sqlalchemy import Connection

from sync_server.figures import counts, dimensions
from sync_server.figures.compiler import Only
from sync_server.figures.counts import Period
from sync_server.figures.declarations import Indicator
from sync_server.files.charts import Chart, Point, Series
from sync_server.reports import indicator_report

OVER_TIME = frozenset({"month", "quarter"})
LOWER = {"epci": "EPCI", "rsa": "RSA"}
MOST_BARS = 40
"""Bars of one chart: above, it says nothing that its table does not say better."""


def is_drawable(indicator: Indicator, by: tuple[str, ...]) -> bool:
    """Tell whether that breakdown of the indicator makes a chart: one dimension, of not too many values."""
    return len(by) == 1 and by[0] in indicator.by and by[0] != "commune"


def describe_cut(dimension: str, many: int) -> str:
    """Describe what the chart leaves out of so many values; empty where it shows them all. A line shows every
    month: the longest period has forty-nine."""
    if dimension in OVER_TIME or many <= MOST_BARS:
        return ""
    order = ", de la plus grande à la plus petite" if dimension in dimensions.MANY_VALUED else ""
    return f"les {MOST_BARS} premières valeurs sur {many}{order}"


def build_chart(
    connection: Connection, territory: str, indicator: Indicator, period: Period, dimension: str, only: Only
) -> Chart:
    """Build the chart, counted now. Of a range it shows the lower end, and says both."""
    figures = counts.Counter(connection, territory, period).figures(indicator, (dimension,), only)
    names = counts.service_names(connection, territory) if dimension == "service" else {}
    points = [
        Point(
            dimensions.label(dimension, cell[0], names),
            figure.value,
            indicator_report.format_figure(indicator, figure),
        )
        for cell, figure in figures.items()
        if cell
    ]
    if dimension not in OVER_TIME:
        points = sorted(points, key=lambda p: -(p.value or 0)) if dimension in dimensions.MANY_VALUED else points
    title = (
        f"{indicator.code} · {indicator.label}, par {LOWER.get(dimension) or dimensions.LABELS[dimension].lower()}"
    )
    form, note = "lines" if dimension in OVER_TIME else "bars", describe_cut(dimension, len(points))
    drawn = Series(indicator.unit, tuple(points[:MOST_BARS] if note else points))
    return Chart(title, indicator.unit, (drawn,), form, bool(indicator.rate_of), note)
