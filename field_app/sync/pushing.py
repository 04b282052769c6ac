"""Sends all that waits, batch after batch: what does not pass holds back nothing that does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from field_app.store.kept import Kept
from field_app.sync.answers import SyncError
from field_app.sync.line import Line
from field_app.sync.pace import Pace
from shared import wire

Key = tuple[str, int]
"""An id and a revision: what a receipt is about."""
FOR_SIZE = (413, 422)
"""The answers to a batch that may be about its size."""
DIVISIBLE = (400, *FOR_SIZE, 500)
"""The answers to a batch that may be about its size, or about one record of it."""
MOST_BROKEN = 10
"""Records in a row at which the server broke, each sent alone, before the server is taken for broken."""
UNANSWERED = "Le serveur n’a pas accusé réception. Prévenez la coordination."
TOO_LARGE = (
    "Cette saisie est trop volumineuse pour le réseau ou le serveur : raccourcissez ses textes, puis "
    "enregistrez-la de nouveau"
)
UNREADABLE = (
    "Le serveur n’arrive pas à lire cette saisie : vérifiez-la, puis enregistrez-la de nouveau ; si cela revient, "
    "prévenez l’administration"
)


class Queue(Protocol):
    """What sending may do with what the tablet keeps."""

    async def to_send(self, most: int, aside: frozenset[Key] = frozenset()) -> list[Kept]:
        """See `LocalStore`."""

    async def mark(self, receipt: wire.Receipt) -> None:
        """See `LocalStore`."""

    async def stop(self, record_id: str, revision: int, code: str, message: str) -> None:
        """See `LocalStore`."""

    def waiting(self, asked: frozenset[Key]) -> frozenset[Key]:
        """See `LocalStore`."""


@dataclass(slots=True)
class Push:
    """One push of all that waits. A record leaves twice at most, so that it ends whatever the server answers.

    A batch that is refused whole is halved, down to the record that is refused alone. If an empty batch passes, or
    another record did, it is that record's fault, and it waits « à corriger »; else the server takes nothing.
    """

    line: Line
    store: Queue
    pace: Pace
    told: Callable[[int], object]
    trouble: SyncError | None = None
    """Why something still waits, though the rest left."""
    _times: Counter[Key] = field(default_factory=Counter)
    _answered: set[Key] = field(default_factory=set)
    _aside: set[Key] = field(default_factory=set)
    _revoked: set[Key] = field(default_factory=set)
    """For a new code, since this tablet is revoked: they wait, and hold back no other."""
    _broken: int = 0
    _takes: bool = False

    async def run(self) -> None:
        """Send until nothing is left that may leave. Raises SyncError where nothing does."""
        settled = 0
        while leaving := await self.store.to_send(self.pace.size, frozenset(self._aside)):
            try:
                receipts = await self._send(leaving)
            except SyncError as error:
                if error.status not in DIVISIBLE or error.code in ("portal", "unavailable"):
                    raise
                await self._divide(leaving, error)
                continue
            await self._settle(leaving, receipts)
            settled += len(leaving)
            self.told(settled)
        await self._end()

    async def _send(self, leaving: list[Kept]) -> list[wire.Receipt]:
        """Send one batch; the next one is larger or smaller."""
        batch = wire.Batch(records=[kept.record.model_dump(exclude_defaults=True) for kept in leaving])
        begun = time.monotonic()
        try:
            answer = await self.line.call("POST", "/sync/push", wire.Receipts, body=batch)
        except SyncError as error:
            if error.code in ("offline", "unavailable"):
                self.pace.failed()
            raise
        if len(leaving) == self.pace.size:
            self.pace.passed(time.monotonic() - begun)
        return answer.receipts

    async def _settle(self, leaving: list[Kept], receipts: list[wire.Receipt]) -> None:
        """Keep the receipts of a batch, and set aside what is not to leave again in this push."""
        for receipt in receipts:
            await self.store.mark(receipt)
        # The server takes records: one that is refused alone from here on is at fault itself.
        self._takes, self._broken = True, 0
        self.pace.moved()
        self._answered |= {(receipt.id, receipt.revision) for receipt in receipts}
        revoked = [r for r in receipts if any(reason.code == wire.REVOKED for reason in r.reasons)]
        self._revoked |= {(receipt.id, receipt.revision) for receipt in revoked}
        # What left twice would leave for ever: it waits for `_end`, and what is for a new code waits for that.
        self._times.update((kept.id, kept.revision) for kept in leaving)
        self._aside |= {key for key, times in self._times.items() if times > 1} | self._revoked

    async def _divide(self, leaving: list[Kept], error: SyncError) -> None:
        """Halve the batch that was refused, for the next one; of one record alone, set it aside."""
        # 1. Several: the size may be at fault, or one of them; the halves will tell.
        if len(leaving) > 1:
            self.pace.refused(len(leaving), error.status in FOR_SIZE)
            return
        [kept] = leaving
        if error.status in FOR_SIZE:
            self.pace.found()
        # 2. One alone, and nothing passed before it: is it the record, or the server?
        if not self._takes:
            await self._probe(error)
        # 3. It is the record: it holds back no other.
        self._aside.add((kept.id, kept.revision))
        if error.status == 500:  # the server's fault: it waits, and passes once that is mended
            self.trouble = error
            self._broken += 1
            if self._broken >= MOST_BROKEN:
                raise error
            return
        # 4. Only the worker can make it pass.
        message = TOO_LARGE if error.status == 413 else UNREADABLE
        await self.store.stop(kept.id, kept.revision, error.code, message)

    async def _probe(self, error: SyncError) -> None:
        """Ask whether the server takes anything at all: else it was not the record. Raises that first error."""
        try:
            await self.line.call("POST", "/sync/push", wire.Receipts, body=wire.Batch(records=[]))
        except SyncError as other:
            raise error from other
        self._takes = True

    async def _end(self) -> None:
        """Review what left twice and still waits: answered for another content, or not at all."""
        sent = frozenset(self._times) - self._revoked
        waiting = self.store.waiting(sent)
        # All of it still waits: the server answers, but says nothing of what it was sent.
        if waiting and waiting == sent:
            raise SyncError("broken", UNANSWERED)
        # Answered, and it waits all the same: the server read something else, and will each time.
        for record_id, revision in waiting & self._answered:
            await self.store.stop(record_id, revision, "unreadable", UNREADABLE)
        if waiting - self._answered:
            self.trouble = SyncError("broken", UNANSWERED)
