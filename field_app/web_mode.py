"""Flet's web mode, a developer's tool: a web server on the loopback, whose Python is this machine's own."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
REFUSED = 1008
"""WebSocket: against the rules (RFC 6455, 7.4.1)."""


class Answers(Protocol):
    """An ASGI application."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""


class OwnPagesOnly:
    """Lets nobody in but the pages that this server gave: a browser sends a WebSocket for any page that asks, and
    a name of the outside may be made to point at the loopback."""

    def __init__(self, app: Answers) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or refuse it before the application hears of it."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}
        if scope["type"] in ("http", "websocket") and not is_own(scope["type"], headers):
            await _refuse(scope["type"], send)
            return
        await self._app(scope, receive, send)


def is_own(kind: str, headers: dict[str, str]) -> bool:
    """Tell whether a request comes from this machine's own page. A WebSocket must say that it does; a page that is
    opened by its address says nothing of where it comes from."""
    host, origin = headers.get("host", ""), headers.get("origin")
    if urlsplit(f"//{host}").hostname not in LOOPBACK:
        return False
    return origin == f"http://{host}" if kind == "websocket" or origin is not None else True


async def _refuse(kind: str, send: Any) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": REFUSED})
        return
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"403"})


def serve(app: Answers, port: int) -> None:
    """Answer on that port of the loopback until the process is stopped."""
    import uvicorn  # comes with Flet's web mode alone

    uvicorn.run(OwnPagesOnly(app), host="127.0.0.1", port=port, log_level="warning")
