"""The coordinator's console: signing in and out, and the frame of every page."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from shared.field_labels import FIELDS
from sync_server.access import accounts, brakes, browsers
from sync_server.errors import ServerError
from sync_server.intake import store
from sync_server.storage import database
from sync_server.storage.security_log import Happening
from sync_server.web import rendering, watch
from sync_server.web.context import BROWSER, COOKIE, Context, Ctx, Origin, SignedIn, same_origin
from sync_server.web.one_act import DONE_BEFORE, UnusedFormError, genuine_form
from sync_server.web.request_log import entry_of

router = APIRouter(prefix="/console", tags=["console"])
MOST_AT_THE_DOOR, WAIT = 100, 5
"""Sign-ins at a time, those that wait for their turn included; seconds after which the next may try again."""
_TURNS: RunVar[CapacityLimiter] = RunVar("password turns")
_KNOWN_TURNS: RunVar[CapacityLimiter] = RunVar("password turns of known browsers")
"""Two lines: a crowd at the door keeps nobody out who has been in before."""
HOME = {
    "coordinator": "/console/tableau-de-bord",
    "administrator": "/console/appareils",
    "reader": "/console/publications",
}
"""The first page of each role."""
UNTYPED = frozenset(
    ["lu", "revision", "base", "seen", "vues", "nouvelle", "choisies", "liste", "code", "remettre"]
)
"""Fields that a page fills in by itself."""


class _CookieSafety(TypedDict):
    path: str
    secure: bool
    httponly: bool
    samesite: Literal["strict"]


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page from its template. `who` is None before signing in."""
    return HTMLResponse(rendering.render(template, **values), status)


def show(request: Request, ctx: Context, who: accounts.SignedIn | None, template: str, **values: Any) -> Response:
    """Return a page with the frame: who is signed in, and whether the data is invented."""
    with database.reading(ctx.engine) as connection:
        synthetic = store.is_synthetic(connection, ctx.settings.territory)
    frame = {"who": who, "synthetic": synthetic, "here": request.url.path, "again": _done_before(request)}
    return page(template, **(frame | values))


def _done_before(request: Request) -> str:
    """Read what the address says of a form sent twice: that it acted once, that it still acts, or nothing."""
    said = request.query_params.get(DONE_BEFORE, "")
    return said if said in ("oui", "en-cours") else ""


def unused_form_page(request: Request, error: UnusedFormError, reference: str) -> Response:
    """Return what was typed into a form that did not act, in a form that does."""
    words = [(FIELDS.get(name, ""), value) for name, value in error.typed if value.strip() and name not in UNTYPED]
    return page(
        "unused_form.html",
        error.kind.status,
        who=error.who,
        synthetic=False,
        here=request.url.path,
        action=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        title=error.kind.message,
        error=error.kind,
        reference=reference,
        typed=error.typed,
        words=words,
        files=sorted(set(error.files)),
        location=error.location,
    )


def error_page(error: ServerError, reference: str, public: bool = False) -> Response:
    """Return an error of the catalogue, for a person, with its reference in the log; `public` where there is no
    console to go back to."""
    response = page(
        "error.html",
        error.kind.status,
        who=None,
        synthetic=False,
        here="",
        title=error.kind.message,
        error=error.kind,
        reference=reference,
        frame="public.html" if public else "base.html",
        home="/coupon" if public else "/console",
    )
    response.headers.update(error.headers)
    return response


@router.get("")
def home(request: Request, who: SignedIn) -> Response:
    """Redirect to the first page of one's role."""
    return RedirectResponse(
        HOME[who.role] + (f"?{DONE_BEFORE}={said}" if (said := _done_before(request)) else ""), 303
    )


@router.get("/connexion")
def sign_in_form(request: Request, ctx: Ctx) -> Response:
    """Show the form to sign in."""
    return show(request, ctx, None, "sign_in.html", title="Connexion", login="", error=None)


@router.post("/connexion", dependencies=[Depends(same_origin)])
async def sign_in(
    request: Request, ctx: Ctx, origin: Origin, login: Annotated[str, Form()], password: Annotated[str, Form()]
) -> Response:
    """Open a session, in a cookie no script reads. Failures make wait, by account and address; a browser that
    somebody signed in from before has a count and a line of its own."""
    shown, land, typed = request.cookies.get(BROWSER, ""), ctx.settings.territory, accounts.readable(login)
    known = shown and await to_thread.run_sync(browsers.find, ctx.engine, land, typed, shown, ctx.today)
    turns = _password_turns(_KNOWN_TURNS if known else _TURNS)
    if turns.borrowed_tokens + turns.statistics().tasks_waiting >= MOST_AT_THE_DOOR:
        raise ServerError("busy", retry_after=WAIT)
    limit = accounts.Limit(origin, ctx.now, ctx.settings.failed_attempts, known)
    # In threads of its own: those who wait for a password to be computed take none from the tablets.
    return await to_thread.run_sync(_sign_in, request, ctx, limit, typed, password, limiter=turns)


def _password_turns(which: RunVar[CapacityLimiter]) -> CapacityLimiter:
    """Return that limiter of this event loop."""
    try:
        return which.get()
    except LookupError:
        which.set(made := CapacityLimiter(accounts.PASSWORDS_AT_ONCE))
        return made


def _sign_in(request: Request, ctx: Context, limit: accounts.Limit, login: str, password: str) -> Response:
    land, lasts = ctx.settings.territory, ctx.settings.session_hours * 3600
    origin = brakes.classify(limit.origin)
    secret = accounts.sign_in(ctx.engine, land, login, password, ctx.now + lasts, limit)
    if secret is None:
        watch.note(ctx, Happening("wrong-password", accounts.name_known(ctx.engine, land, login), origin))
        error = ServerError("wrong_password")
        response = show(request, ctx, None, "sign_in.html", title="Connexion", login=login, error=error.kind)
        response.status_code = error.kind.status
        return response
    watch.note(ctx, Happening("signed-in", login, origin))
    browser = browsers.remember(ctx.engine, land, login, request.cookies.get(BROWSER, ""), ctx.today)
    response = RedirectResponse("/console", 303)
    safe: _CookieSafety = {"path": "/", "secure": True, "httponly": True, "samesite": "strict"}
    response.set_cookie(COOKIE, secret, max_age=lasts, **safe)
    response.set_cookie(BROWSER, browser, max_age=browsers.DAYS * 24 * 3600, **safe)
    return response


@router.post("/deconnexion", dependencies=[Depends(same_origin), Depends(genuine_form)])
def sign_out(request: Request, ctx: Ctx) -> Response:
    """End the session."""
    watch.note(ctx, Happening("signed-out", entry_of(request).who))
    accounts.sign_out(ctx.engine, ctx.settings.territory, request.cookies.get(COOKIE, ""), ctx.now)
    response = RedirectResponse("/console/connexion", 303)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return response


@router.get("/publications")
def publications(request: Request, ctx: Ctx, who: SignedIn) -> Response:
    """Show what a reader may see: published figures only, none before the first publication."""
    return show(request, ctx, who, "publications.html", title="Publications")
