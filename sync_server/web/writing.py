"""Counts and writes in the drawing process (`drawing.draw`): what a format needs is imported there alone.

Counting goes there too: whoever counts and whoever pushes take the interpreter from each other, 5 ms at a time.
Each function opens the database by its URL and closes it: no connection outlives its drawing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine

from sync_server.figures import declarations, tallies
from sync_server.figures.compiler import Only
from sync_server.figures.counts import Period
from sync_server.files import charts
from sync_server.files.tabular import Book, to_csv
from sync_server.reports import (
    comparison,
    indicator_charts,
    indicator_report,
    indicator_tables,
    pact_report,
    record_sheets,
)
from sync_server.reports.pact_report import Body
from sync_server.storage import database, local_codes

MOST_KEPT = 100_000
"""Lines of a file of indicators."""
RECOUNT_EVERY = 60
"""Seconds for which this process takes the counts of a database for fresh."""
_RECOUNTED: dict[tuple[str, str], float] = {}
"""When it last recounted them, by URL and territory."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the figures are: the URL of the database, the territory, and the day it is."""

    url: str
    territory: str
    today: date


@dataclass(frozen=True, slots=True)
class Question:
    """Which figures are asked for; `before` is the period they are compared with."""

    period: Period
    before: Period | None
    by: tuple[str, ...]
    only: Only
    code: str


@contextmanager
def looking(source: Source, tallied: bool = True) -> Iterator[Connection]:
    """Yield one look at the database, which only reads, with its local codes known. Where what is asked reads the
    counts kept ready (`tallied`), the stale ones are recounted first, if that is long ago."""
    engine = database.connect(source.url)
    try:
        if tallied:
            _recount_now_and_then(engine, source)
        with database.snapshot(engine) as connection:
            local_codes.adopt(connection, source.territory)
            yield connection
    finally:
        engine.dispose()


def _recount_now_and_then(engine: Engine, source: Source) -> None:
    """Recount what is stale, though not for every page: each time, writers of the territory wait while a month is
    counted, and what is stale is counted from the facts meanwhile, with the same result."""
    key = source.url, source.territory
    if time.monotonic() - _RECOUNTED.get(key, -RECOUNT_EVERY) < RECOUNT_EVERY:
        return
    tallies.recount_stale(engine, source.territory)
    _RECOUNTED[key] = time.monotonic()


def count_report(source: Source, wanted: pact_report.ReportRequest) -> Body:
    """Return the report of the pact, counted now."""
    with looking(source) as connection:
        return pact_report.build(connection, source.territory, wanted)


def count_and_write_report(source: Source, wanted: pact_report.ReportRequest, draft: str) -> bytes:
    """Return the same as a DOCX."""
    return write_report(count_report(source, wanted), source.today, draft=draft)


def write_indicators(source: Source, asked: Question, ending: str) -> bytes:
    """Return the indicators as a file. Raises ServerError `too_many_lines`."""
    with looking(source) as connection:
        report, earlier = count_indicators(connection, source.territory, asked, MOST_KEPT)
    return write_book(indicator_tables.build_book(report, source.today, earlier), ending)


def count_indicators(
    connection: Connection, territory: str, asked: Question, most: int
) -> tuple[indicator_report.Report, comparison.Comparison | None]:
    """Return the report of the indicators, and that of the period before where it is asked for."""

    def over(period: Period) -> indicator_report.Report:
        return indicator_report.indicator_report(
            connection, territory, period, asked.by, asked.only, asked.code, most
        )

    return over(asked.period), comparison.Comparison(over(asked.before)) if asked.before else None


def write_records(source: Source, period: Period, ending: str) -> bytes:
    """Return the records of the period as a file. Raises ServerError `too_many_rows`."""
    with looking(source) as connection:
        book = record_sheets.build_book(connection, source.territory, period)
    return write_book(book, ending)


def draw_indicator(source: Source, asked: Question) -> str:
    """Return the chart of the indicator `asked.code` over its one dimension, as SVG."""
    indicator = declarations.load()[asked.code]
    with looking(source) as connection:
        [dimension] = asked.by
        found = indicator_charts.build_chart(
            connection, source.territory, indicator, asked.period, dimension, asked.only
        )
    return charts.svg(found)


def write_book(book: Book, ending: str) -> bytes:
    """Write tables in the format of that ending: csv, xlsx or ods."""
    from sync_server.files import spreadsheets

    return {"csv": to_csv, "xlsx": spreadsheets.to_xlsx, "ods": spreadsheets.to_ods}[ending](book)


def write_report(body: Body, day: date, foot: str = "", draft: str = "") -> bytes:
    """Return the report of the pact as a DOCX."""
    from sync_server.reports import pact_docx

    return pact_docx.to_docx(body, day, foot, draft)
