"""The app of a test on a port of the loopback: a real event loop, its real threads, the test beside it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI

_NO_AUTHORITY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once: httpx would read all the certificate authorities for each request over plain http."""


def post(url: str, address: str = "127.0.0.1", **more: Any) -> httpx.Response:
    """The answer to a client of its own, from that address of the loopback."""
    way = httpx.HTTPTransport(verify=_NO_AUTHORITY, local_address=address)
    with httpx.Client(transport=way, timeout=60) as client:
        return client.post(url, **more)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()


@contextmanager
def serving(app: FastAPI, config: uvicorn.Config | None = None) -> Iterator[str]:
    """Its address, until the end of the block."""
    usual = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False)
    server = _Server(config or usual)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.up.wait(60)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


Given = TypeVar("Given")


def at_once(times: int, act: Callable[[int], Given]) -> list[Given]:
    """What `act` gives, done so many times, each in a thread of its own, all begun at the same moment."""
    start = threading.Barrier(times)

    def one(number: int) -> Given:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


class Watched(PasswordHasher):
    """Computes as a server does, and keeps how often it verified and how many at a time; waits for `go` first."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=1_024, parallelism=1)
        self.go, self.begun = threading.Event(), threading.Semaphore(0)
        self.go.set()
        self.verified = self.now = self.most = 0
        self._lock = threading.Lock()

    def verify(self, hash: Any, password: Any) -> Any:  # noqa: A002  # the library's name
        with self._lock:
            self.verified += 1
            self.now += 1
            self.most = max(self.most, self.now)
        self.begun.release()
        try:
            self.go.wait()
            return super().verify(hash, password)
        finally:
            with self._lock:
                self.now -= 1
