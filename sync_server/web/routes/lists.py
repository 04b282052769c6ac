"""The lists that the coordinator keeps: local codes, communes year by year."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from shared import choices, territory
from shared.search_text import plain
from sync_server.access import sessions
from sync_server.directory import choice_lists
from sync_server.errors import ServerError
from sync_server.steering import deprived_communes
from sync_server.storage import database, local_codes
from sync_server.web.context import Context, Ctx, May, actor, same_origin
from sync_server.web.one_act import genuine_form
from sync_server.web.pages import show

router = APIRouter(prefix="/console/listes", tags=["listes"])
Who = Annotated[sessions.SignedIn, Depends(May("settings"))]
FORM = [Depends(same_origin), Depends(genuine_form)]
DONE_MESSAGES = {
    "ajoute": "Choix ajouté. Les tablettes le proposeront après leur prochaine synchronisation.",
    "renomme": "Choix renommé. Les tablettes liront ce libellé après leur prochaine synchronisation.",
    "retire": "Choix retiré : il n’est plus proposé ; les saisies qui le portent restent et sont comptées.",
    "remis": "Choix remis : il est de nouveau proposé.",
}
"""What the address says was done, and the sentence for it."""
STALE = "Rien n’a été fait : les communes de cette année ont changé entre-temps. Comparez, puis recommencez."


@router.get("")
def lists(
    request: Request,
    ctx: Ctx,
    who: Who,
    liste: Annotated[str, Query(max_length=40)] = "theme",
    fait: str = "",
) -> Response:
    """Show the local codes of one list, and the form of a new one."""
    return _list(request, ctx, who, liste, notice=DONE_MESSAGES.get(fait, ""))


@router.post("", dependencies=FORM)
def add(
    request: Request,
    ctx: Ctx,
    who: Who,
    liste: Annotated[str, Form(max_length=40)] = "",
    label: Annotated[str, Form(max_length=300)] = "",
    national: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Add a code, or say what is wrong beside its field."""
    try:
        with database.writing(ctx.engine) as connection:
            choice_lists.add(connection, actor(ctx, who), liste, label, national)
    except choice_lists.ChoiceError as error:
        return _list(request, ctx, who, liste, label, national, {error.field: str(error)})
    return RedirectResponse(f"/console/listes?liste={liste}&fait=ajoute", 303)


