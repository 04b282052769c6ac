"""The page of the auditor: who came in, was refused, read or took away what. No record is shown here."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from sync_server.access import sessions
from sync_server.storage import database, log_check, security_log
from sync_server.storage.security_log import KINDS, Wanted
from sync_server.web.context import Ctx, May
from sync_server.web.pages import format_moment, show

router = APIRouter(prefix="/console/journal-de-securite", tags=["contrôle"])
Who = Annotated[sessions.SignedIn, Depends(May("security-log"))]
A_PAGE = 100
"""Entries a page."""
LAST = 2**63 - 1


def _name(entry: Any) -> str:
    """Say what an entry is about; of an act, its number in the journal of the console, without its digest."""
    if entry.kind in ("act", "began"):
        return f"acte n° {entry.about.partition(' ')[0]} du journal de la console"
    return entry.about or "—"


@router.get("")
def view(
    request: Request,
    ctx: Ctx,
    who: Who,
    fait: Annotated[str, Query(max_length=20)] = "",
    qui: Annotated[str, Query(max_length=100)] = "",
    avant: Annotated[int, Query(ge=0, le=LAST)] = 0,
    verifier: Annotated[str, Query(max_length=3)] = "",
) -> Response:
    """Show the latest entries of that kind and that login or device; with `verifier`, follow the whole chain."""
    land, wanted = ctx.settings.territory, Wanted(fait if fait in KINDS else "", qui.strip(), avant)
    with database.snapshot(ctx.engine) as connection:
        found = security_log.list_entries(connection, land, wanted, A_PAGE + 1)
        number, _ = security_log.end(connection, land)
        key = security_log.find_key(connection)
        faults = log_check.check(connection, land, [key] if key else []) if verifier else []
    return show(
        request, ctx, who, "security_log.html", title="Journal de sécurité", entries=found[:A_PAGE], wanted=wanted,
        kinds=KINDS, about=_name, number=number, checked=bool(verifier), faults=faults, when=format_moment,
        older=found[A_PAGE - 1].number if len(found) > A_PAGE else 0,
    )  # fmt: skip
