"""Counts in another process (`drawing.count`) what a page of the console shows, and makes the long parts there.

What comes back is plain: values that travel between processes, text, or HTML already escaped. Whoever answers puts
it in the frame of the page, which needs to know who is signed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from sqlalchemy import Connection

from sync_server.desk import dashboard
from sync_server.errors import ServerError
from sync_server.figures import counts
from sync_server.figures.compiler import Only, Period
from sync_server.files import maps
from sync_server.intake import store
from sync_server.records import quality, record_list
from sync_server.records.quality_checks import Scope
from sync_server.reports import commune_map, indicator_charts, indicator_report, referrals
from sync_server.reports.comparison import Comparison
from sync_server.reports.indicator_report import Block, FigureLine, Report
from sync_server.web import rendering, writing
from sync_server.web.writing import Question, Source

MOST_SHOWN = 3_000
"""Lines of a page, which a person scrolls."""


@dataclass(frozen=True, slots=True)
class FigureCell:
    """A figure whose records are asked for: the period, the code of its indicator, and its cell."""

    period: Period
    code: str
    cell: Only


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What the list of records is asked for: the filters, what the checks look at, the check and the figure that
    it is narrowed to, if any, and the number it begins after."""

    filters: record_list.RecordFilters
    scope: Scope
    flag: str = ""
    figure: FigureCell | None = None
    after: int | None = None


def show_indicators(source: Source, asked: Question, query: str) -> str:
    """Return the report of the indicators as HTML; `query` is the address of the page, for the charts. Raises
    ServerError `too_many_lines`."""
    with writing.looking(source) as connection:
        report, earlier = writing.count_indicators(connection, source.territory, asked, MOST_SHOWN)
    return write_report(report, earlier, asked, query)


def write_report(report: Report, earlier: Comparison | None, asked: Question, query: str) -> str:
    """Return the same, counted already."""
    return rendering.render(
        "_report.html", report=report, earlier=earlier, by=asked.by, code=asked.code, query=query,
        behind=lambda block, line: address_behind(asked, block, line),
        drawable=indicator_charts.is_drawable, cut=indicator_charts.describe_cut,
        notes=indicator_report.NOTES, shown=indicator_report.format_figure,
        beside=indicator_report.format_rate_beside, remark=indicator_report.remark, unit=indicator_report.unit,
    )  # fmt: skip


def address_behind(asked: Question, block: Block, line: FigureLine) -> str:
    """Return the address of the list of the records that this figure counts; empty where it counts none."""
    counted = line.figure.numerator if block.indicator.rate_of else line.figure.value
    if not counted:
        return ""
    kept = {name: value for name, values in asked.only.items() for value in values}
    cell = kept | dict(zip(asked.by, line.cell, strict=False))
    p = asked.period
    days = {"du": p.first, "au": p.last, "arrete": p.cut_off}
    where = [f"{name}:{value}" for name, value in cell.items()]
    return "/console/saisies?" + urlencode({"indicateur": block.indicator.code, **days, "ou": where}, doseq=True)


def count_map(source: Source, code: str, period: Period) -> tuple[commune_map.Coverage, str]:
    """Return that indicator by commune, and its map as SVG."""
    with writing.looking(source) as connection:
        found = commune_map.coverage(connection, source.territory, code, period)
    return found, maps.svg(found.title, found.places)


def write_map(source: Source, code: str, period: Period, ending: str) -> bytes:
    """Return the table of the map as a file."""
    with writing.looking(source) as connection:
        found = commune_map.coverage(connection, source.territory, code, period)
        synthetic = store.is_synthetic(connection, source.territory)
    warnings = [indicator_report.SYNTHETIC] * synthetic + [indicator_report.INTERNAL]
    return writing.write_book(commune_map.build_book(found, warnings, source.today), ending)


def count_dashboard(source: Source) -> dashboard.Dashboard:
    """Return the coordinator's first page."""
    with writing.looking(source) as connection:
        return dashboard.dashboard(connection, source.territory, source.today)


def count_referrals(source: Source, period: Period, action: str) -> referrals.Funnel:
    """Return the funnel of the referrals of one action, or of both."""
    with writing.looking(source, tallied=False) as connection:
        names = record_list.names(connection, source.territory).services
        return referrals.funnel(connection, source.territory, period, names, action)


def write_referrals(source: Source, period: Period, action: str, above: Sequence[str]) -> bytes:
    """Return the same figures as CSV, under these sentences."""
    return writing.write_book(referrals.book(count_referrals(source, period, action), above, source.today), "csv")


def count_flags(source: Source, scope: Scope) -> dict[str, int]:
    """Return how many records each check points at, by its code."""
    with writing.looking(source, tallied=False) as connection:
        return {flag.check.code: flag.count for flag in quality.flags(connection, scope)}


def list_records(
    source: Source, asked: ListRequest
) -> tuple[record_list.RecordPage, Mapping[str, list[str]], record_list.Names]:
    """Return a page of the list, the codes of the checks that point at each of its lines, and what ids are
    called."""
    land = source.territory
    with writing.looking(source, tallied=False) as connection:
        page = record_list.listing(connection, land, asked.filters, _narrow(connection, land, asked), asked.after)
        days: list[date] = [row.day for row in page.rows if row.day] or [source.today]
        scope = Scope(land, source.today, min(days), max(days), [row.id for row in page.rows])
        flags = quality.flag_records(connection, scope) if page.rows else {}
        called = record_list.names(connection, land)
    return page, {record_id: [check.code for check in checks] for record_id, checks in flags.items()}, called


def _narrow(connection: Connection, territory: str, asked: ListRequest) -> list[str] | None:
    """List the ids that the list is narrowed to: behind a figure, or pointed at by a check; None for all."""
    if asked.figure is None:
        return quality.list_flagged(connection, asked.scope, asked.flag) if asked.flag else None
    f = asked.figure
    try:
        found = counts.behind(connection, territory, f.period, f.code, f.cell or None)
    except ValueError:  # a dimension that this figure has not
        raise ServerError("malformed") from None
    return quality.list_flagged(connection, replace(asked.scope, only=found), asked.flag) if asked.flag else found
