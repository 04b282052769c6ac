"""Pushes and pulls over httpx, async only: this must run where there are neither threads nor blocking sockets.

Every failure keeps the queue. What answers but does not speak the protocol (a captive portal) is not the server.
"""

from __future__ import annotations

import random
import ssl
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from field_app.kept import Kept
from shared import wire

BATCH = 100
PAGE = 200
TIMEOUT = httpx.Timeout(20.0, connect=10.0)
FIRST_DELAY, LONGEST_DELAY = 5.0, 300.0
"""Seconds before the first retry, and at most: retries never stop and never hammer."""
_PROTOCOL = {wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}
Answer = TypeVar("Answer", bound=BaseModel)


class SyncError(Exception):
    """Why a sync did not end: a French sentence, and the server's wish to be left alone for `retry_after` s."""

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
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


class SyncClient:
    """Speaks the protocol to one server. `transport` is for tests."""

    def __init__(
        self, server_url: str, token: str = "", transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = address(server_url)
        self._headers = _PROTOCOL | ({"Authorization": f"Bearer {token}"} if token else {})
        self._transport = transport

    async def enrol(self, code: str) -> tuple[Enrolment, bool]:
        """A one-time code against a token; whether the server holds invented data. Raises SyncError."""
        try:
            body = wire.Enrol(code=code)
        except ValidationError as error:
            raise SyncError("bad_code", WRONG_CODE) from error
        found = await self._call("POST", "/devices/enrol", wire.Enrolled, body=body)
        enrolment = Enrolment(self._url, found.device_id, found.token, found.team, found.action)
        return enrolment, found.synthetic

    async def run(self, store: Outbox) -> bool:
        """Pushes all that waits, then pulls all that is new; whether the server holds invented data.

        Raises SyncError; what was settled before it stays settled.
        """
        await self._push(store)
        return await self._pull(store)

    async def _push(self, store: Outbox) -> None:
        before: set[tuple[str, int]] = set()
        while leaving := await store.to_send(BATCH):
            batch = wire.Batch(records=[kept.record.model_dump(exclude_defaults=True) for kept in leaving])
            answer = await self._call("POST", "/sync/push", wire.Receipts, body=batch)
            for receipt in answer.receipts:
                await store.mark(receipt)
            asked = {(kept.id, kept.revision) for kept in leaving}
            if asked == before:  # no receipt settles them: else the same batch would leave for ever
                raise SyncError("broken", "Le serveur n’a pas accusé réception. Prévenez la coordination.")
            before = asked

    async def _pull(self, store: Outbox) -> bool:
        cursor = await store.cursor(self._url)
        while True:
            query = {"limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
            page = await self._call("GET", "/sync/pull", wire.Page, query=query)
            if page.refetch and cursor is None:
                raise SyncError("broken", "Le serveur ne sait plus où reprendre. Prévenez la coordination.")
            if not page.refetch:
                await store.take_page(page, self._url)
            cursor = page.cursor
            if not page.more and not page.refetch:
                return page.synthetic

    async def _call(
        self,
        method: str,
        path: str,
        kind: type[Answer],
        body: BaseModel | None = None,
        query: dict[str, str] | None = None,
    ) -> Answer:
        content = body.model_dump_json().encode() if body else None
        headers = self._headers | ({"Content-Type": "application/json"} if body else {})
        try:
            async with httpx.AsyncClient(transport=self._transport, verify=_trusted(), timeout=TIMEOUT) as client:
                answer = await client.request(
                    method, self._url + path, content=content, headers=headers, params=query
                )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
            raise SyncError("address", ADDRESS) from error
        except httpx.HTTPError as error:
            raise SyncError("offline", OFFLINE) from error
        return _read(answer, kind)


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that are trusted, read once: 27 ms under the worker's finger each time otherwise."""
    return httpx.create_ssl_context()


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
            raise SyncError("offline", OFFLINE, _retry_after(answer)) from error
        raise SyncError("portal", PORTAL) from error
    raise SyncError(failure.code, f"{failure.message} {failure.hint}", _retry_after(answer))


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None


def delay(failures: int, retry_after: float | None = None) -> float:
    """Seconds to wait after that many failures in a row: doubled each time, bounded, and jittered so that a
    whole fleet does not come back at the same second."""
    longest = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(failures, 10))
    return max(random.uniform(longest / 2, longest), retry_after or 0.0)  # noqa: S311  # jitter, not secrecy
