"""Carry the requests of the sync: sockets on a device, `fetch` in a browser, a server in a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it comes with the first sync: a tablet starts without
    import httpx

Transport = Callable[[], "httpx.AsyncBaseTransport | None"]
"""Gives what the next connection goes over; None for httpx's own sockets, with the proxies of the environment."""


def use_sockets() -> httpx.AsyncBaseTransport | None:
    """Return None: httpx opens its own sockets."""
    return None
