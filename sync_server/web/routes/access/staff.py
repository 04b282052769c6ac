"""The page of the administration that keeps the accounts of the console."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from sync_server.access import accounts, roles, sessions
from sync_server.access.second_factor import own
from sync_server.access.staff import managing
from sync_server.storage import database
from sync_server.web.context import Context, Ctx, May, actor, proved, readable_form, same_origin
from sync_server.web.one_act import FormUse, genuine_form, proved_form, use_form
from sync_server.web.pages import show

HOME = "/console/comptes"
router = APIRouter(prefix=HOME, tags=["comptes"])
Who = Annotated[sessions.SignedIn, Depends(May("accounts"))]
SAFE = [Depends(same_origin), Depends(readable_form)]
ONCE = [*SAFE, Depends(proved_form), Depends(genuine_form)]
Login = Annotated[str, Form(max_length=200)]
Short = Annotated[str, Form(max_length=100)]
Use = Annotated[FormUse, Depends(use_form)]
DONE = {
    "role": "Le rôle est changé. Les connexions de ce compte ont pris fin.",
    "double": "La double vérification est retirée. La personne l’active de nouveau dans « Mon compte ».",
    "ferme": "Le compte est fermé. Ses connexions ont pris fin.",
}
"""What the page says after an act."""


@router.get("", dependencies=[Depends(proved)])
def list_accounts(request: Request, ctx: Ctx, who: Who, fait: str = "") -> Response:
    """Show the accounts and the form of a new one."""
    return _page(request, ctx, who, done=DONE.get(fait, ""))


@router.post("", dependencies=[*SAFE, Depends(proved_form)])
def open_account(
    request: Request, ctx: Ctx, who: Who, use: Use, login: Login = "", role: Short = "", service: Short = ""
) -> Response:
    """Open an account; its first password is shown to this form alone."""
    if use.earlier is not None:
        return _page(request, ctx, who, told=use.earlier.told, again="oui")
    try:
        password = managing.open_account(ctx.engine, actor(ctx, who), login, role, service, ctx.now)
    except ValueError as refused:
        return _page(
            request, ctx, who, fault=str(refused), typed={"login": login, "role": role, "service": service}
        )
    return _show_password(request, ctx, who, use, f"{password} {login}")


@router.post("/mot-de-passe", dependencies=[*SAFE, Depends(proved_form)])
def renew_password(request: Request, ctx: Ctx, who: Who, use: Use, login: Login) -> Response:
    """Give an account another password, shown to this form alone."""
    if use.earlier is not None:
        return _page(request, ctx, who, told=use.earlier.told, again="oui")
    try:
        password = managing.renew_password(ctx.engine, actor(ctx, who), login, ctx.now)
    except ValueError as refused:
        return _page(request, ctx, who, fault=str(refused))
    return _show_password(request, ctx, who, use, f"{password} {login}")


@router.post("/role", dependencies=ONCE)
def change_role(
    request: Request, ctx: Ctx, who: Who, login: Login, role: Short = "", service: Short = ""
) -> Response:
    """Give an account another role."""
    try:
        managing.change_role(ctx.engine, actor(ctx, who), login, role, service)
    except ValueError as refused:
        return _page(request, ctx, who, fault=str(refused))
    return RedirectResponse(f"{HOME}?fait=role", 303)


@router.post("/double", dependencies=ONCE)
def remove_factor(request: Request, ctx: Ctx, who: Who, login: Login) -> Response:
    """Take away the second factor of somebody who lost it."""
    if login == who.login:
        return _page(request, ctx, who, fault=managing.YOURSELF)
    own.remove(ctx.engine, actor(ctx, who), login)
    return RedirectResponse(f"{HOME}?fait=double", 303)


@router.post("/fermer", dependencies=ONCE)
def close_account(request: Request, ctx: Ctx, who: Who, login: Login) -> Response:
    """Close an account."""
    try:
        managing.close_account(ctx.engine, actor(ctx, who), login)
    except ValueError as refused:
        return _page(request, ctx, who, fault=str(refused))
    return RedirectResponse(f"{HOME}?fait=ferme", 303)


def _show_password(request: Request, ctx: Context, who: sessions.SignedIn, use: FormUse, told: str) -> Response:
    """Show a first password, and keep it for this form alone."""
    use.note_done(HOME, told)
    return _page(request, ctx, who, told=told)


def _page(
    request: Request,
    ctx: Context,
    who: sessions.SignedIn,
    fault: str = "",
    done: str = "",
    told: str = "",
    typed: dict[str, str] | None = None,
    **again: str,
) -> Response:
    with database.reading(ctx.engine) as connection:
        found = managing.list_accounts(connection, ctx.settings.territory)
        services = accounts.list_services(connection, ctx.settings.territory)
    password, _, login = told.partition(" ")
    return show(
        request, ctx, who, "accounts.html", title="Comptes", found=found, fault=fault, done=done,
        password=password, typed=typed or {}, made=login, roles=roles.NAMES, services=services,
        names=dict(services), **again, status=422 if fault else 200,
    )  # fmt: skip
