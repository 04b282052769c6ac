"""The figures: on a page, and in the files that carry the same numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup

from sync_server.access import sessions
from sync_server.errors import ServerError
from sync_server.figures import declarations
from sync_server.files import tabular
from sync_server.reports import indicator_charts, indicator_report, record_sheets
from sync_server.storage import database
from sync_server.web import drawing, showing, writing
from sync_server.web.context import EXPORT, Ctx, May
from sync_server.web.filters.figure_filters import BREAKDOWNS, FILTERS, MOST_CROSSED, USUAL, FigureQuery, Filtered
from sync_server.web.logs import watch
from sync_server.web.pages import show

router = APIRouter(prefix="/console", tags=["rapports"])
Who = Annotated[sessions.SignedIn, Depends(May("figures"))]
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
"""The type by the ending of the address."""


@router.get("/publications")
def publications(
    request: Request, ctx: Ctx, who: Annotated[sessions.SignedIn, Depends(May("publications"))]
) -> Response:
    """Show what a reader may see: published figures only, none before the first publication."""
    return show(request, ctx, who, "publications.html", title="Publications")


def download(content: bytes, kind: str, name: str) -> Response:
    """Return a file to keep."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def book_file(book: tabular.Book, name: str, ending: str) -> Response:
    """Send tables in the format of that ending."""
    return download(drawing.draw(writing.write_book, book, ending), FORMATS[ending], f"{name}.{ending}")


FiguresAsked = Annotated[Filtered, Depends()]


def _question(asked: Filtered) -> writing.Question:
    if len(asked.chosen) > MOST_CROSSED:
        raise ServerError("too_many_breakdowns")
    return writing.Question(asked.period, asked.before, asked.by, asked.only, asked.code)


@router.get("/indicateurs")
def indicators(request: Request, ctx: Ctx, who: Who, asked: FiguresAsked) -> Response:
    """Show every indicator with its definition beside it. What cannot be counted so is said above the same
    form."""
    report, error = "", None
    try:
        report = drawing.count(showing.show_indicators, ctx.source, _question(asked), asked.query)
    except ServerError as refused:
        error = refused
    response = show(
        request, ctx, who, "indicators.html", title="Indicateurs",
        report=Markup(report),  # noqa: S704  # nosec B704  # escaped by its own template
        error=error.kind if error else None, asked=asked, labels=indicator_report.DIMENSION_LABELS,
        breakdowns=BREAKDOWNS, filters=FILTERS[:USUAL], other_filters=FILTERS[USUAL:],
        indicators=declarations.load().values(),
    )  # fmt: skip
    if error:
        response.status_code = error.kind.status
        response.headers.update(error.headers)
    return response


@router.get("/indicateurs/{code}.svg")
def chart(ctx: Ctx, _: Who, asked: FiguresAsked, code: str) -> Response:
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


@router.get("/indicateurs.{ending}", dependencies=EXPORT)
def indicators_file(ctx: Ctx, _: Who, asked: FiguresAsked, ending: Literal["csv", "xlsx", "ods"]) -> Response:
    """Show the same figures for a spreadsheet, with the definitions and the comparison that the page shows."""
    content = drawing.draw(writing.write_indicators, ctx.source, _question(asked), ending)
    return download(content, FORMATS[ending], f"indicateurs_{asked.name}.{ending}")


@router.get("/saisies-detail.{ending}", dependencies=EXPORT)
def records_file(
    request: Request,
    ctx: Ctx,
    who: Annotated[sessions.SignedIn, Depends(May("records"))],
    asked: Annotated[FigureQuery, Depends()],
    ending: Literal["csv", "xlsx", "ods"],
) -> Response:
    """Send encounters, needs and referrals of the period, a sheet each, for the team alone."""
    with database.reading(ctx.engine) as connection:
        rows = record_sheets.count_encounters(connection, ctx.settings.territory, asked.period)
    watch.note_read(request, ctx, who, rows)
    content = drawing.draw(writing.write_records, ctx.source, asked.period, ending)
    return download(content, FORMATS[ending], f"saisies_interne_{asked.name}.{ending}")
