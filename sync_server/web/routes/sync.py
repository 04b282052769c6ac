"""The routes that the tablets call: enrolment, push, pull, and the proof that both sides hold the same."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared import wire
from sync_server.access import accounts, devices
from sync_server.errors import ServerError
from sync_server.intake import batches, epochs, giving_back, pulling, store
from sync_server.intake.judge import Sender
from sync_server.storage import database
from sync_server.web.context import Context, Ctx, Origin, known_device, protocol, same_territory, shown_token
from sync_server.web.logs.request_log import entry_of

router = APIRouter(tags=["sync"])
Device = Annotated[devices.KnownDevice, Depends(known_device)]
ASKED = [Depends(protocol), Depends(same_territory)]
"""Of every request, before it is looked at: a version that is understood, and no other territory."""
A_REQUEST = 10
"""What a request counts for in what a tablet may read, beside its records."""
LEAST_ROOM, NOT_READY = 50_000_000, 10
"""Bytes of disk below which a server takes nothing more in; seconds after which to ask again."""
WITHOUT_VERSIONS = "1"
"""The protocol whose edits do not say from which versions they were made."""


def reader(ctx: Ctx, device: Device) -> Sender:
    """Read the device that asks for what is held. Raises ServerError `revoked_device`, it learns nothing any more,
    and `quota_reached`."""
    if device.revoked:
        raise ServerError("revoked_device")
    take(ctx, device, "pull", A_REQUEST)
    return device.sender


Reader = Annotated[Sender, Depends(reader)]


def take(ctx: Context, device: devices.KnownDevice, name: str, count: int) -> None:
    """Count what a tablet asks for against its quota; the console shows the last day it was too much. Raises
    ServerError `quota_reached`."""
    try:
        ctx.quotas.take(name, device.sender.device_id or "", count)
    except ServerError:
        devices.note_limited(ctx.engine, device, ctx.today)
        raise


def charge(ctx: Context, sender: Sender, records: int) -> None:
    """Count the records that an answer carries; the next request waits where they are too many."""
    ctx.quotas.charge("pull", sender.device_id or "", records)


WORTH_PACKING = 1_000
"""Bytes: below, the headers outweigh what packing spares."""


def _json(request: Request, model: BaseModel) -> Response:
    """Serialise straight from the model: FastAPI would validate again what we have just built. Gzip only JSON for
    tablets: console pages hold a CSRF token and would be open to BREACH."""
    body = model.model_dump_json().encode()
    headers = {"Vary": "Accept-Encoding"}
    if len(body) > WORTH_PACKING and "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers = gzip.compress(body, 5, mtime=0), headers | {"Content-Encoding": "gzip"}
    return Response(body, headers=headers, media_type="application/json")


@router.get("/healthz")
async def health() -> dict[str, str]:
    """Tell that the server answers; it asks nobody else."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(ctx: Ctx) -> dict[str, str]:
    """Tell whether it can serve: its database answers and is of this version, and there is room beside it. Raises
    ServerError `unavailable` and `no_room`."""
    with database.reading(ctx.engine) as connection:
        store.is_synthetic(connection, ctx.settings.territory)
        current = database.schema(connection) == database.head()
    if not current:
        raise ServerError("unavailable", retry_after=NOT_READY)
    if database.room_left(ctx.engine) < LEAST_ROOM:
        raise ServerError("no_room", retry_after=NOT_READY)
    return {"status": "ok"}


@router.get("/sync/territory", response_model=wire.Land, dependencies=ASKED)
async def territory(ctx: Ctx) -> wire.Land:
    """Tell whose server this is: a tablet asks it before it tells anything."""
    return wire.Land(territory=ctx.settings.territory)


