"""The coordinator's first page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.routing import Match

from sync_server.access import sessions
from sync_server.web import drawing, showing
from sync_server.web.context import Ctx, May
from sync_server.web.pages import show

router = APIRouter(prefix="/console", tags=["pilotage"])
Who = Annotated[sessions.SignedIn, Depends(May("figures"))]


@router.get("/tableau-de-bord")
def view(request: Request, ctx: Ctx, who: Who) -> Response:
    """Show where each action stands, what changed this month, what asks for attention."""
    board = drawing.count(showing.count_dashboard, ctx.source)
    ways = {path: _has(request, path) for notice in board.notices for path in notice.pages}
    links = [next((p + notice.query for p in notice.pages if ways[p]), "") for notice in board.notices]
    return show(request, ctx, who, "dashboard.html", title="Tableau de bord", board=board,
                notices=list(zip(board.notices, links, strict=True)))  # fmt: skip


def _has(request: Request, path: str) -> bool:
    """Tell whether this server has that page: a line never leads nowhere."""
    scope = {"type": "http", "path": path, "method": "GET", "root_path": ""}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
