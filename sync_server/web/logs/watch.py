"""Note in the security log what the web sees: reads of records, refusals."""

from __future__ import annotations

import threading
from dataclasses import replace

from anyio import to_thread
from fastapi import Request

from sync_server.access.sessions import SignedIn
from sync_server.errors import ServerError
from sync_server.storage.security_log import Happening
from sync_server.web.context import Context
from sync_server.web.logs import request_log

EVERY = 60
"""Seconds in which one refusal, repeated, is one entry: who is refused a thousand times fills no disk."""
MOST_AT_ONCE = 1_000
"""Different refusals remembered at a time."""
REFUSALS = {
    "quota_reached": "quota",
    "too_many_attempts": "made-to-wait",
    "bad_code": "bad-code",
    "revoked_device": "revoked-device",
    # Asked of whoever works, and refuses nobody.
    "prove_again": "",
    "first_password": "",  # nosec B105  # a code of an error, not a password
    "no_second_factor": "",
    "pending_device": "",  # asks every few seconds while it waits, and is let in or not by an act in the log
}
"""What an error of the catalogue is noted as; every other 403 is an access that was refused."""


class Repeats:
    """Tells one refusal of many alike; the next one that is told says how many it stands for."""

    def __init__(self) -> None:
        self._alone = threading.Lock()
        self._told: dict[tuple[str, str, str], tuple[int, int]] = {}

    def merge(self, happened: Happening, now: int) -> Happening | None:
        """Return what is to be noted: with the number of times since the last note; None for one more of the same
        minute."""
        key = (happened.kind, happened.who, happened.about)
        with self._alone:
            since, kept = self._told.get(key, (now - EVERY, 0))
            if 0 <= now - since < EVERY:
                self._told[key] = (since, kept + 1)
                return None
            if len(self._told) >= MOST_AT_ONCE:
                self._told = {one: told for one, told in self._told.items() if now - told[0] < EVERY}
            self._told[key] = (now, 0)
        return replace(happened, count=kept + 1)


def note_read(request: Request, context: Context, who: SignedIn, rows: int) -> None:
    """Note that somebody is shown so many records, before they are shown. No id: which page is enough."""
    context.note(Happening("read", who.login, request_log.name_route(request.scope), rows))


async def note_refusal(request: Request, error: ServerError) -> None:
    """Note an answer that refuses: a 403, a quota, a wait, a wrong code. Most errors are none, and take no
    thread."""
    kind = REFUSALS.get(error.code, "forbidden" if error.kind.status == 403 else "")
    if not kind:
        return
    context: Context = request.app.state.context
    repeats: Repeats = request.app.state.repeats
    entry, route = request_log.entry_of(request), request_log.name_route(request.scope)
    happened = repeats.merge(Happening(kind, entry.who, route), context.now)
    if happened is not None:
        await to_thread.run_sync(context.note, happened)
