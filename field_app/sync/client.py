"""Pushes and pulls over httpx, async only: this must run where there are neither threads nor blocking sockets.

Every failure keeps the queue. What answers but does not speak the protocol (a captive portal) is not the server.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Protocol

import httpx
from pydantic import ValidationError

from field_app.sync import line as lines
from field_app.sync import proof
from field_app.sync.answers import ADDRESS as ADDRESS  # known from here to whoever syncs
from field_app.sync.answers import SyncError as SyncError
from field_app.sync.answers import address as address
from field_app.sync.enrolment import Enrolment as Enrolment
from field_app.sync.line import Line
from field_app.sync.pace import Pace
from field_app.sync.pushing import Push, Queue
from shared import wire

PAGE = 200
TIMEOUT = httpx.Timeout(20.0, connect=10.0)
WRONG_CODE = "Ce code n’est pas valable : vérifiez-le."
_PROTOCOL = {wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}


class Outbox(Queue, proof.Holdings, Protocol):
    """All that the sync may do with what the tablet keeps: no way from here to the private notes."""

    async def take_page(self, page: wire.Page, server_url: str) -> None:
        """See `LocalStore`."""

    async def cursor(self, server_url: str) -> str | None:
        """See `LocalStore`."""

    def counts(self) -> dict[str, int]:
        """See `LocalStore`."""


class SyncClient:
    """Speaks the protocol to one server. `pace` is that of the syncs before, `told` hears how many records have
    been settled; `territory` is the one the tablet enrolled in, empty before it knows, and `learned` then hears of
    it; `timed` hears how far the tablet's clock is ahead of the server's; `transport` is what carries the requests
    (`ports/transport.py`).

    `timeout` bounds each request, `page` how many records one answer of a pull holds."""

    def __init__(  # nosec B107  # no token before a tablet is enrolled
        self,
        server_url: str,
        token: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
        pace: Pace | None = None,
        told: Callable[[int], object] = lambda left: None,
        territory: str = "",
        learned: Callable[[str], object] = lambda territory: None,
        timed: Callable[[timedelta], object] = lambda gap: None,
        timeout: httpx.Timeout = TIMEOUT,
        page: int = PAGE,
    ) -> None:
        self._timeout, self._most = timeout, page
        self._url = address(server_url)
        self._headers = _PROTOCOL | ({"Authorization": f"Bearer {token}"} if token else {})
        self._transport = transport
        self._pace = pace or Pace()
        self._told = told
        self._territory = territory
        self._learned = learned
        self._timed = timed

    async def enrol(self, code: str) -> tuple[Enrolment, bool]:
        """Exchange a one-time code for a token; return also whether the server holds invented data. Who has a
        token of this server already shows it: what was written under it stays this tablet's own. Raises
        SyncError."""
        try:
            body = wire.Enrol(code=code)
        except ValidationError as error:
            raise SyncError("bad_code", WRONG_CODE) from error
        async with self._link() as link:
            found = await self._line(link).call("POST", "/devices/enrol", wire.Enrolled, body=body)
        enrolment = Enrolment(self._url, found.device_id, found.token, found.team, found.action, found.territory)
        return enrolment, found.synthetic

    async def run(self, store: Outbox, prove: bool = False) -> bool:
        """Push all that waits, then pull all that is new; with `prove`, compare what both hold, and give each what
        it lost. Return whether the server holds invented data.

        Raises SyncError; what was settled before it stays settled.
        """
        self._pace.began()
        try:
            lines.check(self._territory)
            # One connection for all of it: on a bad network each handshake takes seconds.
            async with self._link() as link:
                line = self._line(link)
                # 1. Before a record leaves: is this the server of this territory?
                if self._territory and store.counts().get("pending"):
                    await line.recognise()
                # 2. What waits goes first: if the link breaks after that, nothing is left to lose.
                trouble = await self._push(line, store)
                # 3. What is new comes in.
                synthetic = await self._pull(line, store)
                # 4. Compare, on the days that are due: what one side lost comes back from the other.
                if prove:
                    await proof.reconcile(line, store, self._pace)
                    trouble = await self._push(line, store)  # what the server turned out to have lost
            if trouble is not None:
                raise trouble
        except SyncError as error:
            self._pace.gave_up(error.retry_after, offline=error.code == "offline")
            raise
        self._pace.went_well()
        return synthetic

    def _link(self) -> httpx.AsyncClient:
        if self._transport is not None:  # which trusts whom it trusts: a browser reads no list of authorities
            return httpx.AsyncClient(transport=self._transport, timeout=self._timeout)
        return httpx.AsyncClient(verify=_trusted(), timeout=self._timeout)

    def _line(self, link: httpx.AsyncClient) -> Line:
        return Line(link, self._url, self._headers, self._territory, self._learned, self._timed)

    async def _push(self, line: Line, store: Outbox) -> SyncError | None:
        """Send what waits; return why some of it still does."""
        push = Push(line, store, self._pace, self._told)
        await push.run()
        return push.trouble

    async def _pull(self, line: Line, store: Outbox) -> bool:
        """Pull page after page; return whether the server holds invented data."""
        cursor = await store.cursor(self._url)
        while True:
            page = await self._page(line, cursor)
            if page.refetch and cursor is None:
                raise SyncError("broken", "Le serveur ne sait plus où reprendre. Prévenez la coordination.")
            if page.refetch:
                # It may come from a backup. What it lost goes to it before its version of anything is taken: one
                # number may by now stand for two contents.
                await proof.claim(line, store, self._pace, await store.acknowledged(received=True))
                await self._push(line, store)
            else:
                await store.take_page(page, self._url)
                if page.records:
                    self._pace.moved()
            cursor = page.cursor
            if not page.more and not page.refetch:
                return page.synthetic

    async def _page(self, line: Line, cursor: str | None) -> wire.Page:
        """Return the next page; the next try asks for a smaller one where this one does not pass."""
        query = {"limit": str(min(self._most, self._pace.page))} | ({"cursor": cursor} if cursor else {})
        try:
            page = await line.call("GET", "/sync/pull", wire.Page, query=query)
        except SyncError as error:
            if error.code in ("offline", "unavailable", "too_large"):
                self._pace.page_failed(self._most)
            raise
        self._pace.page_passed()
        return page


@cache
def _trusted() -> ssl.SSLContext:
    """Return the authorities that are trusted, read once: 27 ms under the worker's finger each time otherwise."""
    return httpx.create_ssl_context()
