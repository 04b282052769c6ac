"""The figures: on a page, and in the files that carry the same numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response

from sync_server.errors import ServerError
from sync_server.figures import declarations, tallies
from sync_server.files import tabular
from sync_server.reports import comparison, indicator_charts, indicator_report
from sync_server.storage import database
from sync_server.web import drawing, writing
from sync_server.web.context import Context, Coordinator, Ctx
from sync_server.web.filters.figure_filters import BREAKDOWNS, FILTERS, MOST_CROSSED, USUAL, FigureQuery, Filtered
from sync_server.web.routes.console import show

router = APIRouter(prefix="/console", tags=["rapports"])
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
"""The type by the ending of the address."""


def download(content: bytes, kind: str, name: str) -> Response:
    """Return a file to keep."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def book_file(book: tabular.Book, name: str, ending: str) -> Response:
    """Tables in the format of that ending."""
    return download(drawing.draw(writing.write_book, book, ending), FORMATS[ending], f"{name}.{ending}")


MOST_SHOWN = 3_000
"""Lines of a page, which a person scrolls."""
FiguresAsked = Annotated[Filtered, Depends()]


def _question(asked: Filtered) -> writing.Question:
    if len(asked.chosen) > MOST_CROSSED:
        raise ServerError("too_many_breakdowns")
    return writing.Question(asked.period, asked.before, asked.by, asked.only, asked.code)


def _count_report(ctx: Context, asked: Filtered) -> tuple[indicator_report.Report, comparison.Comparison | None]:
    """Return the report, counted now, and the period before where it is asked for: both from one look."""
    question = _question(asked)
    tallies.recount_stale(ctx.engine, ctx.settings.territory)
    with database.snapshot(ctx.engine) as connection:
        return writing.count_indicators(connection, ctx.settings.territory, question, MOST_SHOWN)


@router.get("/indicateurs")
def indicators(request: Request, ctx: Ctx, who: Coordinator, asked: FiguresAsked) -> Response:
    """Show every indicator with its definition beside it. What cannot be counted so is said above the same
    form."""
    report, earlier, error = None, None, None
    try:
        report, earlier = _count_report(ctx, asked)
    except ServerError as refused:
        error = refused.kind
    response = show(
        request, ctx, who, "indicators.html", title="Indicateurs", report=report, earlier=earlier, error=error,
        asked=asked, labels=indicator_report.DIMENSION_LABELS, breakdowns=BREAKDOWNS,
        filters=FILTERS[:USUAL], other_filters=FILTERS[USUAL:],
        indicators=declarations.load().values(), drawable=indicator_charts.is_drawable,
        cut=indicator_charts.describe_cut,
        notes=indicator_report.NOTES, shown=indicator_report.format_figure,
        beside=indicator_report.format_rate_beside,
        remark=indicator_report.remark, unit=indicator_report.unit,
    )  # fmt: skip
    response.status_code = error.status if error else 200
    return response


@router.get("/indicateurs/{code}.svg")
def chart(ctx: Ctx, _: Coordinator, asked: FiguresAsked, code: str) -> Response:
    """Show the chart of one indicator over the dimension that the address asks for."""
    indicator = declarations.load().get(code)
    if (
        indicator is None
        or not indicator_charts.is_drawable(indicator, asked.by)
        or not set(asked.only) <= set(indicator.by)
    ):
        raise ServerError("not_found")
    question = writing.Question(asked.period, None, asked.by, asked.only, code)
    return Response(drawing.draw(writing.draw_indicator, ctx.source, question), media_type="image/svg+xml")


@router.get("/indicateurs.{ending}")
def indicators_file(
    ctx: Ctx, _: Coordinator, asked: FiguresAsked, ending: Literal["csv", "xlsx", "ods"]
) -> Response:
    """Show the same figures for a spreadsheet, with the definitions and the comparison that the page shows."""
    content = drawing.draw(writing.write_indicators, ctx.source, _question(asked), ending)
    return download(content, FORMATS[ending], f"indicateurs_{asked.name}.{ending}")


@router.get("/saisies-detail.{ending}")
def records_file(
    ctx: Ctx, _: Coordinator, asked: Annotated[FigureQuery, Depends()], ending: Literal["csv", "xlsx", "ods"]
) -> Response:
    """Encounters, needs and referrals of the period, a sheet each, for the team alone."""
    content = drawing.draw(writing.write_records, ctx.source, asked.period, ending)
    return download(content, FORMATS[ending], f"saisies_interne_{asked.name}.{ending}")
