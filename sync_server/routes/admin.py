"""What the administrator does: devices and one-time codes. No record is shown here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from sync_server import auth, database, devices
from sync_server.context import Ctx, administrator, genuine_form, same_origin
from sync_server.routes.console import show

router = APIRouter(prefix="/console/appareils", tags=["administration"])
Administrator = Annotated[auth.SignedIn, Depends(administrator)]
FORM = [Depends(same_origin), Depends(genuine_form)]


@router.get("")
def list_devices(request: Request, ctx: Ctx, who: Administrator, code: str = "") -> Response:
    """The teams and their devices."""
    with database.reading(ctx.engine) as connection:
        overview = devices.overview(connection, ctx.settings.territory)
    return show(request, ctx, who, "devices.html", title="Appareils", teams=overview, code=None)


@router.post("/code", dependencies=FORM)
def create_code(request: Request, ctx: Ctx, who: Administrator, team: Annotated[str, Form()]) -> Response:
    """A one-time code, shown once: only its hash is kept."""
    minutes = ctx.settings.enrolment_minutes
    code = devices.create_code(ctx.engine, ctx.settings.territory, team, ctx.now, minutes)
    with database.reading(ctx.engine) as connection:
        overview = devices.overview(connection, ctx.settings.territory)
    return show(
        request,
        ctx,
        who,
        "devices.html",
        title="Appareils",
        teams=overview,
        code=code,
        minutes=minutes,
        chosen=team,
    )


@router.post("/{device_id}/revoquer", dependencies=FORM)
def revoke(request: Request, ctx: Ctx, who: Administrator, device_id: str) -> Response:
    """From now on the device may only hand in what it holds."""
    devices.revoke(ctx.engine, ctx.settings.territory, device_id, ctx.today)
    return list_devices(request, ctx, who)
