"""One's own account: where it is signed in, its password, its second factor."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from sync_server.access import accounts, brakes, passwords, sessions
from sync_server.access.second_factor import factors
from sync_server.storage import database
from sync_server.storage.security_log import Happening
from sync_server.web.context import (
    COOKIE,
    Context,
    Ctx,
    May,
    Origin,
    actor,
    readable_form,
    same_origin,
)
from sync_server.web.one_act import genuine_form, proved_form
from sync_server.web.pages import format_moment, show

ACCOUNT = "/console/compte"
router = APIRouter(prefix=ACCOUNT, tags=["compte"])
Who = Annotated[sessions.SignedIn, Depends(May("account"))]
FORM = [Depends(same_origin), Depends(readable_form), Depends(genuine_form)]
LONGEST_TYPED = 1_000
"""Characters of a field for a password: what is above is no password, and is not computed."""
NOT_THE_SAME = "Les deux nouveaux mots de passe diffèrent. Tapez-les de nouveau ; rien n’a été changé."
WRONG = "Le mot de passe actuel n’est pas le bon. Tapez-le de nouveau ; rien n’a été changé."
DONE = {
    "change": "Le mot de passe est changé. Vos autres connexions ont pris fin.",
    "fin": "Cette connexion a pris fin.",
    "retiree": "La double vérification est retirée.",
}
"""What the page says after an act."""


@router.get("")
def own_account(request: Request, ctx: Ctx, who: Who, fait: str = "") -> Response:
    """Show one's own account: where one is signed in, and how to change one's password."""
    return _account_page(request, ctx, who, done=fait)


@router.post("/fin", dependencies=[*FORM, Depends(proved_form)])
def end_session(ctx: Ctx, who: Who, session: Annotated[str, Form(max_length=64)]) -> Response:
    """End one of one's own sessions."""
    sessions.end_one(ctx.engine, ctx.settings.territory, who.login, session)
    return RedirectResponse(f"{ACCOUNT}?fait=fin", 303)


@router.post("/mot-de-passe", dependencies=FORM)
def change_password(
    request: Request,
    ctx: Ctx,
    who: Who,
    origin: Origin,
    actuel: Annotated[str, Form(max_length=LONGEST_TYPED)],
    nouveau: Annotated[str, Form(max_length=LONGEST_TYPED)],
    encore: Annotated[str, Form(max_length=LONGEST_TYPED)],
) -> Response:
    """Change one's own password. What was typed is never shown again."""
    if nouveau != encore:
        return _account_page(request, ctx, who, fault=NOT_THE_SAME)
    limit = accounts.Limit(origin, ctx.now, ctx.settings.failed_attempts)
    try:
        cookie = request.cookies.get(COOKIE, "")
        changed = accounts.change_password(ctx.engine, actor(ctx, who), actuel, nouveau, limit, cookie)
    except ValueError as refused:
        return _account_page(request, ctx, who, fault=str(refused))
    if not changed:
        ctx.note(Happening("wrong-password", who.login, brakes.classify(origin)))
        return _account_page(request, ctx, who, fault=WRONG)
    return RedirectResponse(f"{ACCOUNT}?fait=change", 303)


def _account_page(
    request: Request, ctx: Context, who: sessions.SignedIn, fault: str = "", done: str = ""
) -> Response:
    with database.reading(ctx.engine) as connection:
        codes = factors.count_codes(connection, ctx.settings.territory, who.login)
        found = sessions.list_open(
            connection, ctx.settings.territory, who.login, request.cookies.get(COOKIE, ""), ctx.moment
        )
    return show(
        request, ctx, who, "account.html", title="Mon compte", found=found, fault=fault, done=DONE.get(done, ""),
        when=format_moment, idle=ctx.settings.idle_minutes, shortest=passwords.SHORTEST, codes=codes,
        required=ctx.settings.require_second_factor and not who.has_factor, status=422 if fault else 200,
    )  # fmt: skip
