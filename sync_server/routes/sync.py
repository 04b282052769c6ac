"""What the tablets call."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from shared import wire
from sync_server import auth, database, devices, pages, store
from sync_server.context import Ctx, Origin, known_device, protocol
from sync_server.errors import ServerError

router = APIRouter(tags=["sync"])
Device = Annotated[devices.KnownDevice, Depends(known_device)]


WORTH_PACKING = 1_000
"""Bytes: below, the headers outweigh what packing spares."""


def _json(request: Request, model: BaseModel) -> Response:
    """Straight from the model: FastAPI would validate again what we have just built. Packed for who unpacks it;
    only here: a page of the console holds a token beside what somebody typed, and the size would tell (BREACH)."""
    body = model.model_dump_json().encode()
    headers = {"Vary": "Accept-Encoding"}
    if len(body) > WORTH_PACKING and "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers = gzip.compress(body, 5, mtime=0), headers | {"Content-Encoding": "gzip"}
    return Response(body, headers=headers, media_type="application/json")


@router.get("/healthz")
def health(ctx: Ctx) -> dict[str, str]:
    """Whether the server and its database answer."""
    with database.reading(ctx.engine) as connection:
        store.is_synthetic(connection, ctx.settings.territory)
    return {"status": "ok"}


@router.post("/devices/enrol", response_model=wire.Enrolled, dependencies=[Depends(protocol)])
def enrol(request: Request, ctx: Ctx, origin: Origin, body: wire.Enrol) -> Response:
    """A one-time code against a token. Failures are limited by address."""
    territory = ctx.settings.territory
    limit = auth.Limit(origin, ctx.now, ctx.settings.failed_attempts)
    enrolled = devices.enrol(ctx.engine, territory, body.code, ctx.today, limit.now, limit)
    if enrolled is None:
        raise ServerError("bad_code")
    return _json(request, enrolled)


@router.post("/sync/push", response_model=wire.Receipts, dependencies=[Depends(protocol)])
def push(request: Request, ctx: Ctx, device: Device, batch: wire.Batch) -> Response:
    """One receipt per record, in order. A revoked device may still hand in what it holds."""
    receipts = store.accept(ctx.engine, device.sender, batch.records, ctx.today)
    return _json(request, wire.Receipts(receipts=receipts))


@router.get("/sync/pull", response_model=wire.Page, dependencies=[Depends(protocol)])
def pull(
    request: Request,
    ctx: Ctx,
    device: Device,
    cursor: str | None = Query(default=None, max_length=100),
    limit: int = Query(default=200, ge=1, le=wire.MOST_RECORDS),
) -> Response:
    """The next page of what this device may see, in the order of commit."""
    if device.revoked:
        raise ServerError("revoked_device")
    since = ctx.today - timedelta(days=ctx.settings.device_window_days)
    with database.reading(ctx.engine) as connection:
        return _json(request, pages.page(connection, device.sender, cursor, limit, since))


@router.get("/sync/reconcile", response_model=wire.Held, dependencies=[Depends(protocol)])
def reconcile(request: Request, ctx: Ctx, device: Device) -> Response:
    """What is held of what this device wrote, so that both can prove they agree."""
    with database.reading(ctx.engine) as connection:
        return _json(request, pages.held(connection, device.sender))


@router.post("/sync/reconcile", response_model=wire.Lost, dependencies=[Depends(protocol)])
def claim(request: Request, ctx: Ctx, device: Device, claim: wire.Claim) -> Response:
    """What was acknowledged and is held no more: the tablet sends it again."""
    with database.reading(ctx.engine) as connection:
        return _json(request, pages.lost(connection, device.sender, claim))
