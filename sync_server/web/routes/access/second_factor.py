"""One's own second factor: the pages that turn it on and off, and that ask for it again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from sync_server.access import accounts, brakes, enrolment_links, sealed_text, sessions
from sync_server.access.second_factor import own, totp
from sync_server.storage.security_log import Happening
from sync_server.web.context import COOKIE, Context, Ctx, May, Origin, actor, readable_form, same_origin
from sync_server.web.one_act import FormUse, genuine_form, use_form
from sync_server.web.pages import show

ACCOUNT = "/console/compte"
router = APIRouter(prefix=f"{ACCOUNT}/double", tags=["compte"])
Who = Annotated[sessions.SignedIn, Depends(May("account"))]
ONCE = [Depends(same_origin), Depends(readable_form), Depends(genuine_form)]
SHOWN = [Depends(same_origin), Depends(readable_form)]
"""Of forms that show recovery codes: whoever presses twice is shown the same ones."""
Use = Annotated[FormUse, Depends(use_form)]
Password = Annotated[str, Form(max_length=1_000)]
Code = Annotated[str, Form(max_length=100)]
Pending = Annotated[str, Form(max_length=500)]
_PENDING = "pending second factor"
"""What the secret of a session seals of a factor that is not proved yet."""
WRONG = (
    "Le mot de passe ou le code n’est pas le bon. Le code change toutes les 30 secondes et ne sert qu’une fois :"
    " attendez le suivant, puis recommencez. Rien n’a été changé."
)
WRONG_CODE = (
    "Ce code n’est pas le bon. Il change toutes les 30 secondes et ne sert qu’une fois : attendez le suivant, ou"
    " tapez un code de secours."
)


@router.get("")
def page(request: Request, ctx: Ctx, who: Who, vers: str = "") -> Response:
    """Ask for the code again, and lead to `vers` then."""
    return _ask_page(request, ctx, who, vers)


@router.get("/preparer")
def prepare(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show a new secret to scan, sealed in the page until a code proves that it was scanned."""
    return _scan_page(request, ctx, who, totp.make_secret())


@router.post("/activer", dependencies=SHOWN)
def turn_on(
    request: Request, ctx: Ctx, who: Who, origin: Origin, use: Use, attente: Pending, actuel: Password, code: Code
) -> Response:
    """Turn the second factor on, and show the recovery codes, once."""
    if use.earlier is not None:
        return _codes_page(request, ctx, who, use.earlier.told, again="oui")
    try:
        secret = sealed_text.unseal(_PENDING, who.csrf, attente, who.login)
    except ValueError:
        return RedirectResponse(ACCOUNT, 303)
    codes = own.turn_on(ctx.engine, actor(ctx, who), actuel, secret, _second(ctx, code), _limit(ctx, origin))
    if codes is None:
        _note(ctx, who, origin, "wrong-factor")
        return _scan_page(request, ctx, who, secret, WRONG)
    return _show_codes(request, ctx, who, use, codes)


@router.post("/codes", dependencies=SHOWN)
def renew(
    request: Request, ctx: Ctx, who: Who, origin: Origin, use: Use, actuel: Password, code: Code
) -> Response:
    """Make other recovery codes, and show them, once."""
    if use.earlier is not None:
        return _codes_page(request, ctx, who, use.earlier.told, again="oui")
    codes = own.renew_codes(ctx.engine, actor(ctx, who), actuel, _second(ctx, code), _limit(ctx, origin))
    if codes is None:
        return _refused(request, ctx, who, origin)
    return _show_codes(request, ctx, who, use, codes)


@router.post("/retirer", dependencies=ONCE)
def turn_off(request: Request, ctx: Ctx, who: Who, origin: Origin, actuel: Password, code: Code) -> Response:
    """Turn the second factor off."""
    if not own.turn_off(ctx.engine, actor(ctx, who), actuel, _second(ctx, code), _limit(ctx, origin)):
        return _refused(request, ctx, who, origin)
    return RedirectResponse(f"{ACCOUNT}?fait=retiree", 303)


@router.post("/verifier", dependencies=ONCE)
def prove(
    request: Request,
    ctx: Ctx,
    who: Who,
    origin: Origin,
    code: Code,
    vers: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:
    """Take the code, and lead to what asked for it."""
    cookie = request.cookies.get(COOKIE, "")
    if not own.prove(ctx.engine, actor(ctx, who), _second(ctx, code), _limit(ctx, origin), cookie):
        _note(ctx, who, origin, "wrong-factor")
        return _ask_page(request, ctx, who, vers, WRONG_CODE)
    _note(ctx, who, origin, "factor")
    return RedirectResponse(own_page(vers), 303)


def own_page(address: str) -> str:
    """Return that address where it is one of the console, else the account: nobody is led to another site."""
    return address if address.startswith("/console/") and "\\" not in address else ACCOUNT


def _note(ctx: Context, who: sessions.SignedIn, origin: str, kind: str) -> None:
    ctx.note(Happening(kind, who.login, brakes.classify(origin)))


def _second(ctx: Context, code: str) -> accounts.Second:
    return accounts.Second(accounts.readable(code), ctx.key)


def _limit(ctx: Context, origin: str) -> accounts.Limit:
    return accounts.Limit(origin, ctx.now, ctx.settings.failed_attempts)


def _scan_page(request: Request, ctx: Context, who: sessions.SignedIn, secret: bytes, fault: str = "") -> Response:
    link = totp.write_uri(secret, who.login)
    return show(
        request, ctx, who, "second_factor.html", title="Double vérification", fault=fault, link=link,
        typed=totp.write_secret(secret), pending=sealed_text.seal(_PENDING, who.csrf, secret, who.login),
        qr=Markup(enrolment_links.draw_qr(link)),  # noqa: S704  # nosec B704  # drawn here, from a link
        status=422 if fault else 200,
    )  # fmt: skip


def _show_codes(
    request: Request, ctx: Context, who: sessions.SignedIn, use: FormUse, codes: list[str]
) -> Response:
    told = " ".join(codes)
    use.note_done(ACCOUNT, told)
    return _codes_page(request, ctx, who, told)


def _codes_page(request: Request, ctx: Context, who: sessions.SignedIn, told: str, **again: Any) -> Response:
    return show(request, ctx, who, "recovery_codes.html", title="Codes de secours", codes=told.split(), **again)


def _ask_page(request: Request, ctx: Context, who: sessions.SignedIn, towards: str, fault: str = "") -> Response:
    return show(
        request,
        ctx,
        who,
        "prove.html",
        title="Code de vérification",
        towards=own_page(towards),
        fault=fault,
        status=422 if fault else 200,
    )


def _refused(request: Request, ctx: Context, who: sessions.SignedIn, origin: str) -> Response:
    _note(ctx, who, origin, "wrong-factor")
    return show(request, ctx, who, "prove.html", title="Double vérification", towards="", fault=WRONG, status=422)
