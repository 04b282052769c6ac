"""The lists that the coordinator keeps: communes year by year."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from shared import territory
from sync_server import auth, commune_years, database
from sync_server.context import Context, Coordinator, Ctx, genuine_form, same_origin
from sync_server.errors import ServerError
from sync_server.routes.console import show
from sync_server.routes.directory import editor

router = APIRouter(prefix="/console/listes", tags=["listes"])
FORM = [Depends(same_origin), Depends(genuine_form)]
STALE = "Rien n’a été fait : les communes de cette année ont changé entre-temps. Comparez, puis recommencez."


@router.get("")
def home() -> Response:
    """To the lists."""
    return RedirectResponse("/console/listes/communes", 303)


@router.get("/communes")
def communes(
    request: Request,
    ctx: Ctx,
    who: Coordinator,
    annee: Annotated[int | None, Query()] = None,
    comme: Annotated[int | None, Query()] = None,
    fait: str = "",
) -> Response:
    """The communes of a year by EPCI; `comme` proposes the marks of another year, to be saved or not."""
    year = _year(ctx, annee or ctx.today.year)
    with database.reading(ctx.engine) as connection:
        held = commune_years.marked(connection, ctx.settings.territory, year)
        proposed = held if comme is None else commune_years.marked(connection, ctx.settings.territory, comme)
    notice = "Communes enregistrées." if fait else ""
    if comme is not None:
        notice = f"Proposition reprise de {comme} : rien n’est enregistré tant que vous n’enregistrez pas."
    return _page(request, ctx, who, year, held, proposed, notice)


@router.post("/communes", dependencies=FORM)
def mark(
    request: Request,
    ctx: Ctx,
    who: Coordinator,
    annee: Annotated[int, Form()],
    vues: Annotated[str, Form(max_length=1_000)] = "",
    commune: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Keeps the marks of a year; never over what somebody else changed meanwhile."""
    year, chosen = _year(ctx, annee), commune or []
    try:
        with database.writing(ctx.engine) as connection:
            commune_years.mark(connection, editor(ctx, who), year, chosen, vues.split())
    except commune_years.StaleMarksError:
        with database.reading(ctx.engine) as connection:
            held = commune_years.marked(connection, ctx.settings.territory, year)
        response = _page(request, ctx, who, year, held, chosen, problem=STALE)
        response.status_code = 409
        return response
    return RedirectResponse(f"/console/listes/communes?annee={year}&fait=1", 303)


def _year(ctx: Context, year: int) -> int:
    if year not in commune_years.years(ctx.today):
        raise ServerError("bad_period")
    return year


def _page(
    request: Request,
    ctx: Context,
    who: auth.SignedIn,
    year: int,
    held: list[str],
    chosen: list[str],
    notice: str = "",
    problem: str = "",
) -> Response:
    every = territory.communes().values()
    groups = [(siren, name, [c for c in every if c.epci == siren]) for siren, name in territory.epcis().items()]
    return show(
        request, ctx, who, "communes.html", title="Communes par année", year=year, groups=groups, held=held,
        chosen=set(chosen), notice=notice, problem=problem, years=commune_years.years(ctx.today),
    )  # fmt: skip
