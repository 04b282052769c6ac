"""The real server on a port, with odd answers beside its own at `/odd/`: what networks make of it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.settings import Settings
from sync_server.web.app import create_app
from tools.run import free_port

LONG = 8.0
"""Seconds that the slow server takes: whoever waits gives up before."""


class CutError(Exception):
    """The connection breaks off here."""


@dataclass
class Served:
    """The server over that folder's database and build, which can be stopped and started again."""

    folder: Path
    web: Path
    port: int = field(default_factory=lambda: free_port(0))
    _running: tuple[uvicorn.Server, threading.Thread] | None = None

    def __post_init__(self) -> None:
        self.app: FastAPI = create_app(
            Settings(database_url=f"sqlite:///{self.folder / 'server.db'}", web_folder=self.web)
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def code(self) -> str:
        """Return a code that enrols one tablet."""
        engine = self.app.state.context.engine
        devices.create_team(engine, TERRITORY, "giromagny", "Giromagny", "trait-dunion")
        return devices.create_code(engine, TERRITORY, "giromagny", int(time.time()), 15)

    def start(self) -> None:
        """Start it unless it runs."""
        if self._running and self._running[1].is_alive() and not self._running[0].should_exit:
            return
        self.stop()
        config = uvicorn.Config(
            Odd(self.app, self._leave), host="127.0.0.1", port=self.port, log_level="critical", access_log=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        self._running = server, thread

    def stop(self) -> None:
        """Stop it and wait."""
        if self._running:
            self._leave()
            self._running[1].join()
            self._running = None

    def close(self) -> None:
        """Stop it and let go of its database."""
        self.stop()
        self.app.state.context.engine.dispose()

    def _leave(self) -> None:
        if self._running:
            self._running[0].should_exit = True


class Odd:
    """ASGI: `/odd/…` here, everything else by the server."""

    def __init__(self, server: ASGIApp, leave: Callable[[], None]) -> None:
        self._server, self._leave = server, leave
        self._asked: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/odd/"):
            await self._server(scope, receive, send)
            return
        name = scope["path"].split("/")[2]
        self._asked[name] += 1
        scope["asked"], body = self._asked, await _body(receive)
        scope["left"] = lambda: _until_left(receive)
        if name == "stop":
            self._leave()
        await ANSWERS[name](scope, body, send)


Answer = Callable[[Scope, bytes, Send], Awaitable[None]]


async def _body(receive: Receive) -> bytes:
    found, more = b"", True
    while more:
        message: Message = await receive()
        found += message.get("body", b"")
        more = message.get("more_body", False)
    return found


async def _until_left(receive: Receive) -> None:
    """Wait until whoever asked has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, status: int, body: bytes, *headers: tuple[str, str], more: bool = False) -> None:
    named = [(name.lower().encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": body, "more_body": more})


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


async def _echo(scope: Scope, body: bytes, send: Send) -> None:
    said = {
        "method": scope["method"], "query": scope["query_string"].decode(), "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "headers": {name.decode(): value.decode("latin-1") for name, value in scope["headers"]},
    }  # fmt: skip
    await _send(send, 200, _json(said), ("Content-Type", "application/json"))


async def _packed(scope: Scope, body: bytes, send: Send) -> None:
    words = gzip.compress(_json({"words": "é" * 5_000}))
    length = ("Content-Length", str(len(words)))
    await _send(send, 200, words, ("Content-Type", "application/json"), ("Content-Encoding", "gzip"), length)


async def _busy(scope: Scope, body: bytes, send: Send) -> None:
    await _send(send, 429, _json({"code": "busy"}), ("Retry-After", "7"))


async def _portal(scope: Scope, body: bytes, send: Send) -> None:
    await _send(send, 302, b"", ("Location", "http://127.0.0.1:1/login"))


async def _aside(scope: Scope, body: bytes, send: Send) -> None:
    await _send(send, 307, b"", ("Location", "/odd/trap"))


async def _asked(scope: Scope, body: bytes, send: Send) -> None:
    await _send(send, 200, _json(scope["asked"]), ("Content-Type", "application/json"))


async def _empty(scope: Scope, body: bytes, send: Send) -> None:
    await _send(send, 204, b"")


async def _slow(scope: Scope, body: bytes, send: Send) -> None:
    try:
        await asyncio.wait_for(scope["left"](), LONG)
    except TimeoutError:
        await _send(send, 200, b"late")
    else:
        scope["asked"]["left"] += 1


async def _stalls(scope: Scope, body: bytes, send: Send) -> None:
    await _send(send, 200, b"half", ("Content-Length", "100"), more=True)
    await asyncio.sleep(LONG)
    raise CutError


async def _cut(scope: Scope, body: bytes, send: Send) -> None:
    await _send(send, 200, b"half", ("Content-Length", "100"), more=True)
    raise CutError


ANSWERS: dict[str, Answer] = {
    "echo": _echo, "packed": _packed, "busy": _busy, "portal": _portal, "empty": _empty, "slow": _slow,
    "stalls": _stalls, "cut": _cut, "stop": _empty,
    "aside": _aside, "trap": _empty, "asked": _asked,
}  # fmt: skip
