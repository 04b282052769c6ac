"""The pages of the administrator: devices and one-time codes. No record is shown here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from markupsafe import Markup

from sync_server.access import accounts, devices, enrolment_links
from sync_server.storage import database
from sync_server.web.context import Context, Ctx, actor, administrator, genuine_form, readable_form, same_origin
from sync_server.web.routes.console import show

router = APIRouter(prefix="/console/appareils", tags=["administration"])
Administrator = Annotated[accounts.SignedIn, Depends(administrator)]
FORM = [Depends(same_origin), Depends(readable_form), Depends(genuine_form)]


@router.get("")
def list_devices(request: Request, ctx: Ctx, who: Administrator) -> Response:
    """Show the teams and their devices."""
    return _page(request, ctx, who)


@router.post("/code", dependencies=FORM)
def create_code(request: Request, ctx: Ctx, who: Administrator, team: Annotated[str, Form()]) -> Response:
    """Make a one-time code, shown once: only its hash is kept."""
    settings = ctx.settings
    by = actor(ctx, who)
    code = devices.create_code(ctx.engine, settings.territory, team, ctx.now, settings.enrolment_minutes, by)
    return _page(request, ctx, who, code)


@router.post("/{device_id}/revoquer", dependencies=FORM)
def revoke(request: Request, ctx: Ctx, who: Administrator, device_id: str) -> Response:
    """Revoke a device: from now on it may only hand in what it holds."""
    devices.revoke(ctx.engine, actor(ctx, who), device_id)
    return _page(request, ctx, who)


@router.post("/comptes/lever", dependencies=FORM)
def lift_waits(request: Request, ctx: Ctx, who: Administrator, login: Annotated[str, Form()]) -> Response:
    """End the waits of an account whose sign-ins failed; the audit log has it."""
    accounts.lift_waits(ctx.engine, actor(ctx, who), login)
    return _page(request, ctx, who)


def _page(request: Request, ctx: Context, who: accounts.SignedIn, code: str | None = None) -> Response:
    with database.reading(ctx.engine) as connection:
        teams = devices.overview(connection, ctx.settings.territory)
        waiting = accounts.list_waiting(connection, ctx.settings.territory, ctx.now)
    minutes = ctx.settings.enrolment_minutes
    address = ctx.settings.public_address or enrolment_links.guess_address(request.headers.get("host", ""))
    link = enrolment_links.build_link(address, code) if code and address else ""
    return show(
        request, ctx, who, "devices.html", title="Appareils", teams=teams, code=code, minutes=minutes, link=link,
        waiting=waiting, qr=Markup(enrolment_links.draw_qr(link)) if link else "",  # noqa: S704  # drawn here, from a link
    )  # fmt: skip
