"""The figures: on a page, and in the files that carry the same numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response

from sync_server import (
    charts,
    comparison,
    database,
    declarations,
    drawing,
    exports,
    indicator_charts,
    record_tables,
    reports,
    tabular,
    tallies,
    writing,
)
from sync_server.context import Context, Coordinator, Ctx
from sync_server.errors import ServerError
from sync_server.indicators import Period
from sync_server.routes.console import show
from sync_server.routes.figure_filters import AT_ONCE, BREAKDOWNS, FILTERS, USUAL, Filtered, Wanted

router = APIRouter(prefix="/console", tags=["rapports"])
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
"""The type by the ending of the address."""


def download(content: bytes, kind: str, name: str) -> Response:
    """A file to keep."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def book_file(book: tabular.Book, name: str, ending: str) -> Response:
    """Tables in the format of that ending."""
    return download(drawing.draw(writing.write_book, book, ending), FORMATS[ending], f"{name}.{ending}")


MOST_SHOWN, MOST_KEPT = 3_000, 100_000
"""Lines of a page, which a person scrolls, and of a file."""
Asked = Annotated[Filtered, Depends()]


def _counted(ctx: Context, asked: Filtered, most: int) -> tuple[reports.Report, comparison.Comparison | None]:
    """The report, counted now, and the period before where it is asked for: both from one look."""
    if len(asked.chosen) > AT_ONCE:
        raise ServerError("too_many_breakdowns")
    land = ctx.settings.territory
    tallies.freshen(ctx.engine, land)
    with database.snapshot(ctx.engine) as connection:

        def over(period: Period) -> reports.Report:
            return reports.indicator_report(connection, land, period, asked.by, asked.only, asked.code, most)

        return over(asked.period), comparison.Comparison(over(asked.before)) if asked.before else None


@router.get("/indicateurs")
def indicators(request: Request, ctx: Ctx, who: Coordinator, asked: Asked) -> Response:
    """Every indicator with its definition beside it. What cannot be counted so is said above the same form."""
    report, earlier, error = None, None, None
    try:
        report, earlier = _counted(ctx, asked, MOST_SHOWN)
    except ServerError as refused:
        error = refused.kind
    response = show(
        request, ctx, who, "indicators.html", title="Indicateurs", report=report, earlier=earlier, error=error,
        asked=asked, labels=reports.DIMENSION_LABELS, breakdowns=BREAKDOWNS,
        filters=FILTERS[:USUAL], other_filters=FILTERS[USUAL:],
        indicators=declarations.load().values(), drawable=indicator_charts.drawable,
        cut=indicator_charts.cut,
        notes=reports.NOTES, shown=reports.shown, beside=reports.beside, remark=reports.remark, unit=reports.unit,
    )  # fmt: skip
    response.status_code = error.status if error else 200
    return response


@router.get("/indicateurs/{code}.svg")
def chart(ctx: Ctx, _: Coordinator, asked: Asked, code: str) -> Response:
    """The chart of one indicator over the dimension that the address asks for."""
    indicator = declarations.load().get(code)
    if (
        indicator is None
        or not indicator_charts.drawable(indicator, asked.by)
        or not set(asked.only) <= set(indicator.by)
    ):
        raise ServerError("not_found")
    with database.reading(ctx.engine) as connection:
        found = indicator_charts.over(
            connection, ctx.settings.territory, indicator, asked.period, asked.by[0], asked.only
        )
    return Response(drawing.draw(charts.svg, found), media_type="image/svg+xml")


@router.get("/indicateurs.{ending}")
def indicators_file(ctx: Ctx, _: Coordinator, asked: Asked, ending: Literal["csv", "xlsx", "ods"]) -> Response:
    """The same figures for a spreadsheet, with the definitions and the comparison that the page shows."""
    report, earlier = _counted(ctx, asked, MOST_KEPT)
    book = exports.book(report, ctx.today, earlier)
    return book_file(book, f"indicateurs_{asked.name}", ending)


@router.get("/saisies-detail.{ending}")
def records_file(
    ctx: Ctx, _: Coordinator, asked: Annotated[Wanted, Depends()], ending: Literal["csv", "xlsx", "ods"]
) -> Response:
    """Encounters, needs and referrals of the period, a sheet each, for the team alone."""
    with database.reading(ctx.engine) as connection:
        book = record_tables.book(connection, ctx.settings.territory, asked.period)
    return book_file(book, f"saisies_interne_{asked.name}", ending)
