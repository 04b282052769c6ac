"""Carry the requests of the sync by the browser's `fetch`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx
from js import AbortController, Object, fetch
from pyodide.ffi import JsException, to_js

_BROWSERS = ("host", "user-agent", "accept-encoding", "connection", "content-length")
"""Headers that are the browser's own business."""
_DECODED = ("content-encoding", "content-length")
"""Headers of an answer that no longer hold: `fetch` has undone the compression."""
LONGEST = 20.0
"""Seconds before a request is given up where httpx says nothing."""


class FetchTransport(httpx.AsyncBaseTransport):
    """One request, its answer read whole: the sync streams nothing."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises httpx.ConnectError: a browser does not tell a bad certificate from no network,
        and httpx.ReadTimeout after the time httpx allows."""
        stop, late = AbortController.new(), False

        def give_up() -> None:
            nonlocal late
            late = True
            stop.abort()

        seconds = request.extensions.get("timeout", {}).get("read") or LONGEST
        limit = asyncio.get_running_loop().call_later(seconds, give_up)
        try:
            answer = await fetch(str(request.url), _options(request, await request.aread(), stop.signal))
            content = bytes((await answer.arrayBuffer()).to_bytes())
        except JsException as error:
            kind = httpx.ReadTimeout if late else httpx.ConnectError
            raise kind(str(error), request=request) from error
        finally:
            limit.cancel()
            stop.abort()  # of a sync that was called off; of a request that ended, it changes nothing
        # A redirect is not followed and has status 0: the server never redirects, a captive portal does.
        return httpx.Response(
            answer.status or 302, headers=_kept(answer.headers.entries()), content=content, request=request
        )


def _options(request: httpx.Request, body: bytes, signal: Any) -> Any:
    """Return what `fetch` is told."""
    headers = [[name, value] for name, value in request.headers.items() if name not in _BROWSERS]
    told = {
        "method": request.method, "headers": to_js(headers), "cache": "no-store", "redirect": "manual",
        "credentials": "omit", "signal": signal,
    } | ({"body": to_js(body)} if body else {})  # fmt: skip
    return Object.fromEntries(to_js(list(told.items())))


def _kept(headers: Iterable[Any]) -> list[tuple[str, str]]:
    """Return the headers of an answer that still hold."""
    return [(str(name), str(value)) for name, value in headers if str(name).lower() not in _DECODED]
