"""Signing in and out of the console, and one's own account."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypedDict

from anyio import to_thread
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from sync_server.access import accounts, brakes, browsers, passwords, sessions
from sync_server.access.door import find_door
from sync_server.errors import ServerError
from sync_server.storage import database
from sync_server.storage.security_log import Happening
from sync_server.web import returning
from sync_server.web.context import (
    BROWSER,
    COOKIE,
    PARIS,
    Context,
    Ctx,
    Origin,
    SignedIn,
    actor,
    readable_form,
    same_origin,
    writable,
)
from sync_server.web.logs.request_log import entry_of
from sync_server.web.one_act import DONE_BEFORE, genuine_form
from sync_server.web.pages import read_done_before, show, unused_form_page

router = APIRouter(prefix="/console", tags=["console"])
HOME = {
    "coordinator": "/console/tableau-de-bord",
    "administrator": "/console/appareils",
    "reader": "/console/publications",
}
"""The first page of each role."""


ACCOUNT = "/console/compte"
FORM = [Depends(same_origin), Depends(writable), Depends(readable_form), Depends(genuine_form)]
LONGEST_TYPED = 1_000
"""Characters of a field for a password: what is above is no password, and is not computed."""
NOT_THE_SAME = "Les deux nouveaux mots de passe diffèrent. Tapez-les de nouveau ; rien n’a été changé."
WRONG = "Le mot de passe actuel n’est pas le bon. Tapez-le de nouveau ; rien n’a été changé."
DONE = {
    "change": "Le mot de passe est changé. Vos autres connexions ont pris fin.",
    "fin": "Cette connexion a pris fin.",
}
"""What the page says after an act."""


class _CookieSafety(TypedDict):
    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


@router.get("")
def home(request: Request, who: SignedIn) -> Response:
    """Redirect to the first page of one's role."""
    return RedirectResponse(
        HOME[who.role] + (f"?{DONE_BEFORE}={said}" if (said := read_done_before(request)) else ""), 303
    )


@router.get("/connexion")
def sign_in_form(request: Request, ctx: Ctx) -> Response:
    """Show the form to sign in."""
    return _sign_in_page(request, ctx)


def sign_in_again(request: Request, login: str, kept: str) -> Response:
    """Ask who sent a form from a session that has ended to sign in; the page carries the form."""
    response = _sign_in_page(request, request.app.state.context, login, kept)
    response.status_code = 401
    return response


def _sign_in_page(
    request: Request, ctx: Context, login: str = "", kept: str = "", error: ServerError | None = None
) -> Response:
    kind = error.kind if error else None
    response = show(request, ctx, None, "sign_in.html", title="Connexion", login=login, kept=kept, error=kind)
    if error:
        response.status_code = error.kind.status
        response.headers.update(error.headers)
    return response


@router.post("/connexion", dependencies=[Depends(same_origin)])
async def sign_in(
    request: Request,
    ctx: Ctx,
    origin: Origin,
    login: Annotated[str, Form()],
    password: Annotated[str, Form()],
    kept: Annotated[str, Form()] = "",
) -> Response:
    """Open a session, in a cookie no script reads. Failures make wait, by account and address; a browser that
    somebody signed in from before has a count and a line of its own."""
    typed = accounts.readable(login)
    # In threads of its own: those who wait for a password to be computed take none from the tablets.
    try:
        looking = find_door(known=False).looking
        limit = await to_thread.run_sync(_admit, request, ctx, origin, typed, limiter=looking)
        door = find_door(known=bool(limit.known))
        with door.take_place(limit.known or brakes.classify(origin)):
            return await to_thread.run_sync(
                _sign_in, request, ctx, limit, typed, password, kept, limiter=door.turns
            )
    except ServerError as error:
        if not kept:
            raise
        # Whoever has to wait loses nothing either.
        return await to_thread.run_sync(_sign_in_page, request, ctx, typed, kept, error)


def _admit(request: Request, ctx: Context, origin: str, login: str) -> accounts.Limit:
    shown, land = request.cookies.get(BROWSER, ""), ctx.settings.territory
    known = browsers.find(ctx.engine, land, login, shown, ctx.today)
    limit = accounts.Limit(origin, ctx.now, ctx.settings.failed_attempts, known)
    return accounts.admit(ctx.engine, land, login, limit)


