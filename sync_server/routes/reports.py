"""The figures: on a page, and in the files that carry the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from sync_server import (
    charts,
    database,
    declarations,
    exports,
    indicator_charts,
    record_tables,
    reports,
    spreadsheets,
    tabular,
)
from sync_server.context import Context, Coordinator, Ctx
from sync_server.errors import ServerError
from sync_server.indicators import Period
from sync_server.routes.console import show

router = APIRouter(prefix="/console", tags=["rapports"])
BREAKDOWNS = {
    "mois": "month",
    "trimestre": "quarter",
    "epci": "epci",
    "commune": "commune",
    "age": "age_band",
    "genre": "gender",
    "lieu": "place_type",
    "service": "service",
    "thematique": "theme",
    "droit": "right",
    "frein": "obstacle",
    "partenaire": "partner_type",
}
"""What the address says to what is counted by."""
LONGEST = 366 * 4
"""Days of the longest period: the whole pact."""
FORMATS: dict[str, tuple[str, Callable[[tabular.Book], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", tabular.to_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", spreadsheets.to_xlsx),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", spreadsheets.to_ods),
}
"""By the ending of the address: the type, and what writes it."""


class Wanted:
    """The period and breakdown that the address asks for: this year until today when it says nothing."""

    def __init__(
        self,
        ctx: Ctx,
        du: str = Query(default="", max_length=10),
        au: str = Query(default="", max_length=10),
        arrete: str = Query(default="", max_length=10),
        par: Annotated[list[str] | None, Query()] = None,
    ) -> None:
        today = ctx.today
        try:
            first = date.fromisoformat(du) if du else date(today.year, 1, 1)
            last = date.fromisoformat(au) if au else today
            cut_off = date.fromisoformat(arrete) if arrete else max(today, last)
        except ValueError:
            raise ServerError("bad_period") from None
        if not first <= last or (last - first).days > LONGEST:
            raise ServerError("bad_period")
        self.chosen = [name for name in BREAKDOWNS if name in (par or [])]
        self.period = Period(first, last, cut_off)

    def report(self, ctx: Context) -> reports.Report:
        """The report, counted now."""
        by = tuple(BREAKDOWNS[name] for name in self.chosen)
        with database.reading(ctx.engine) as connection:
            return reports.indicator_report(connection, ctx.settings.territory, self.period, by)

    @property
    def name(self) -> str:
        """The period, for the name of a file: no record content in a name."""
        return f"{self.period.first}_{self.period.last}"


def download(content: bytes, kind: str, name: str) -> Response:
    """A file to keep."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def book_file(book: tabular.Book, name: str, ending: str) -> Response:
    """Tables in the format of that ending."""
    kind, write = FORMATS[ending]
    return download(write(book), kind, f"{name}.{ending}")


Asked = Annotated[Wanted, Depends()]


@router.get("/indicateurs")
def indicators(request: Request, ctx: Ctx, who: Coordinator, asked: Asked) -> Response:
    """Every indicator with its definition beside it."""
    return show(
        request, ctx, who, "indicators.html", title="Indicateurs", report=asked.report(ctx), period=asked.period,
        chosen=asked.chosen, query=request.url.query, drawable=indicator_charts.drawable,
        by=tuple(BREAKDOWNS[name] for name in asked.chosen), notes=reports.NOTES, shown=reports.shown,
        beside=reports.beside, remark=reports.remark, unit=reports.unit,
    )  # fmt: skip


@router.get("/indicateurs/{code}.svg")
def chart(ctx: Ctx, _: Coordinator, asked: Asked, code: str) -> Response:
    """The chart of one indicator over the dimension that the address asks for."""
    by = tuple(BREAKDOWNS[name] for name in asked.chosen)
    indicator = declarations.load().get(code)
    if indicator is None or not indicator_charts.drawable(indicator, by):
        raise ServerError("not_found")
    with database.reading(ctx.engine) as connection:
        found = indicator_charts.over(connection, ctx.settings.territory, indicator, asked.period, by[0])
    return Response(charts.svg(found), media_type="image/svg+xml")


@router.get("/indicateurs.{ending}")
def indicators_file(ctx: Ctx, _: Coordinator, asked: Asked, ending: Literal["csv", "xlsx", "ods"]) -> Response:
    """The same figures for a spreadsheet, with the definitions."""
    return book_file(exports.book(asked.report(ctx), ctx.today), f"indicateurs_{asked.name}", ending)


@router.get("/saisies-detail.{ending}")
def records_file(ctx: Ctx, _: Coordinator, asked: Asked, ending: Literal["csv", "xlsx", "ods"]) -> Response:
    """Encounters, needs and referrals of the period, a sheet each, for the team alone."""
    with database.reading(ctx.engine) as connection:
        book = record_tables.book(connection, ctx.settings.territory, asked.period)
    return book_file(book, f"saisies_interne_{asked.name}", ending)
