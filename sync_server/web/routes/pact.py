"""The reports of the pact: built, looked at, frozen, compared, downloaded (R8)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from sync_server import numbers
from sync_server.access import sessions
from sync_server.errors import ServerError
from sync_server.files import charts
from sync_server.files.tabular import clean
from sync_server.reports import frozen, pact_changes, pact_layout, pact_report
from sync_server.steering.trajectory import YEARS
from sync_server.storage import database
from sync_server.storage.desk_tables import NOTE
from sync_server.web import drawing, writing
from sync_server.web.context import EXPORT, Context, Ctx, May, actor, same_origin
from sync_server.web.filters.days import day
from sync_server.web.filters.figure_filters import check_span, read_at
from sync_server.web.one_act import genuine_form
from sync_server.web.pages import show
from sync_server.web.routes.reports import book_file, download

router = APIRouter(prefix="/console/rapports", tags=["rapports"])
Who = Annotated[sessions.SignedIn, Depends(May("figures"))]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def read_request(ctx: Context, genre: str, annee: str, du: str, au: str, arrete: str) -> pact_report.ReportRequest:
    """Read the report that the address or the form asks for. Raises ServerError for days that cannot be."""
    if genre not in pact_report.REPORT_KINDS:
        raise ServerError("bad_period")
    year = numbers.whole(annee, most=max(YEARS)) if annee else ctx.today.year
    if year is None or year not in YEARS:
        raise ServerError("bad_period")
    first, last = pact_report.days_of(genre, year)
    if genre == "periode":
        begins, ends = day(du), day(au)
        if begins is None or ends is None:
            raise ServerError("bad_period")
        first, last = begins, ends
    cut_off = day(arrete) or ctx.today
    check_span(first, last)
    return pact_report.ReportRequest(genre, read_at(first, last, cut_off, ctx.today))


class ReportQuery:
    """The report that the address asks for: this year's when it says nothing."""

    def __init__(
        self,
        ctx: Ctx,
        genre: str = Query(default="annuel", max_length=20),
        annee: str = Query(default="", max_length=4),
        du: str = Query(default="", max_length=10),
        au: str = Query(default="", max_length=10),
        arrete: str = Query(default="", max_length=10),
    ) -> None:
        self.wanted = read_request(ctx, genre, annee, du, au, arrete)


