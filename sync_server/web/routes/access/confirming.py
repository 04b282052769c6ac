"""The page where the coordination confirms the tablets that ask to come in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from sync_server.access import sessions
from sync_server.access.tablets import confirming
from sync_server.storage import database
from sync_server.web.context import Ctx, May, actor, same_origin
from sync_server.web.one_act import genuine_form
from sync_server.web.pages import show

HOME = "/console/tablettes"
router = APIRouter(prefix=HOME, tags=["tablettes"])
Who = Annotated[sessions.SignedIn, Depends(May("enrolment"))]
FORM = [Depends(same_origin), Depends(genuine_form)]
DONE = {
    "confirmee": "Tablette confirmée : elle reçoit les saisies de son équipe dans la minute.",
    "refusee": "Tablette refusée : elle ne reçoit rien et n’envoie rien.",
}
"""What the page says after an act."""


@router.get("")
def list_waiting(request: Request, ctx: Ctx, who: Who, fait: str = "") -> Response:
    """Show the tablets that wait, each with its words."""
    with database.reading(ctx.engine) as connection:
        waiting = confirming.list_waiting(connection, ctx.settings.territory)
    return show(
        request, ctx, who, "tablets.html", title="Tablettes à confirmer", waiting=waiting, done=DONE.get(fait, "")
    )


@router.post("/{device_id}/confirmer", dependencies=FORM)
def confirm(ctx: Ctx, who: Who, device_id: str) -> Response:
    """Let a tablet in."""
    confirming.confirm(ctx.engine, actor(ctx, who), device_id)
    return RedirectResponse(f"{HOME}?fait=confirmee", 303)


@router.post("/{device_id}/refuser", dependencies=FORM)
def decline(ctx: Ctx, who: Who, device_id: str) -> Response:
    """Refuse a tablet."""
    confirming.decline(ctx.engine, actor(ctx, who), device_id)
    return RedirectResponse(f"{HOME}?fait=refusee", 303)
