"""One line of JSON a request, for the administrator: which route, for which team or role, how it ended, how long
it took. Never content, a record's id, a login, an address, a token or what stands behind the `?` (PRIVACY)."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.types import Scope

from shared import wire
from sync_server.errors import BesideError, find_place

log = logging.getLogger(__name__)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Whoever asks may write another word there, and thereby into the log."""
_MOUNTED = ("/static", "/app")
"""Folders of files: their route is named, never the file."""
UNKNOWN = "?"
"""The route of an address that is none: the address itself may hold anything."""
STATUSES = ("accepted", "duplicate", "conflict", "refused")
TOO_MANY = 429
HEADS = "sync_server.web.logs.heads"
"""Whose lines are printed whatever the level: how far the security log has come."""


@dataclass(slots=True)
class RequestEntry:
    """What is known of one request. `status` is 0 until an answer begins; `code` is that of the error catalogue;
    `counts` are receipts by status, or records. `who` is for the security log: this one
    never says it."""

    reference: str = field(default_factory=lambda: secrets.token_hex(4))
    begun: float = field(default_factory=time.perf_counter)
    status: int = 0
    team: str = ""
    role: str = ""
    who: str = ""
    code: str = ""
    fault: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    def count_receipts(self, receipts: Iterable[wire.Receipt]) -> None:
        """Keep how many records of a push were accepted, known already, in conflict, refused."""
        found: Counter[str] = Counter(receipt.status for receipt in receipts)
        self.counts = {status: found[status] for status in STATUSES}

    def note_fault(self, error: Exception) -> None:
        """Keep the type of a fault and its place in our code; its message and its traceback may hold content."""
        if not isinstance(error, BesideError):
            error = BesideError(type(error).__name__, find_place(error))
        self.fault = f"{error.name} in {error.place}"


def begin(scope: Scope) -> RequestEntry:
    """Return the entry of a request that begins; `entry_of` finds it again."""
    entry = RequestEntry()
    scope.setdefault("state", {})["entry"] = entry
    return entry


def entry_of(request: Request) -> RequestEntry:
    """Return the entry of this request."""
    found: RequestEntry = request.state.entry
    return found


def write(entry: RequestEntry, scope: Scope) -> None:
    """Write the line: as an error when our code broke, as a warning when the server could not serve."""
    level = logging.ERROR if entry.fault else logging.INFO
    if not entry.fault and (entry.status >= 500 or entry.status == TOO_MANY):
        level = logging.WARNING
    if log.isEnabledFor(level):
        log.log(level, "%s", json.dumps(_line(entry, scope), ensure_ascii=False))


def _line(entry: RequestEntry, scope: Scope) -> dict[str, Any]:
    said = {
        "reference": entry.reference,
        "method": scope["method"] if scope.get("method") in _METHODS else UNKNOWN,
        "route": name_route(scope),
        "status": entry.status,
        "ms": round((time.perf_counter() - entry.begun) * 1000),
    }
    named = {"team": entry.team, "role": entry.role, "error": entry.code, "fault": entry.fault}
    return said | {name: text for name, text in named.items() if text} | entry.counts


def name_route(scope: Scope) -> str:
    """Return the route as it is declared, `/console/saisies/{record_id}`: never the address that was asked."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    asked = str(scope.get("path", ""))
    return next((folder for folder in _MOUNTED if asked.startswith(f"{folder}/")), UNKNOWN)


def logging_config(level: str) -> dict[str, Any]:
    """Return what `logging` is set to when serving: our lines alone on theirs, from `level` on; of uvicorn and of
    everything else, what starts, stops and goes wrong."""
    to_stderr = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "bare": {"format": "%(message)s"},
            "usual": {"format": "%(levelname)s %(name)s: %(message)s"},
        },
        "handlers": {
            "bare": to_stderr | {"formatter": "bare"},
            "usual": to_stderr | {"formatter": "usual"},
        },
        "loggers": {
            __name__: {"handlers": ["bare"], "level": level.upper(), "propagate": False},
            "uvicorn": {"handlers": ["usual"], "level": "INFO", "propagate": False},
            HEADS: {"handlers": ["bare"], "level": "INFO", "propagate": False},
        },
        "root": {"handlers": ["usual"], "level": "WARNING"},
    }
