"""A link that fails as it is told, between a real tablet and a real server: plain TCP, nothing of HTTP known."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

PORTAL = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>Bienvenue sur le Wi-Fi</h1>"


@dataclass
class Link:
    """`delay` in seconds before each piece that passes; `rate` in bytes a second each way; `cut_after` so many
    bytes of answers the connection ends, `abruptly` by a reset; `refuse` refuses at once, `portal` answers in the
    server's place. `answered` counts the bytes of answers that passed."""

    upstream: int
    delay: float = 0.0
    rate: float = 0.0
    cut_after: int | None = None
    abruptly: bool = False
    refuse: bool = False
    portal: bool = False
    answered: int = 0
    port: int = 0
    _server: asyncio.Server | None = field(default=None)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Link:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await asyncio.sleep(0.05)  # what was accepted last begins to be served, and is ended with the others
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                if self.portal:
                    await reader.readuntil(b"\r\n\r\n")
                    writer.write(PORTAL)
                    await writer.drain()
                elif not self.refuse:
                    await self._both_ways(reader, writer)
        finally:
            await self._end(writer)
            self._serving.discard(task)

    async def _both_ways(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.upstream)
        tasks = [
            asyncio.create_task(self._pass(reader, back, answers=False)),
            asyncio.create_task(self._pass(there, writer, answers=True)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._end(back)

    async def _end(self, writer: asyncio.StreamWriter) -> None:
        if self.abruptly:
            writer.transport.abort()
        writer.close()
        try:
            with suppress(OSError):
                await writer.wait_closed()
        finally:
            writer.transport.abort()  # cancelled meanwhile, it would outlive the loop

    async def _pass(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, answers: bool) -> None:
        while piece := await source.read(256 if self.rate else 65_536):
            await asyncio.sleep(self.delay + (len(piece) / self.rate if self.rate else 0))
            if answers and self.cut_after is not None:
                piece = piece[: max(0, self.cut_after - self.answered)]
            if answers:
                self.answered += len(piece)
            to.write(piece)
            await to.drain()
            if answers and self.cut_after is not None and self.answered >= self.cut_after:
                return
