"""The dependencies of a route: the engine, the settings, the clock, and who is asking.

What touches no database is `async`, though it awaits nothing: FastAPI sends every other function to a thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from anyio import to_thread
from fastapi import Depends, Request
from sqlalchemy import Engine

from shared import wire
from sync_server import numbers
from sync_server.access import devices, roles, sessions
from sync_server.access.quotas import Quotas
from sync_server.access.roles import Right
from sync_server.directory.geocoding import Adapter
from sync_server.errors import ServerError
from sync_server.intake.epochs import OutsideMark
from sync_server.settings import Settings
from sync_server.storage import database, local_codes, security_log
from sync_server.storage.audit_log import Actor
from sync_server.storage.security_log import Happening
from sync_server.web.logs.request_log import entry_of
from sync_server.web.running.metrics import Metrics
from sync_server.web.writing import Source

COOKIE = "__Host-session"
"""The prefix makes the browser refuse it from another host, without TLS (localhost excepted) or for a sub-path."""
BROWSER = "__Host-browser"
"""What a browser is known by once somebody has signed in from it (`access/browsers.py`)."""
PARIS = ZoneInfo("Europe/Paris")
TO_CONFIRM = 20
"""Seconds after which a tablet that waits to be confirmed asks again: two people wait, on the telephone."""
LATEST_PROTOCOL = 999_999
"""Above, it is no version: a client from the future is answered as today, one that says nonsense is not."""


def paris_now() -> datetime:
    """Return the moment, where the territory is: a day ends at midnight in Belfort, not in Greenwich."""
    return datetime.now(PARIS)


@dataclass(frozen=True, slots=True)
class Context:
    """Made once by `create_app`; the clock is handed in so that tests can set it, and what asks for addresses.
    `key` seals what is kept of the accounts' second factors."""

    engine: Engine
    settings: Settings
    clock: Callable[[], datetime] = paris_now
    geocoder: Adapter = None
    mark: OutsideMark = field(default_factory=lambda: OutsideMark(None))
    quotas: Quotas = field(default_factory=lambda: Quotas(Settings().quotas, time.time))
    key: str = ""
    metrics: Metrics = field(default_factory=Metrics)

    @property
    def today(self) -> date:
        """The day in the territory."""
        return self.clock().date()

    @property
    def source(self) -> Source:
        """Database and day with which another process finds the same figures."""
        return Source(self.engine.url.render_as_string(hide_password=False), self.settings.territory, self.today)

    def note(self, happened: Happening) -> None:
        """Add an entry to the security log, on the disk when this returns."""
        with database.writing(self.engine) as connection:
            security_log.note(connection, self.settings.territory, self.now, happened)

    @property
    def moment(self) -> sessions.Moment:
        """Now, and how long a session may be left alone."""
        return sessions.Moment(self.now, self.settings.idle_minutes * 60)

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return int(self.clock().timestamp())


async def context(request: Request) -> Context:
    """Return the context of the app that serves this request."""
    found: Context = request.app.state.context
    return found


Ctx = Annotated[Context, Depends(context)]


async def origin(request: Request) -> str:
    """Return the address that a credential is tried from. Behind a proxy it is the one that a trusted proxy says
    (`TRUSTED_PROXIES`)."""
    return request.client.host if request.client else "?"


Origin = Annotated[str, Depends(origin)]


async def protocol(request: Request) -> None:
    """Refuse a client older than the wire allows; it is told so and keeps its data."""
    version = request.headers.get(wire.PROTOCOL_HEADER, "")
    if (numbers.whole(version, most=LATEST_PROTOCOL) or 0) < wire.OLDEST_PROTOCOL:
        raise ServerError("protocol_too_old")


async def same_territory(request: Request, ctx: Ctx) -> None:
    """Refuse a client of another territory, before anything of it is read; an older one names none."""
    named = request.headers.get(wire.TERRITORY_HEADER, "")
    if named and named != ctx.settings.territory:
        raise ServerError("other_territory")


