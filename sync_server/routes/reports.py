"""The figures: on a page, and in the files that carry the same numbers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from sync_server import database, exports, reports
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
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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

    def file(self, content: bytes, kind: str, ending: str) -> Response:
        """A download, named by its period: no record content in a name."""
        name = f"indicateurs_{self.period.first}_{self.period.last}.{ending}"
        return Response(
            content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )


Asked = Annotated[Wanted, Depends()]


@router.get("/indicateurs")
def indicators(request: Request, ctx: Ctx, who: Coordinator, asked: Asked) -> Response:
    """Every indicator with its definition beside it."""
    return show(
        request, ctx, who, "indicators.html", title="Indicateurs", report=asked.report(ctx), period=asked.period,
        chosen=asked.chosen, query=request.url.query, notes=reports.NOTES, shown=reports.shown,
        beside=reports.beside, remark=reports.remark, unit=reports.unit,
    )  # fmt: skip


@router.get("/indicateurs.csv")
def indicators_csv(ctx: Ctx, _: Coordinator, asked: Asked) -> Response:
    """The same figures for a spreadsheet."""
    return asked.file(exports.to_csv(asked.report(ctx)), "text/csv; charset=utf-8", "csv")


@router.get("/indicateurs.xlsx")
def indicators_xlsx(ctx: Ctx, _: Coordinator, asked: Asked) -> Response:
    """The same figures as a workbook, with the definitions."""
    return asked.file(exports.to_xlsx(asked.report(ctx)), XLSX, "xlsx")
