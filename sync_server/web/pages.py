"""Answer with a page of the console: its frame, its errors, and the form that did not act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from shared.field_labels import FIELDS
from sync_server.access import sessions
from sync_server.errors import ServerError
from sync_server.intake import store
from sync_server.storage import database
from sync_server.web import rendering
from sync_server.web.context import PARIS, Context
from sync_server.web.one_act import DONE_BEFORE, UnusedFormError

UNTYPED = frozenset(
    ["lu", "revision", "base", "seen", "vues", "nouvelle", "choisies", "liste", "code", "remettre"]
)
"""Fields that a page fills in by itself."""


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page from its template. `who` is None before signing in."""
    return HTMLResponse(rendering.render(template, **values), status)


def show(
    request: Request,
    ctx: Context,
    who: sessions.SignedIn | None,
    template: str,
    status: int = 200,
    **values: Any,
) -> Response:
    """Return a page with the frame: who is signed in, and whether the data is invented."""
    with database.reading(ctx.engine) as connection:
        synthetic = store.is_synthetic(connection, ctx.settings.territory)
    frame = {"who": who, "synthetic": synthetic, "here": request.url.path, "again": read_done_before(request)}
    return page(template, status, **(frame | values))


def format_moment(at: int) -> str:
    """Write a moment, in seconds since 1970, in the time of the territory: « 01/12/2026 à 14 h 05 »."""
    return f"{datetime.fromtimestamp(at, PARIS):%d/%m/%Y à %H h %M}"


def read_done_before(request: Request) -> str:
    """Read what the address says of a form sent twice: that it acted once, that it still acts, or nothing."""
    said = request.query_params.get(DONE_BEFORE, "")
    return said if said in ("oui", "en-cours") else ""


def unused_form_page(request: Request, error: UnusedFormError, reference: str, action: str = "") -> Response:
    """Return what was typed into a form that did not act, in a form that does; it is sent where the request went,
    or to `action`."""
    words = [(FIELDS.get(name, ""), value) for name, value in error.typed if value.strip() and name not in UNTYPED]
    return page(
        "unused_form.html",
        error.kind.status,
        who=error.who,
        synthetic=False,
        here=request.url.path,
        action=action or request.url.path + (f"?{request.url.query}" if request.url.query else ""),
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
