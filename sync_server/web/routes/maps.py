"""The map of the communes, and the table beside it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from markupsafe import Markup

from shared import french
from shared import territory as territories
from sync_server.access import sessions
from sync_server.errors import ServerError
from sync_server.files import maps
from sync_server.reports import commune_map, indicator_report
from sync_server.web import drawing, showing
from sync_server.web.context import EXPORT, Ctx, May
from sync_server.web.filters.figure_filters import FigureQuery
from sync_server.web.pages import show
from sync_server.web.routes.reports import FORMATS, download

router = APIRouter(prefix="/console", tags=["carte"])
Who = Annotated[sessions.SignedIn, Depends(May("figures"))]
DEFAULT_INDICATOR = "A4-02"
"""What is shown when the address says nothing."""
MapQuery = Annotated[FigureQuery, Depends()]


async def mappable(code: Annotated[str, Query(alias="indicateur", max_length=20)] = DEFAULT_INDICATOR) -> str:
    """Return the code of an indicator that has a map. Raises `not_found`."""
    if code not in {i.code for i in commune_map.list_mappable()}:
        raise ServerError("not_found")
    return code


Code = Annotated[str, Depends(mappable)]


@router.get("/carte")
def page(request: Request, ctx: Ctx, who: Who, asked: MapQuery, code: Code) -> Response:
    """Show the map, its legend in words, and every value in a table."""
    found, drawn = drawing.count(showing.count_map, ctx.source, code, asked.period)
    title = found.title
    return show(
        request, ctx, who, "map.html", title="Carte", found=found, headline=title, period=asked.period,
        today=ctx.today,
        drawing=Markup(drawn), legend=_legend(found),  # noqa: S704  # nosec B704  # escaped by maps
        communes=territories.communes(), indicators=commune_map.list_mappable(), query=request.url.query,
        credit=maps.CREDIT, warning=indicator_report.INTERNAL,
    )  # fmt: skip


def _legend(found: commune_map.Coverage) -> list[tuple[Markup, str]]:
    """Return a square and its words, lightest first; a step that no whole number reaches is left out."""

    def format_value(value: float) -> str:
        return french.format_percent(value) if found.indicator.rate_of else french.format_number(value, 1)

    lines = [(maps.swatch(maps.SHADES[0]), "aucun, ou pas de valeur")]
    low = 0.0
    for fill, bound in zip(
        maps.SHADES[1:], maps.steps([p.value for p in found.places if p.value is not None]), strict=False
    ):
        lines.append((maps.swatch(fill), f"plus de {format_value(low)}, jusqu’à {format_value(bound)}"))
        low = bound
    for pattern, words, on in (
        (maps.DEPRIVED, "hachures : dépourvue d’action jeunesse", [p.deprived for p in found.places]),
        (
            maps.NEVER,
            f"points : aucune présence notée jusqu’au {french.format_day(found.period.last)}",
            [p.never for p in found.places],
        ),
    ):
        lines.append((maps.swatch(maps.SHADES[0], pattern), f"{words} ({sum(on)})"))
    return [(Markup(square), words) for square, words in lines]  # noqa: S704  # nosec B704  # nothing of ours is typed there


@router.get("/carte.svg")
def picture(ctx: Ctx, _: Who, asked: MapQuery, code: Code) -> Response:
    """Show the map alone, for a document."""
    _found, drawn = drawing.count(showing.count_map, ctx.source, code, asked.period)
    return Response(drawn, media_type="image/svg+xml")


@router.get("/carte.{ending}", dependencies=EXPORT)
def table(ctx: Ctx, _: Who, asked: MapQuery, ending: Literal["csv", "xlsx", "ods"], code: Code) -> Response:
    """Show the table of the map as a file."""
    content = drawing.draw(showing.write_map, ctx.source, code, asked.period, ending)
    return download(content, FORMATS[ending], f"carte_{code}_{asked.name}.{ending}")
