"""The application: routes, the mapping of errors, and the headers every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib.resources import files
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Lifespan

from sync_server.access.quotas import Quotas
from sync_server.access.second_factor import factors
from sync_server.directory import new_territory
from sync_server.errors import ServerError
from sync_server.intake import epochs
from sync_server.settings import Settings
from sync_server.storage import outages, security_log
from sync_server.web import pages, returning, web_client
from sync_server.web.context import Context, has_signed_in, paris_now, readable, writable
from sync_server.web.envelope import LARGER, Envelope
from sync_server.web.logs import request_log, watch
from sync_server.web.one_act import OF_PASSWORDS, DoneBeforeError, OneAct, UnusedFormError, say_done_before
from sync_server.web.openapi import DescribedApp
from sync_server.web.routes import (
    corrections,
    dashboard,
    directory,
    imports,
    lists,
    maps,
    pact,
    records,
    referrals,
    reports,
    slips,
    steering,
    sync,
)
from sync_server.web.routes.access import (
    confirming,
    devices,
    own_account,
    partner,
    second_factor,
    security,
    signing_in,
    staff,
)
from sync_server.web.running import metrics_page

OUTAGE_WAIT = 10
"""Seconds after which a database that did not answer is asked again."""
ROUTERS = (
    sync,
    signing_in,
    own_account,
    second_factor,
    dashboard,
    reports,
    maps,
    pact,
    referrals,
    steering,
    records,
    corrections,
    imports,
    directory,
    lists,
    devices,
    staff,
    confirming,
    security,
    partner,
    slips,
    metrics_page,
)


def create_app(
    settings: Settings, clock: Callable[[], datetime] = paris_now, lifespan: Lifespan[FastAPI] | None = None
) -> FastAPI:
    """Return the server over an upgraded database (`cli upgrade`); stateless, so several may share one
    database."""
    # The interactive docs load scripts from another host: the description itself stays, at /openapi.json.
    app = DescribedApp(title="Trait d’union", version="0.1.0", docs_url=None, redoc_url=None, lifespan=lifespan)
    new_territory.check_territory(settings.territory)
    mark = epochs.outside_mark(settings.database_url, settings.state_folder, settings.territory)
    quotas = Quotas(settings.quotas, lambda: clock().timestamp())
    engine = security_log.connect(settings)
    key = factors.open_key(settings)
    app.state.context = Context(engine, settings, clock, mark=mark, quotas=quotas, key=key)
    app.state.repeats = watch.Repeats()
    app.state.metrics_token = metrics_page.read_token(settings.metrics_token_file)
    for module in ROUTERS:
        # Not of a tablet: a cursor that was damaged is answered with a fresh start, whatever stands in it.
        asked = {sync: [], signing_in: [readable]}.get(module, [readable, writable])
        app.include_router(module.router, dependencies=[Depends(one) for one in asked])
    app.mount("/static", StaticFiles(directory=str(files("sync_server.web") / "static")), name="static")
    web_client.mount(app, settings.web_folder)
    app.add_exception_handler(ServerError, _failed)
    app.add_exception_handler(DoneBeforeError, _done_before)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(OneAct)
    app.add_middleware(Envelope, broken=_broken, ended=app.state.context.metrics.note, known=has_signed_in)
    return app


def _answer(request: Request, error: ServerError) -> Response:
    """Return a page for a person, JSON for a tablet; both with the reference of this request in the log."""
    entry = request_log.entry_of(request)
    entry.code = error.code
    if request.url.path.startswith("/coupon"):
        return pages.error_page(error, entry.reference, public=True)
    if not request.url.path.startswith("/console"):
        failure = error.failure(entry.reference)
        return JSONResponse(failure.model_dump(), error.kind.status, headers=error.headers)
    if isinstance(error, UnusedFormError) and request.url.path not in OF_PASSWORDS:
        return pages.unused_form_page(request, error, entry.reference)
    if error.code == "not_signed_in":
        return RedirectResponse("/console/connexion", 303)
    if error.code == "prove_again" and request.method == "GET":
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{second_factor.router.prefix}?{urlencode({'vers': asked})}", 303)
    if error.code in ("no_second_factor", "first_password"):
        return RedirectResponse(own_account.ACCOUNT, 303)
    if isinstance(error, UnusedFormError):
        error = ServerError("password_form")
    return pages.error_page(error, entry.reference)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServerError)  # noqa: S101  # nosec B101  # what it is registered for
    await watch.note_refusal(request, error)
    if error.code == "not_signed_in":
        login, kept = await returning.keep_form(request)
        if kept:
            request_log.entry_of(request).code = error.code
            return await to_thread.run_sync(signing_in.sign_in_again, request, login, kept)
    return _answer(request, error)


async def _done_before(_: Request, error: Exception) -> Response:
    """Lead who sent a form twice to where it led the first time."""
    assert isinstance(error, DoneBeforeError)  # noqa: S101  # nosec B101  # what it is registered for
    return RedirectResponse(say_done_before(error.location), 303)


async def _malformed(request: Request, _: Exception) -> Response:
    return _answer(request, ServerError("malformed"))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # nosec B101  # what it is registered for
    if error.status_code == 413 and request.url.path in LARGER:
        return _answer(request, ServerError("file_too_large"))
    by_status = {401: "not_signed_in", 404: "not_found", 405: "not_allowed", 400: "malformed", 413: "too_large"}
    return _answer(request, ServerError(by_status.get(error.status_code, "broken")))


def _broken(request: Request, error: Exception) -> Response:
    """Answer a fault of ours, or of a database that is away or full. Nothing of it is told but its reference: a
    database error, its traceback and the address would carry a record's content or id (PRIVACY)."""
    if outages.is_full(error):
        return _answer(request, ServerError("no_room", retry_after=OUTAGE_WAIT))
    if outages.is_outage(error):
        return _answer(request, ServerError("unavailable", retry_after=OUTAGE_WAIT))
    return _answer(request, ServerError("broken"))
