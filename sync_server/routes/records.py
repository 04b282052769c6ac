"""The records themselves, for the coordinator."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from sync_server import database, quarantine
from sync_server.context import Coordinator, Ctx
from sync_server.routes.console import show

router = APIRouter(prefix="/console", tags=["saisies"])


@router.get("/a-revoir")
def waiting(request: Request, ctx: Ctx, who: Coordinator) -> Response:
    """What arrived and was not taken, with the reasons, or both versions side by side."""
    with database.reading(ctx.engine) as connection:
        found = quarantine.waiting(connection, ctx.settings.territory)
    return show(request, ctx, who, "quarantine.html", title="À revoir", waiting=found)
