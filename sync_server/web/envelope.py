"""ASGI middleware around every request: body limit, gzip, security headers, the answer to a fault, the line in the
log."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import wire
from sync_server.web.logs import request_log
from sync_server.web.logs.request_log import RequestEntry

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), display-capture=(), payment=(), usb=(),"
    " serial=(), midi=()",
    "Cache-Control": "no-store",
}
"""CSP: same origin only; no framing; no-store: a shared computer keeps no page; of what a browser may let a page
do, the position of a tablet on a tap alone."""
HSTS = "max-age=31536000; includeSubDomains"
"""A year, and on HTTPS alone: a browser that has come once asks for nothing in clear any more, of this name and of
those below it (ASVS 3.4.1): the server has a name to itself."""
TOO_LATE = 408
_GZIP = 16 + zlib.MAX_WBITS
LARGER = {"/console/annuaire/import": 20_000_000}
"""The bodies that may be larger than a push, in bytes: a directory of the département as a file. Of whoever has
signed in alone: a form is kept on the disk while it comes, however slowly, before it is asked who sends it."""
TOO_LARGE, WHO = 413, 401


class Envelope:
    """The body is bounded as it comes, announced or not, packed and unpacked; the answer has `HEADERS`. What is
    raised ends here, in the answer that `broken` gives: further out, the whole of it would be logged, values too.
    An error says in `X-Request-Id` what the log calls it. `ended` is told of each request; `known` tells who may
    send a body of those in `LARGER`.

    Plain ASGI: starlette's middleware function costs a task and two queues for each request.
    """

    def __init__(
        self,
        app: ASGIApp,
        broken: Callable[[Request, Exception], ASGIApp],
        ended: Callable[[RequestEntry, Scope], None],
        known: Callable[[Request], Awaitable[bool]],
    ) -> None:
        self.app = app
        self.broken = broken
        self.ended = ended
        self.known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as an ASGI application does."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        entry = request_log.begin(scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", HSTS)
                if entry.status >= 400:
                    headers["X-Request-Id"] = entry.reference
            await send(message)

        try:
            body = _Body(scope, receive, *await self._bound(scope))
            await self.app(scope, body.next, with_headers)
        except ClientDisconnect:  # who asked is gone, or was too slow: no fault of ours, and nobody to answer
            entry.status = entry.status or TOO_LATE
        except Exception as error:  # whatever it is, it is told by its type
            entry.note_fault(error)
            if not entry.status:  # half an answer has no better end: the server closes the connection
                await self.broken(Request(scope), error)(scope, receive, with_headers)
        finally:
            request_log.write(entry, scope)
            self.ended(entry, scope)

    async def _bound(self, scope: Scope) -> tuple[int, int]:
        """Return the most bytes of the body of this request, and the status of one that is larger."""
        larger = LARGER.get(scope.get("path", ""))
        if larger is None or scope.get("method") != "POST":
            return wire.MOST_BYTES, TOO_LARGE
        return (larger, TOO_LARGE) if await self.known(Request(scope)) else (wire.MOST_BYTES, WHO)


class _Body:
    """One request's body, as it comes. Raises HTTPException: `beyond` above the bound, packed or not, 400 for what
    does not unpack, or goes on after its end."""

    def __init__(self, scope: Scope, receive: Receive, most: int, beyond: int) -> None:
        packed = Headers(scope=scope).get("content-encoding", "").lower() == "gzip"
        self._receive = receive
        self._unpacking = zlib.decompressobj(_GZIP) if packed else None
        self._size = self._received = 0
        self._most, self._beyond = most, beyond

    async def next(self) -> Message:
        """Receive one message, as ASGI's `receive`."""
        message = await self._receive()
        if message["type"] != "http.request":
            return message
        body = message.get("body", b"")
        self._received += len(body)
        if self._received > self._most:
            raise HTTPException(self._beyond)
        if self._unpacking is not None:
            body = self._unpacked(self._unpacking, body, last=not message.get("more_body", False))
        self._size += len(body)
        if self._size > self._most:
            raise HTTPException(self._beyond)
        return {**message, "body": body}

    def _unpacked(self, unpacking: zlib._Decompress, body: bytes, last: bool) -> bytes:
        if unpacking.eof and body:  # zlib keeps all that follows, and copies it at each piece
            raise HTTPException(400)
        # One byte above the bound at most: a few kilobytes may unpack to gigabytes.
        try:
            found = unpacking.decompress(body, self._most - self._size + 1)
        except zlib.error as error:
            raise HTTPException(400) from error
        if unpacking.unused_data:
            raise HTTPException(400)
        if last and not unpacking.eof and len(found) + self._size <= self._most:
            raise HTTPException(400)  # cut off
        return found
