"""Pushes and pulls over httpx, async only: this must run where there are neither threads nor blocking sockets.

Every failure keeps the queue. What answers but does not speak the protocol (a captive portal) is not the server.
"""

from __future__ import annotations

import gzip
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from field_app.kept import Kept
from field_app.pace import Pace
from shared import wire

PAGE = 200
TIMEOUT = httpx.Timeout(20.0, connect=10.0)
_BODY = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
_PROTOCOL = {wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}
Answer = TypeVar("Answer", bound=BaseModel)


class SyncError(Exception):
    """Why a sync did not end: a French sentence, and the server's wish to be left alone for `retry_after` s."""

    def __init__(self, code: str, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


OFFLINE = "Pas de réseau, ou serveur injoignable. Vos saisies restent sur la tablette."
ADDRESS = "Cette adresse n’est pas valable. Elle ressemble à https://serveur.exemple.fr"
IN_CLEAR = "Cette adresse n’est pas protégée. Demandez à l’administration celle qui commence par https://"
THIS_MACHINE = ("127.0.0.1", "localhost", "::1", "10.0.2.2")
"""Where nothing leaves the machine; the last is how an Android emulator calls the desk it runs on."""
WRONG_CODE = "Ce code n’est pas valable : vérifiez-le."
UNTRUSTED = (
    "La connexion au serveur n’est pas sûre : la date de la tablette est peut-être fausse, ou ce réseau "
    "s’interpose. Rien n’a été envoyé ; vos saisies restent sur la tablette."
)
PORTAL = "Ce réseau demande une connexion (portail). Ouvrez-la, ou attendez un autre réseau."


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the tablet knows of its server and of itself."""

    server_url: str
    device_id: str
    token: str
    team: str
    action: str


class Outbox(Protocol):
    """All that the sync may do with what the tablet keeps: no way from here to the private notes."""

    async def to_send(self, most: int) -> list[Kept]:
        """See `LocalStore`."""

    async def mark(self, receipt: wire.Receipt) -> None:
        """See `LocalStore`."""

    async def take_page(self, page: wire.Page, server_url: str) -> None:
        """See `LocalStore`."""

    async def cursor(self, server_url: str) -> str | None:
        """See `LocalStore`."""

    async def acknowledged(self, received: bool = False) -> dict[str, str]:
        """See `LocalStore`."""

    async def send_again(self, record_ids: Iterable[str]) -> None:
        """See `LocalStore`."""


class SyncClient:
    """Speaks the protocol to one server. `pace` is that of the syncs before, `told` hears how many
    records have been settled; `transport` is for tests."""

    def __init__(
        self,
        server_url: str,
        token: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
        pace: Pace | None = None,
        told: Callable[[int], object] = lambda left: None,
    ) -> None:
        self._url = address(server_url)
        self._headers = _PROTOCOL | ({"Authorization": f"Bearer {token}"} if token else {})
        self._transport = transport
        self._pace = pace or Pace()
        self._told = told

    async def enrol(self, code: str) -> tuple[Enrolment, bool]:
        """A one-time code against a token; whether the server holds invented data. Who has a token of this server
        already shows it: what was written under it stays this tablet's own. Raises SyncError."""
        try:
            body = wire.Enrol(code=code)
        except ValidationError as error:
            raise SyncError("bad_code", WRONG_CODE) from error
        async with self._link() as link:
            found = await self._call(link, "POST", "/devices/enrol", wire.Enrolled, body=body)
        enrolment = Enrolment(self._url, found.device_id, found.token, found.team, found.action)
        return enrolment, found.synthetic

    async def run(self, store: Outbox, prove: bool = False) -> bool:
        """Pushes all that waits, then pulls all that is new; with `prove`, compares what both hold, and sends
        again what the server lost. Whether the server holds invented data.

        Raises SyncError; what was settled before it stays settled.
        """
        try:
            # One connection for all of it: on a bad network each handshake takes seconds.
            async with self._link() as link:
                await self._push(link, store)
                synthetic = await self._pull(link, store)
                if prove:
                    await self._reconcile(link, store)
                    await self._push(link, store)  # what the server turned out to have lost
        except SyncError as error:
            self._pace.gave_up(error.retry_after, offline=error.code == "offline")
            raise
        self._pace.went_well()
        return synthetic

    async def _reconcile(self, link: httpx.AsyncClient, store: Outbox) -> None:
        """Compares digests; where they differ, asks for each record."""
        theirs = await self._call(link, "GET", "/sync/reconcile", wire.Held)
        mine = await store.acknowledged()
        differing = {d for d, digest in wire.fingerprints(mine).items() if theirs.digests.get(d) != digest}
        await self._claim(link, store, {i: mark for i, mark in mine.items() if i[-1] in differing})

    async def _claim(self, link: httpx.AsyncClient, store: Outbox, known: dict[str, str]) -> None:
        """Asks whether the server still holds these, and has what it lost sent again."""
        asked = list(known.items())
        for start in range(0, len(asked), wire.MOST_RECORDS):
            claim = wire.Claim(held=dict(asked[start : start + wire.MOST_RECORDS]))
            lost = await self._call(link, "POST", "/sync/reconcile", wire.Lost, body=claim)
            await store.send_again(lost.ids)

    def _link(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self._transport, verify=_trusted(), timeout=TIMEOUT)

    async def _push(self, link: httpx.AsyncClient, store: Outbox) -> None:
        before: set[tuple[str, int]] = set()
        waiting: set[str] = set()  # for a new code, since this tablet is revoked: they hold back no other
        settled = 0
        while True:
            found = await store.to_send(self._pace.size + len(waiting))
            leaving = [kept for kept in found if kept.id not in waiting][: self._pace.size]
            if not leaving:
                return
            for receipt in (await self._sent(link, leaving)).receipts:
                await store.mark(receipt)
                if any(reason.code == wire.REVOKED for reason in receipt.reasons):
                    waiting.add(receipt.id)
            self._pace.moved()
            asked = {(kept.id, kept.revision) for kept in leaving}
            if asked == before:  # no receipt settles them: else the same batch would leave for ever
                raise SyncError("broken", "Le serveur n’a pas accusé réception. Prévenez la coordination.")
            before = asked
            settled += len(leaving)
            self._told(settled)

    async def _sent(self, link: httpx.AsyncClient, leaving: list[Kept]) -> wire.Receipts:
        """The receipts of one batch; the next one is larger or smaller."""
        batch = wire.Batch(records=[kept.record.model_dump(exclude_defaults=True) for kept in leaving])
        begun = time.monotonic()
        try:
            answer = await self._call(link, "POST", "/sync/push", wire.Receipts, body=batch)
        except SyncError as error:
            if error.code in ("offline", "unavailable"):
                self._pace.failed()
            raise
        if len(leaving) == self._pace.size:
            self._pace.passed(time.monotonic() - begun)
        return answer

    async def _pull(self, link: httpx.AsyncClient, store: Outbox) -> bool:
        """Page after page; whether the server holds invented data."""
        cursor = await store.cursor(self._url)
        while True:
            query = {"limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
            page = await self._call(link, "GET", "/sync/pull", wire.Page, query=query)
            if page.refetch and cursor is None:
                raise SyncError("broken", "Le serveur ne sait plus où reprendre. Prévenez la coordination.")
            if page.refetch:
                # It may come from a backup. What it lost goes to it before its version of anything is taken: one
                # number may by now stand for two contents.
                await self._claim(link, store, await store.acknowledged(received=True))
                await self._push(link, store)
            else:
                await store.take_page(page, self._url)
                if page.records:
                    self._pace.moved()
            cursor = page.cursor
            if not page.more and not page.refetch:
                return page.synthetic

    async def _call(
        self,
        link: httpx.AsyncClient,
        method: str,
        path: str,
        kind: type[Answer],
        body: BaseModel | None = None,
        query: dict[str, str] | None = None,
    ) -> Answer:
        content = gzip.compress(body.model_dump_json().encode(), mtime=0) if body else None
        headers = self._headers | (_BODY if body else {})
        try:
            answer = await link.request(method, self._url + path, content=content, headers=headers, params=query)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise SyncError("address", ADDRESS) from error
        except httpx.HTTPError as error:
            if _untrusted(error):
                raise SyncError("untrusted", UNTRUSTED) from error
            raise SyncError("offline", OFFLINE) from error
        return _read(answer, kind)


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that are trusted, read once: 27 ms under the worker's finger each time otherwise."""
    return httpx.create_ssl_context()


def _untrusted(error: BaseException | None) -> bool:
    """Whether the server could not prove who it is."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def address(typed: str) -> str:
    """The server's address as typed, completed: nobody types « https:// » on a tablet.

    Raises SyncError for an `http://` to another machine: the token and the records would travel in clear.
    """
    bare = typed.strip().rstrip("/")
    try:
        elsewhere = bare.lower().startswith("http://") and (urlsplit(bare).hostname or "") not in THIS_MACHINE
    except ValueError as error:
        raise SyncError("address", ADDRESS) from error
    if elsewhere:
        raise SyncError("address", IN_CLEAR)
    return bare if "://" in bare or not bare else f"https://{bare}"


def _read(answer: httpx.Response, kind: type[Answer]) -> Answer:
    """The answer, if the server gave it. Raises SyncError."""
    try:
        if answer.is_success:
            return kind.model_validate_json(answer.content)
        failure = wire.Failure.model_validate_json(answer.content)
    except ValidationError as error:
        if answer.status_code >= 500:
            raise SyncError("unavailable", OFFLINE, _retry_after(answer)) from error
        raise SyncError("portal", PORTAL) from error
    raise SyncError(failure.code, f"{failure.message} {failure.hint}", _retry_after(answer))


def _retry_after(answer: httpx.Response) -> float:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else 0.0
