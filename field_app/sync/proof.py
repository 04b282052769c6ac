"""Proves that the tablet and the server hold the same, both ways: what one lost comes back from the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from field_app.sync.answers import SyncError
from field_app.sync.line import Line
from field_app.sync.pace import Pace
from shared import wire


class Holdings(Protocol):
    """What the proof may do with what the tablet keeps."""

    async def acknowledged(self, received: bool = False) -> dict[str, str]:
        """See `LocalStore`."""

    async def send_again(self, record_ids: Iterable[str]) -> None:
        """See `LocalStore`."""

    async def missing(self, marks: Mapping[str, str]) -> list[str]:
        """See `LocalStore`."""

    async def take_back(self, records: list[wire.Pulled], marks: Mapping[str, str]) -> None:
        """See `LocalStore`."""


async def reconcile(line: Line, store: Holdings, pace: Pace) -> None:
    """Compare digests; where they differ, ask what became of each record, and take back what the server holds of
    this tablet and the tablet does not: it was put back to an earlier file, or its memory failed."""
    # 1. Compare sixteen digests: nearly always they are the same, and nothing more travels.
    theirs = (await line.call("GET", "/sync/reconcile", wire.Held)).digests
    mine = await store.acknowledged()
    known = wire.fingerprints(mine)
    differing = {digit for digit in known.keys() | theirs.keys() if known.get(digit) != theirs.get(digit)}
    # 2. Where they differ, what the server lost waits to be sent again.
    await claim(line, store, pace, {i: mark for i, mark in mine.items() if i[-1] in differing})
    # 3. What this tablet lost comes back.
    if parts := "".join(sorted(differing & theirs.keys())):
        await _take_back(line, store, pace, parts)


async def claim(line: Line, store: Holdings, pace: Pace, known: dict[str, str]) -> None:
    """Ask whether the server still holds these, and have what it lost sent again."""
    asked = list(known.items())
    while asked:
        size = pace.page
        try:
            lost = await line.call("POST", "/sync/reconcile", wire.Lost, body=wire.Claim(held=dict(asked[:size])))
        except SyncError as error:
            if error.status not in (413, 422) or not pace.page_failed():
                raise
            continue
        await store.send_again(lost.ids)
        asked = asked[size:]


async def _take_back(line: Line, store: Holdings, pace: Pace, parts: str) -> None:
    """Ask for the marks in those parts, a page at a time, and for each record that is not here under its mark."""
    after, more = "", True
    while more:
        query = {"parts": parts, "after": after}
        page = await line.call("GET", "/sync/reconcile", wire.Held, query=query)
        wanted = await store.missing(page.marks)
        while wanted:
            size = pace.page
            found = await line.call(
                "POST", "/sync/reconcile", wire.Lost, body=wire.Claim(held={}, wanted=wanted[:size])
            )
            await store.take_back(found.records, page.marks)
            wanted = wanted[size:]
        # A page that goes no further ends it: a server that repeats itself must not hold the tablet for ever.
        more = page.more and max(page.marks, default="") > after
        after = max(page.marks, default="")