@router.post("/devices/enrol", response_model=wire.Enrolled, dependencies=ASKED)
def enrol(request: Request, ctx: Ctx, origin: Origin, body: wire.Enrol) -> Response:
    """Exchange a one-time code for a token. Failures are limited by address. A tablet that is enrolled again shows
    its token of before as on any other call: its older records stay its own."""
    territory = ctx.settings.territory
    limit = accounts.Limit(origin, ctx.now, ctx.settings.failed_attempts)
    shown = shown_token(request)
    enrolled = devices.enrol(ctx.engine, territory, body.code, ctx.today, limit.now, limit, before=shown)
    if enrolled is None:
        raise ServerError("bad_code")
    return _json(request, enrolled)


class _Batch(Request):
    async def json(self) -> Any:
        return batches.whole(await self.body())


class _Push(APIRoute):
    """A route whose body is described and validated as any other, and read as a batch."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def with_a_batch(request: Request) -> Response:
            return await handle(_Batch(request.scope, request.receive))

        return with_a_batch


pushes = APIRouter(route_class=_Push)


@pushes.post("/sync/push", response_model=wire.Receipts, dependencies=ASKED)
def push(request: Request, ctx: Ctx, device: Device, batch: wire.Batch) -> Response:
    """Return one receipt per record, in order. A revoked device may still hand in what it never sent."""
    take(ctx, device, "push", max(1, len(batch.records)))
    names_versions = request.headers.get(wire.PROTOCOL_HEADER) != WITHOUT_VERSIONS
    sender = replace(device.sender, names_versions=names_versions)
    receipts = store.accept(ctx.engine, sender, batches.split(batch.records), ctx.today)
    entry_of(request).count_receipts(receipts)
    return _json(request, wire.Receipts(receipts=receipts, territory=sender.territory))


router.include_router(pushes)


@router.get("/sync/pull", response_model=wire.Page, dependencies=ASKED)
def pull(
    request: Request,
    ctx: Ctx,
    sender: Reader,
    cursor: str | None = None,
    limit: int = Query(default=200, ge=1, le=wire.MOST_RECORDS),
) -> Response:
    """Return the next page of what this device may see, in the order of commit."""
    window = ctx.settings.device_window_days
    since = ctx.today - timedelta(days=window)
    with database.reading(ctx.engine) as connection:
        page = pulling.page(connection, sender, cursor, limit, since, window)
    if page.refetch:
        if epochs.begin_if_went_back(ctx.engine, sender, cursor or "", ctx.today):
            ctx.mark.forget()
        # Again, whichever tablet's request began an epoch: where to start is a place in the new one.
        with database.reading(ctx.engine) as connection:
            page = pulling.page(connection, sender, cursor, limit, since, window)
    entry_of(request).counts = {"records": len(page.records)}
    charge(ctx, sender, len(page.records))
    if not page.more:
        ctx.mark.note(page.cursor)
    return _json(request, page)


@router.get("/sync/reconcile", response_model=wire.Held, dependencies=ASKED)
def reconcile(
    request: Request,
    ctx: Ctx,
    sender: Reader,
    parts: str = Query(default="", pattern="^[0-9a-f]{0,16}$"),
    after: str = Query(default="", max_length=40),
) -> Response:
    """List what is held of what this device wrote, so that both can prove they agree; of those parts, each id."""
    with database.reading(ctx.engine) as connection:
        if parts:
            return _json(request, giving_back.list_parts(connection, sender, parts, after))
        return _json(request, pulling.count_held(connection, sender))


@router.post("/sync/reconcile", response_model=wire.Lost, dependencies=ASKED)
def claim(request: Request, ctx: Ctx, sender: Reader, claim: wire.Claim) -> Response:
    """List what was acknowledged and is held no more: the tablet sends it again. What it wrote and wants back."""
    with database.reading(ctx.engine) as connection:
        lost = pulling.find_lost(connection, sender, claim)
        lost.records = giving_back.give_back(connection, sender, claim.wanted)
    lost.territory = sender.territory
    charge(ctx, sender, len(lost.records))
    return _json(request, lost)