def shown_token(request: Request) -> str:
    """Return the token that the request shows; empty when there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def known_device(request: Request, ctx: Ctx) -> devices.KnownDevice:
    """Return the enrolled device that asks, revoked or not; its last day of use is kept. Raises ServerError
    `unknown_device`, `pending_device` and `declined_device`."""
    token = shown_token(request)
    with database.reading(ctx.engine) as connection:
        known = devices.device(connection, token) if token else None
    if known is None:
        raise ServerError("unknown_device")
    entry = entry_of(request)
    entry.team, entry.who = known.sender.team, known.sender.device_id or ""
    if not known.confirmed:  # nor is it noted as seen: that would end the enrolment it had before
        if known.revoked:
            raise ServerError("declined_device")
        raise ServerError("pending_device", retry_after=TO_CONFIRM)
    devices.note_seen(ctx.engine, known, ctx.today)
    return known


def actor(ctx: Context, who: sessions.SignedIn) -> Actor:
    """Return who acts for this request, in the territory of this server, today."""
    return Actor(ctx.settings.territory, who.login, ctx.today)


def signed_in(request: Request, ctx: Ctx) -> sessions.SignedIn:
    """Return who is signed in to the console. Raises `not_signed_in`."""
    secret = request.cookies.get(COOKIE, "")
    with database.reading(ctx.engine) as connection:
        who = sessions.find_session(connection, ctx.settings.territory, secret, ctx.moment) if secret else None
        local_codes.adopt(connection, ctx.settings.territory)  # so that every page names them
    if who is None:
        raise ServerError("not_signed_in")
    sessions.note_seen(ctx.engine, ctx.settings.territory, secret, who, ctx.now)
    entry = entry_of(request)
    entry.role, entry.who = who.role, who.login
    return who


async def has_signed_in(request: Request) -> bool:
    """Tell whether somebody has signed in here, before anything of the request is read."""
    found, secret = await context(request), request.cookies.get(COOKIE, "")

    def look() -> bool:
        with database.reading(found.engine) as connection:
            return sessions.is_known(connection, found.settings.territory, secret, found.now)

    return bool(secret) and await to_thread.run_sync(look)


SignedIn = Annotated[sessions.SignedIn, Depends(signed_in)]


class May:
    """Require a right of whoever is signed in (`access/roles.py`): the dependency by which a route names it."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, ctx: Ctx, who: SignedIn) -> sessions.SignedIn:
        """Return who is signed in. Raises ServerError `forbidden` where their role has not the right,
        `first_password` until they chose their own, and `no_second_factor` where one is required and missing."""
        if not roles.may(who.role, self.right):
            raise ServerError("forbidden")
        if who.temporary and self.right != "account":
            raise ServerError("first_password")
        if ctx.settings.require_second_factor and not who.has_factor and self.right != "account":
            raise ServerError("no_second_factor")
        return who


PROOF_LASTS = 10 * 60
"""Seconds for which a second factor that was given is not asked again, of what asks for it again."""


def has_proved(ctx: Context, who: sessions.SignedIn, within: int) -> bool:
    """Tell whether whoever has a second factor gave it within so many seconds; who has none is asked for none."""
    return not who.has_factor or ctx.now - who.proved_at <= within


def proved(ctx: Ctx, who: SignedIn) -> None:
    """Require that whoever has a second factor gave it lately. Raises ServerError `prove_again`."""
    if not has_proved(ctx, who, PROOF_LASTS):
        raise ServerError("prove_again")


NUL = "\x00"
"""SQLite keeps it, PostgreSQL refuses it: no text that anybody means has one."""


def is_text(said: str) -> bool:
    """Tell whether it can be written at all: half a surrogate, which a form in UTF-7 may hold, cannot."""
    try:
        said.encode()
    except UnicodeEncodeError:
        return False
    return True


async def readable(request: Request) -> None:
    """Require an address without a NUL, in its path or its query: asked of every page (`create_app`)."""
    told = [request.scope["path"], *(text for pair in request.query_params.multi_items() for text in pair)]
    if any(NUL in text for text in told):
        raise ServerError("unreadable")


async def writable(request: Request) -> None:
    """Require a form that can be written, whatever becomes of its fields: asked of every page too, but that of
    signing in, where it is a wrong password."""
    if request.method == "POST" and not all(map(is_text, await _list_texts(request))):
        raise ServerError("unreadable")


async def readable_form(request: Request) -> None:
    """Require a form without a NUL, where no field of it says so itself."""
    if any(NUL in text for text in await _list_texts(request)):
        raise ServerError("unreadable")


async def _list_texts(request: Request) -> list[str]:
    """List all the texts of a form: the names of its fields, what they hold, the names of its files."""
    pairs = (await request.form()).multi_items()
    said = [(name, value if isinstance(value, str) else value.filename or "") for name, value in pairs]
    return [text for pair in said for text in pair]


def export_quota(request: Request, ctx: Ctx, who: SignedIn) -> None:
    """Count a file against the quota of whoever asks for it, and note it in the security log. Raises ServerError
    `quota_reached`."""
    ctx.quotas.take("export", who.login)
    ctx.note(Happening("export", who.login, request.url.path))


EXPORT = [Depends(proved), Depends(export_quota)]
"""Of every route that makes a file to keep."""


async def import_quota(ctx: Ctx, who: SignedIn) -> None:
    """Count a file that is brought. Raises ServerError `quota_reached`."""
    ctx.quotas.take("import", who.login)


async def same_origin(request: Request) -> None:
    """Require a form that comes from our own pages. Every browser of today says so in `Sec-Fetch-Site`; an older
    one has only `Origin`, which reads `null` under our referrer policy, so it is asked second."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:
        sender = request.headers.get("Origin", "").partition("://")[2]  # whatever it says, it is no fault of ours
        site = "same-origin" if sender in ("", request.headers.get("Host")) else "cross-site"
    if site not in ("same-origin", "none"):
        raise ServerError("stale_form")