def _sign_in(
    request: Request, ctx: Context, limit: accounts.Limit, login: str, password: str, kept: str
) -> Response:
    land, lasts = ctx.settings.territory, ctx.settings.session_hours * 3600
    origin = brakes.classify(limit.origin)
    secret = accounts.sign_in(ctx.engine, land, login, password, ctx.now + lasts, limit)
    if secret is None:
        ctx.note(Happening("wrong-password", accounts.name_known(ctx.engine, land, login), origin))
        return _sign_in_page(request, ctx, login, kept, ServerError("wrong_password"))
    ctx.note(Happening("signed-in", login, origin))
    if replaced := request.cookies.get(COOKIE, ""):  # nobody holds it any more, save who stole it
        sessions.sign_out(ctx.engine, land, replaced, ctx.now)
    browser = browsers.remember(ctx.engine, land, login, request.cookies.get(BROWSER, ""), ctx.today)
    response = _bring_back(request, ctx, secret, kept) if kept else None
    response = response or RedirectResponse("/console", 303)
    safe: _CookieSafety = {"path": "/", "secure": True, "httponly": True, "samesite": "strict"}
    # A day longer than the session: by it, what was typed after its end is told whose it is.
    response.set_cookie(COOKIE, secret, max_age=lasts + sessions.KNOWN_AFTER, **safe)
    response.set_cookie(BROWSER, browser, max_age=browsers.DAYS * 24 * 3600, **safe)
    return response


def _bring_back(request: Request, ctx: Context, secret: str, kept: str) -> Response | None:
    """Show the form that the last session could not send; None where it is not for who signed in."""
    with database.reading(ctx.engine) as connection:
        who = sessions.find_session(connection, ctx.settings.territory, secret, ctx.moment)
    found = returning.bring_back(ctx, who, kept) if who else None
    if found is None:
        return None
    form, error = found
    response = unused_form_page(request, error, entry_of(request).reference, form.action)
    response.status_code = 200
    return response


@router.post("/deconnexion", dependencies=[Depends(same_origin), Depends(genuine_form)])
def sign_out(request: Request, ctx: Ctx) -> Response:
    """End the session."""
    ctx.note(Happening("signed-out", entry_of(request).who))
    sessions.sign_out(ctx.engine, ctx.settings.territory, request.cookies.get(COOKIE, ""), ctx.now)
    response = RedirectResponse("/console/connexion", 303)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return response


@router.get("/publications")
def publications(request: Request, ctx: Ctx, who: SignedIn) -> Response:
    """Show what a reader may see: published figures only, none before the first publication."""
    return show(request, ctx, who, "publications.html", title="Publications")


@router.get("/compte")
def own_account(request: Request, ctx: Ctx, who: SignedIn, fait: str = "") -> Response:
    """Show one's own account: where one is signed in, and how to change one's password."""
    return _account_page(request, ctx, who, done=fait)


@router.post("/compte/fin", dependencies=FORM)
def end_session(ctx: Ctx, who: SignedIn, session: Annotated[str, Form(max_length=64)]) -> Response:
    """End one of one's own sessions."""
    sessions.end_one(ctx.engine, ctx.settings.territory, who.login, session)
    return RedirectResponse(f"{ACCOUNT}?fait=fin", 303)


@router.post("/compte/mot-de-passe", dependencies=FORM)
def change_password(
    request: Request,
    ctx: Ctx,
    who: SignedIn,
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
        found = sessions.list_open(
            connection, ctx.settings.territory, who.login, request.cookies.get(COOKIE, ""), ctx.moment
        )
    response = show(
        request, ctx, who, "account.html", title="Mon compte", found=found, fault=fault, done=DONE.get(done, ""),
        when=_when, idle=ctx.settings.idle_minutes, shortest=passwords.SHORTEST,
    )  # fmt: skip
    response.status_code = 422 if fault else 200
    return response


def _when(at: int) -> str:
    """Write a moment in the time of the territory: « 01/12/2026 à 14 h 05 »."""
    return f"{datetime.fromtimestamp(at, PARIS):%d/%m/%Y à %H h %M}"