@router.post("/renommer", dependencies=FORM)
def rename(
    request: Request,
    ctx: Ctx,
    who: Who,
    liste: Annotated[str, Form(max_length=40)],
    code: Annotated[str, Form(max_length=100)],
    lu: Annotated[str, Form(max_length=300)] = "",
    nouveau: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Give the code another label, or say what is wrong beside its field; `lu` is the label that was read."""
    try:
        with database.writing(ctx.engine) as connection:
            found = choice_lists.rename(connection, actor(ctx, who), liste, code, lu, nouveau)
    except choice_lists.ChoiceError as error:
        return _list(request, ctx, who, liste, errors={code: str(error)}, renamed=nouveau)
    if not found:
        raise ServerError("not_found")
    return RedirectResponse(f"/console/listes?liste={liste}&fait=renomme", 303)


@router.post("/retirer", dependencies=FORM)
def retire(
    ctx: Ctx,
    who: Who,
    liste: Annotated[str, Form(max_length=40)],
    code: Annotated[str, Form(max_length=100)],
    remettre: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Retire a code, proposed no more from today on, or propose it again; it is never deleted."""
    retired_on = None if remettre else ctx.today
    with database.writing(ctx.engine) as connection:
        found = choice_lists.retire(connection, actor(ctx, who), liste, code, retired_on)
    if not found:
        raise ServerError("not_found")
    return RedirectResponse(f"/console/listes?liste={liste}&fait={'remis' if remettre else 'retire'}", 303)


def _list(
    request: Request,
    ctx: Context,
    who: sessions.SignedIn,
    name: str,
    label: str = "",
    national: str = "",
    errors: dict[str, str] | None = None,
    notice: str = "",
    renamed: str = "",
) -> Response:
    name = name if name in choice_lists.EXTENSIBLE_LISTS else choice_lists.EXTENSIBLE_LISTS[0]
    found = choices.load(name)
    every = list(found.by_code.values())
    return show(
        request, ctx, who, "lists.html", title="Listes",
        lists=[choices.load(n) for n in choice_lists.EXTENSIBLE_LISTS],
        chosen=found, local=[c for c in every if c.national], national=[c for c in every if not c.national],
        ours=_ours(ctx, name), typed=(label, national), errors=errors or {}, notice=notice,
        renamed=renamed, status=422 if errors else 200
    )  # fmt: skip


def _ours(ctx: Context, name: str) -> set[str]:
    """List the codes that were added here: those that shipped with the app are not ours to retire."""
    with database.reading(ctx.engine) as connection:
        return {c.code for of, c in local_codes.list_codes(connection, ctx.settings.territory) if of == name}


@router.get("/communes")
def communes(
    request: Request,
    ctx: Ctx,
    who: Who,
    annee: Annotated[int | None, Query()] = None,
    comme: Annotated[int | None, Query()] = None,
    fait: str = "",
) -> Response:
    """Show the communes of a year by EPCI; `comme` proposes the marks of another year, to be saved or not."""
    year = _year(ctx, ctx.today.year if annee is None else annee)
    with database.reading(ctx.engine) as connection:
        held = deprived_communes.list_marked(connection, ctx.settings.territory, year)
        like = year if comme is None else _year(ctx, comme)
        proposed = deprived_communes.list_marked(connection, ctx.settings.territory, like)
    notice = "Communes enregistrées." if fait else ""
    if comme is not None:
        notice = f"Proposition reprise de {comme} : rien n’est enregistré tant que vous n’enregistrez pas."
    return _page(request, ctx, who, year, held, proposed, notice)


@router.post("/communes", dependencies=FORM)
def mark(
    request: Request,
    ctx: Ctx,
    who: Who,
    annee: Annotated[int, Form()],
    vues: Annotated[str, Form(max_length=1_000)] = "",
    commune: Annotated[list[str] | None, Form()] = None,
    confirme: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Save the marks of a year; never over what somebody else changed meanwhile, and never so that the T0 changes
    unless it is said that it may."""
    year, chosen = _year(ctx, annee), commune or []
    try:
        with database.writing(ctx.engine) as connection:
            deprived_communes.save_marks(connection, actor(ctx, who), year, chosen, vues.split(), bool(confirme))
    except deprived_communes.StaleMarksError:
        return _not_kept(request, ctx, who, year, chosen, problem=STALE)
    except deprived_communes.StartMovesError as moves:
        return _not_kept(request, ctx, who, year, chosen, moves=moves)
    return RedirectResponse(f"/console/listes/communes?annee={year}&fait=1", 303)


def _not_kept(
    request: Request, ctx: Context, who: sessions.SignedIn, year: int, chosen: list[str], **why: Any
) -> Response:
    """Return the page again with what was chosen, and why it was not kept."""
    with database.reading(ctx.engine) as connection:
        held = deprived_communes.list_marked(connection, ctx.settings.territory, year)
    response = _page(request, ctx, who, year, held, chosen, **why)
    response.status_code = 409
    return response


def _year(ctx: Context, year: int) -> int:
    if year not in deprived_communes.years(ctx.today):
        raise ServerError("bad_year")
    return year


def _page(
    request: Request,
    ctx: Context,
    who: sessions.SignedIn,
    year: int,
    held: list[str],
    chosen: list[str],
    notice: str = "",
    problem: str = "",
    moves: deprived_communes.StartMovesError | None = None,
) -> Response:
    every = sorted(territory.communes().values(), key=lambda c: plain(c.name))
    groups = [(siren, name, [c for c in every if c.epci == siren]) for siren, name in territory.epcis().items()]
    return show(
        request, ctx, who, "communes.html", title="Communes par année", year=year, groups=groups, held=held,
        chosen=set(chosen), notice=notice, problem=problem, moves=moves, years=deprived_communes.years(ctx.today),
    )  # fmt: skip