@router.get("")
def reports(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show the form for a new report, and those that are frozen."""
    with database.reading(ctx.engine) as connection:
        found = frozen.list_frozen(connection, ctx.settings.territory)
    return show(
        request, ctx, who, "pact.html", title="Rapports", found=found, kinds=pact_report.REPORT_KINDS,
        years=[year for year in YEARS if year <= ctx.today.year], today=ctx.today,
    )  # fmt: skip


def _build_body(ctx: Context, what: pact_report.ReportRequest) -> pact_report.Body:
    return drawing.draw(writing.count_report, ctx.source, what)


def _page(request: Request, ctx: Context, who: Any, body: pact_report.Body, **more: Any) -> Response:
    heading = more["heading"]
    state = f"figé le {frozen.format_value(heading['frozen_on'])}" if heading else "aperçu"
    parts = pact_layout.list_parts(body)
    drawn = [chart for part in parts for chart in part.charts]
    pictures = dict(zip(drawn, drawing.draw(charts.pictures, drawn) if drawn else (), strict=True))
    return show(
        request, ctx, who, "pact_report.html", title=f"{body['title']}, {state}", body=body,
        parts=parts, subtitle=pact_layout.subtitle(body), warnings=pact_layout.warnings(body),
        text=frozen.format_value, pictures=pictures, **more,
    )  # fmt: skip


Ending = Literal["docx", "xlsx", "ods", "csv"]


@router.get("/apercu.{ending}", dependencies=EXPORT)
def preview_file(ctx: Ctx, _: Who, asked: Annotated[ReportQuery, Depends()], ending: Ending) -> Response:
    """Show the report as it would be frozen now, as a file that says it is not."""
    what, period = asked.wanted, asked.wanted.period
    draft = (
        f"Provisoire : aperçu du {frozen.format_value(ctx.today)}, non figé ; les chiffres peuvent encore changer."
    )
    name = f"rapport_provisoire_{period.first}_{period.last}"
    if ending == "docx":
        made = drawing.draw(writing.count_and_write_report, ctx.source, what, draft)
        return download(made, DOCX, f"{name}.docx")
    return book_file(pact_layout.build_book(_build_body(ctx, what), ctx.today, draft), name, ending)


def _file(body: pact_report.Body, day: date, name: str, ending: Ending, foot: str) -> Response:
    if ending == "docx":
        return download(drawing.draw(writing.write_report, body, day, foot), DOCX, f"{name}.docx")
    return book_file(pact_layout.build_book(body, day), name, ending)


@router.get("/apercu")
def preview(request: Request, ctx: Ctx, who: Who, asked: Annotated[ReportQuery, Depends()]) -> Response:
    """Show the report as it would be frozen now."""
    return _preview(request, ctx, who, asked.wanted)


def _preview(
    request: Request,
    ctx: Context,
    who: Any,
    what: pact_report.ReportRequest,
    moved: bool = False,
    comment: str = "",
) -> Response:
    body = _build_body(ctx, what)
    seen = frozen.digest(body)
    return _page(request, ctx, who, body, what=what, seen=seen, moved=moved, comment=comment, heading=None)


@router.post("/figer", dependencies=[Depends(same_origin), Depends(genuine_form)])
def freeze(
    request: Request,
    ctx: Ctx,
    who: Who,
    genre: Annotated[str, Form()],
    seen: Annotated[str, Form()],
    du: Annotated[str, Form()],
    au: Annotated[str, Form()],
    arrete: Annotated[str, Form()],
    comment: Annotated[str, Form(max_length=NOTE)] = "",
) -> Response:
    """Freeze what was looked at; when the figures have moved since, show them again instead."""
    what = read_request(ctx, genre, du[:4], du, au, arrete)
    body = _build_body(ctx, what)
    if frozen.digest(body) != seen:
        answer = _preview(request, ctx, who, what, moved=True, comment=comment)
        answer.status_code = 409
        return answer
    with database.writing(ctx.engine) as connection:
        made = frozen.freeze(connection, actor(ctx, who), body, clean(comment.strip()))
    return RedirectResponse(f"/console/rapports/{made}", 303)


@router.get("/comparer")
def compare(
    request: Request,
    ctx: Ctx,
    who: Who,
    avant: Annotated[str, Query(max_length=36)],
    apres: Annotated[str, Query(max_length=36)],
) -> Response:
    """Show each value that differs between two frozen reports."""
    with database.reading(ctx.engine) as connection:
        old, new = (frozen.read_frozen(connection, ctx.settings.territory, one) for one in (avant, apres))
    changes = pact_changes.compare(old.body, new.body)
    return show(
        request, ctx, who, "pact_changes.html", title="Comparer deux rapports", old=old.heading, new=new.heading,
        changes=changes,
    )  # fmt: skip


@router.get("/{report_id}.{ending}", dependencies=EXPORT)
def file(ctx: Ctx, _: Who, report_id: str, ending: Ending) -> Response:
    """Show a frozen report as a file: the same bytes each time."""
    with database.reading(ctx.engine) as connection:
        found = frozen.read_frozen(connection, ctx.settings.territory, report_id)
    day, name = found.heading["frozen_on"], f"rapport_{found.heading['first']}_{found.heading['last']}"
    foot = f"Rapport figé le {frozen.format_value(day)}. Empreinte SHA-256 : {found.heading['digest']}."
    return _file(found.body, day, name, ending, foot)


@router.get("/{report_id}")
def one(request: Request, ctx: Ctx, who: Who, report_id: str) -> Response:
    """Show a frozen report as a page."""
    with database.reading(ctx.engine) as connection:
        found = frozen.read_frozen(connection, ctx.settings.territory, report_id)
    return _page(request, ctx, who, found.body, what=None, seen="", moved=False, comment="", heading=found.heading)
