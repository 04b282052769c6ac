"""Give the numbers of the server to whoever watches over it: by its token, or from this machine."""

from __future__ import annotations

import hmac
import math
import re
from collections.abc import Iterator
from pathlib import Path

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from sync_server.desk import device_counts
from sync_server.errors import ServerError
from sync_server.storage import database, outages
from sync_server.web.context import Context, Ctx, shown_token
from sync_server.web.running import tls
from sync_server.web.running.metrics import Family, Sample, write

router = APIRouter(tags=["watch"], include_in_schema=False)
TYPE = "text/plain; version=0.0.4; charset=utf-8"
SHORTEST = 32
"""Characters of a token: as many as nobody guesses, so that tries need no count."""
OPEN_TO_OTHERS = (
    "Le jeton des mesures « {path} » est ouvert à d’autres comptes (droits {mode:03o}) : faites-en un autre, et"
    " fermez-le par « chmod 600 {path} »."
)
TOO_SHORT = (
    "Le jeton des mesures « {path} » doit tenir sur une ligne, en 32 lettres et chiffres au moins. Faites-en un"
    " par « openssl rand -hex 32 »."
)
_TOKEN = re.compile(rb"[!-~]{%d,}" % SHORTEST)
_OURSELVES = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.ASCII)
_FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""What a proxy adds: whoever comes through one of this machine is not of this machine."""


def read_token(path: Path | None) -> bytes | None:
    """Read the token that opens the numbers; None where the settings name none. Raises ValueError, in French, on
    one that others may read or guess."""
    if path is None:
        return None
    tls.check_rights(path, OPEN_TO_OTHERS)
    token = path.read_bytes().strip()
    if not _TOKEN.fullmatch(token):
        raise ValueError(TOO_SHORT.format(path=path))
    return token


def may_read(request: Request, token: bytes | None) -> bool:
    """Tell whether who asks shows the token; where there is none, whether it is on this machine and asks the
    server itself: by its own address, through no proxy that says so."""
    if token is not None:
        return hmac.compare_digest(shown_token(request).encode(), token)
    if any(name in request.headers for name in _FORWARDED):
        return False
    asked = _OURSELVES.fullmatch(request.headers.get("Host", "").lower())
    return bool(asked and request.client and tls.is_loopback(request.client.host))


@router.get("/metrics")
async def metrics(request: Request, ctx: Ctx) -> Response:
    """Write the numbers. Raises ServerError `not_watching`."""
    if not may_read(request, request.app.state.metrics_token):
        raise ServerError("not_watching")
    looked = await to_thread.run_sync(lambda: list(look(ctx)))
    return Response(write([*ctx.metrics.list_counts(), *looked]), media_type=TYPE)


def look(ctx: Context) -> Iterator[Family]:
    """Look at what is not counted: the database, its disk, the tablets, the security log, the certificate."""
    try:
        with database.reading(ctx.engine) as connection:
            counts = device_counts.count_devices(connection, ctx.settings.territory, ctx.today, ctx.now)
    except Exception as error:
        if not (outages.is_outage(error) or outages.is_full(error)):
            raise
        counts = None
    yield _gauge("database_up", "1 si la base répond, 0 sinon.", 0 if counts is None else 1)
    if counts is not None:
        told = "Tablettes vues ces quatorze derniers jours (seen) ou non (silent), ou à confirmer (waiting)."
        by_state = {"seen": counts.seen, "silent": counts.silent, "waiting": counts.waiting}
        yield Family("devices", "gauge", told, [Sample(n, {"state": state}) for state, n in by_state.items()])
        told = "Tablettes qui ont dû attendre aujourd’hui, leur avance épuisée."
        yield _gauge("devices_over_quota", told, counts.over_quota)
        yield _gauge("enrolment_codes", "Codes valables qui attendent une tablette.", counts.codes)
    if math.isfinite(room := database.room_left(ctx.engine)):
        yield _gauge("disk_free_bytes", "Place libre sur le disque de la base, en octets.", room)
    if (when := ctx.metrics.head_told) is not None:
        told = "Secondes depuis le dernier relevé du journal de sécurité écrit hors de la base."
        yield _gauge("security_head_age_seconds", told, ctx.now - when)
    if (end := ctx.metrics.certificate_end) is not None:
        yield _gauge("certificate_end_seconds", "Fin du certificat servi, en secondes depuis 1970.", end)


def _gauge(name: str, told: str, value: float) -> Family:
    return Family(name, "gauge", told, [Sample(value)])
