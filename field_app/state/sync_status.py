"""The sync as the worker sees it: what waits, what went wrong, when it last went well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import flet as ft

from field_app.local_store import StoreError
from field_app.pace import Pace
from field_app.state.desk import Desk
from field_app.sync import SyncClient, SyncError
from field_app.vault import SealBrokenError

ASK_AGAIN = 120.0
"""Seconds between two syncs when all is well: what colleagues and the coordination wrote comes in."""
LITTLE_ROOM = 50_000_000
"""Bytes left on the tablet below which the worker is warned: 50,000 records would still go in, but the system and
other applications fill the rest in a day."""
LOCAL_FAULT = (
    "La tablette n’a pas pu lire ou écrire ses saisies : sa mémoire est peut-être pleine. Rien n’est effacé ; "
    "si cela dure, prévenez l’administration."
)


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class SyncStatus:
    """`error` is the French sentence of the last failure, empty after a success; `settled` how many records the
    sync under way has got a receipt for."""

    running: bool = False
    error: str = ""
    waiting: int = 0
    to_correct: int = 0
    drafts: int = 0
    unreadable: int = 0
    room: int = LITTLE_ROOM
    last_success: str = ""
    synthetic: bool = False
    settled: int = 0
    _pace: Pace = field(default_factory=Pace)
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one
    _after: Callable[[], Awaitable[None]] | None = field(default=None)

    @property
    def sentence(self) -> str:
        """What waits, in words."""
        if self.waiting:
            return f"{self.waiting} saisie{'s' if self.waiting > 1 else ''} à envoyer"
        return "Rien d’autre à envoyer" if self.to_correct else "Tout est envoyé"

    @property
    def full(self) -> str:
        """What to do before the tablet's memory is full; empty while there is room."""
        if self.room >= LITTLE_ROOM:
            return ""
        left = f"il reste {self.room // 1_000_000} Mo" if self.room >= 1_000_000 else "il ne reste rien"
        return (
            f"La mémoire de la tablette est presque pleine : {left}. Supprimez des photos ou des applications ; "
            "vos saisies enregistrées sont en sécurité."
        )

    async def look(self) -> None:
        """Counts anew what waits, and reads when it last went well."""
        counts = self._desk.store.counts()
        self.waiting = counts.get("pending", 0)
        self.to_correct = counts.get("to_correct", 0)
        self.drafts = counts.get("draft", 0)
        self.unreadable = self._desk.store.unreadable
        self.room = self._desk.store.room
        note = await self._desk.store.note("sync")
        self.last_success = note.get("last_success", "")
        self.synthetic = note.get("synthetic", False)

    async def run(self) -> None:
        """One sync, unless one is under way. Whatever happens, nothing is lost and the screen says the truth."""
        enrolment = self._desk.enrolment
        if self.running or enrolment is None:
            return
        self.running, self.settled = True, 0
        try:
            client = SyncClient(enrolment.server_url, enrolment.token, pace=self._pace, told=self._tell)
            today = str(self._desk.today)
            before = await self._desk.store.note("sync")
            synthetic = await client.run(self._desk.store, prove=before.get("agreed_on") != today)
            moment = f"{self._desk.clock():%d/%m/%Y à %H:%M}"
            now = {"last_success": moment, "synthetic": synthetic, "agreed_on": today}
            await self._desk.store.keep_note("sync", now)
            self.error = ""
        except SyncError as error:
            self.error = error.message
        except (StoreError, SealBrokenError):  # said and tried again: a sync that died in silence would be worse
            self.error = LOCAL_FAULT
            self._pace.gave_up()
        finally:
            self.running = False
        await self.look()
        if self._after:
            await self._after()

    def _tell(self, settled: int) -> None:
        self.settled = settled

    async def keep_going(self) -> None:
        """For ever: at each save, and from time to time; after failures ever less often, never not at all."""
        while True:
            await self.run()
            pause = self._pace.delay() if self._pace.failures else ASK_AGAIN
            try:
                await asyncio.wait_for(self._desk.bell.wait(), pause)
            except TimeoutError:
                continue
            finally:
                self._desk.bell.clear()
            if self._pace.failures:  # a save wakes the sync, but does not hammer a server that asked for patience
                await asyncio.sleep(min(self._pace.retry_after, pause))
