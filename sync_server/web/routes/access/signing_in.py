"""Signing in and out of the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict

from anyio import to_thread
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from sync_server.access import accounts, brakes, browsers, roles, sessions
from sync_server.access.door import find_door
from sync_server.errors import ServerError
from sync_server.storage import database
from sync_server.storage.security_log import Happening
from sync_server.web import returning
from sync_server.web.context import (
    BROWSER,
    COOKIE,
    Context,
    Ctx,
    May,
    Origin,
    same_origin,
)
from sync_server.web.logs import watch
from sync_server.web.logs.request_log import entry_of
from sync_server.web.one_act import DONE_BEFORE, genuine_form
from sync_server.web.pages import read_done_before, show, unused_form_page

router = APIRouter(prefix="/console", tags=["console"])


LONGEST_CODE = 100
"""Characters of a code that are looked at: more than any has."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed to sign in; `kept` is the form of a session that had ended."""

    login: str
    password: str
    code: str
    kept: str


class _CookieSafety(TypedDict):
    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


@router.get("")
def home(request: Request, who: Annotated[sessions.SignedIn, Depends(May("account"))]) -> Response:
    """Redirect to the first page of one's role."""
    said = read_done_before(request)
    return RedirectResponse(roles.FIRST_PAGES[who.role] + (f"?{DONE_BEFORE}={said}" if said else ""), 303)


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
    code: Annotated[str, Form()] = "",
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
            given = Typed(typed, password, accounts.readable(code[:LONGEST_CODE]), kept)
            return await to_thread.run_sync(_sign_in, request, ctx, limit, given, limiter=door.turns)
    except ServerError as error:
        if not kept:
            raise
        # Whoever has to wait loses nothing either, and hides nothing.
        entry_of(request).code = error.code
        await watch.note_refusal(request, error)
        return await to_thread.run_sync(_sign_in_page, request, ctx, typed, kept, error)


def _admit(request: Request, ctx: Context, origin: str, login: str) -> accounts.Limit:
    shown, land = request.cookies.get(BROWSER, ""), ctx.settings.territory
    known = browsers.find(ctx.engine, land, login, shown, ctx.today)
    limit = accounts.Limit(origin, ctx.now, ctx.settings.failed_attempts, known)
    return accounts.admit(ctx.engine, land, login, limit)


def _sign_in(request: Request, ctx: Context, limit: accounts.Limit, typed: Typed) -> Response:
    land, lasts, login, kept = ctx.settings.territory, ctx.settings.session_hours * 3600, typed.login, typed.kept
    origin, second = brakes.classify(limit.origin), accounts.Second(typed.code, ctx.key)
    secret = accounts.sign_in(ctx.engine, land, login, typed.password, ctx.now + lasts, limit, second)
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
