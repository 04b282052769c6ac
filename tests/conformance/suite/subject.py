"""What a check is given: the ports of one platform, a server, and what the other platform made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import httpx

from field_app.ports.ports import Ports
from field_app.ports.secret import SecretBytes
from field_app.ports.vault import Ciphers

SECRET = SecretBytes(range(32))
"""The device secret of every fixed case."""
DATABASE = "tablet.db"
"""The one name that a browser has a handle for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """`server` is its address, `code` enrols one tablet; `brought` has in hexadecimal what the other platform
    sealed (`sealing.seal_for_the_other`), `golden` the dumps of released databases by name."""

    platform: Literal["desk", "browser"]
    ports: Ports
    ciphers: Ciphers
    server: str
    code: str
    brought: dict[str, str]
    golden: dict[str, str]

    def client(self, seconds: float = 10) -> httpx.AsyncClient:
        """Return a client over the transport of the platform, that waits so long for an answer."""
        return httpx.AsyncClient(
            transport=self.ports.transport(), base_url=self.server, timeout=httpx.Timeout(seconds), trust_env=False
        )


Refusal = TypeVar("Refusal", bound=Exception)
Check = Callable[[Subject], Awaitable[Any]]


async def refused(kind: type[Refusal], action: Awaitable[object]) -> Refusal:
    """Return the exception of that very kind that the action ends with."""
    try:
        found = await action
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}, but {found!r}")
