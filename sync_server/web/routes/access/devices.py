"""The pages of the administrator: devices and one-time codes. No record is shown here."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from sync_server.access import accounts, devices, enrolment_links, sessions
from sync_server.storage import database
from sync_server.web.context import Context, Ctx, May, actor, readable_form, same_origin
from sync_server.web.one_act import FormUse, genuine_form, use_form
from sync_server.web.pages import show

HOME = "/console/appareils"
router = APIRouter(prefix=HOME, tags=["administration"])
Who = Annotated[sessions.SignedIn, Depends(May("devices"))]
FORM = [Depends(same_origin), Depends(readable_form), Depends(genuine_form)]


@router.get("")
def list_devices(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show the teams and their devices."""
    return _page(request, ctx, who)


@router.post("/code", dependencies=[Depends(same_origin), Depends(readable_form)])
def create_code(
    request: Request,
    ctx: Ctx,
    use: Annotated[FormUse, Depends(use_form)],
    who: Who,
    team: Annotated[str, Form()],
) -> Response:
    """Make a one-time code, shown to this form alone: only its hash is kept. Whoever presses twice is shown the
    code of the first time: a browser drops the answer to it."""
    if use.earlier is not None:
        return _page(request, ctx, who, use.earlier.told or None, again=True)
    settings = ctx.settings
    by = actor(ctx, who)
    code = devices.create_code(
        ctx.engine, settings.territory, team, ctx.now, settings.enrolment_minutes, by, unconfirmed=True
    )
    use.note_done(HOME, code)
    return _page(request, ctx, who, code)


@router.post("/{device_id}/revoquer", dependencies=FORM)
def revoke(request: Request, ctx: Ctx, who: Who, device_id: str) -> Response:
    """Revoke a device: from now on it may only hand in what it holds."""
    devices.revoke(ctx.engine, actor(ctx, who), device_id)
    return RedirectResponse(HOME, 303)


@router.post("/comptes/lever", dependencies=FORM)
def lift_waits(request: Request, ctx: Ctx, who: Who, login: Annotated[str, Form()]) -> Response:
    """End the waits of an account whose sign-ins failed; the audit log has it."""
    accounts.lift_waits(ctx.engine, actor(ctx, who), login)
    return RedirectResponse(HOME, 303)


def _page(
    request: Request, ctx: Context, who: sessions.SignedIn, code: str | None = None, again: bool = False
) -> Response:
    with database.reading(ctx.engine) as connection:
        teams = devices.overview(connection, ctx.settings.territory)
        waiting = accounts.list_waiting(connection, ctx.settings.territory, ctx.now)
    minutes = ctx.settings.enrolment_minutes
    address = ctx.settings.public_address or enrolment_links.guess_address(request.headers.get("host", ""))
    link = enrolment_links.build_link(address, code) if code and address else ""
    said: dict[str, Any] = {"again": "oui"} if again else {}
    return show(
        request, ctx, who, "devices.html", title="Appareils", teams=teams, code=code, minutes=minutes, link=link,
        waiting=waiting, **said,
        qr=Markup(enrolment_links.draw_qr(link)) if link else "",  # noqa: S704  # nosec B704  # drawn here, from a link
    )  # fmt: skip
