"""The sync as the worker sees it: what waits, what went wrong, when it last went well."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import flet as ft

from field_app.ports.storage import StoreError
from field_app.ports.vault import SealBrokenError
from field_app.state.desk import Desk
from field_app.sync.enrolment import Enrolment, SyncError
from field_app.sync.pace import Pace
from field_app.sync.server_clock import describe_gap, follow_gap
from shared import french, spoken_words

if TYPE_CHECKING:
    from field_app.sync.client import SyncClient

ASK_AGAIN = 120.0
"""Seconds between two syncs when all is well: what colleagues and the coordination wrote comes in."""
TO_CONFIRM = 20.0
"""Seconds between two tries of a tablet that waits to be confirmed: somebody is on the telephone about it."""
BREATH = 0.3
"""Seconds between a save and the sync it wakes: the next screen is drawn first, and a series leaves together."""
STARTED = secrets.token_hex(8)
"""This start of the app: between two of them the tablet's file may have been put back to an earlier one."""
LITTLE_ROOM = 50_000_000
"""Bytes left on the tablet below which the worker is warned: 50,000 records would still go in, but the system and
other applications fill the rest in a day."""
PENDING = "Cette tablette attend que la coordination la confirme. Vous pouvez déjà saisir : tout partira ensuite."
LOCAL_FAULT = (
    "La tablette n’a pas pu lire ou écrire ses saisies : sa mémoire est peut-être pleine. Rien n’est effacé ; "
    "si cela dure, prévenez l’administration."
)


def sync_client(*given: Any, **more: Any) -> SyncClient:
    """Return the client of one sync."""
    from field_app.sync.client import SyncClient  # brings httpx, at the first sync only: a tablet starts without

    return SyncClient(*given, **more)


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class SyncStatus:
    """`waiting` is how many records wait to be sent, of which `deletions` were deleted here; `error` the French
    sentence of the last failure, empty after a success; `words` those that a tablet that waits to be confirmed has
    its worker read out; `settled` how many records the sync under way has got a receipt for; `gap` how far the
    tablet's clock was ahead of the server's at the last answer, negative when it was behind, and `clock` what is
    said of it, empty while it is right enough."""

    running: bool = False
    error: str = ""
    words: str = ""
    waiting: int = 0
    deletions: int = 0
    sent: int = 0
    to_correct: int = 0
    drafts: int = 0
    unreadable: int = 0
    room: int = LITTLE_ROOM
    last_success: str = ""
    synthetic: bool = False
    settled: int = 0
    clock: str = ""
    gap: timedelta = timedelta()
    _seen: datetime | None = None  # the server's moment when the gap was measured
    _pace: Pace = field(default_factory=Pace)
    _desk: Desk = field(default=None)  # type: ignore[assignment]  # always given; a dataclass wants one
    _client: Callable[..., SyncClient] = field(default=sync_client)
    _started: str = STARTED
    _after: Callable[[], Awaitable[None]] | None = field(default=None)

    @property
    def sentence(self) -> str:
        """Return what waits, in words."""
        if self.waiting:
            gone = min(self.deletions, self.waiting)
            counts = {"saisie": self.waiting - gone, "suppression": gone}
            return f"{' et '.join(french.format_count(n, what) for what, n in counts.items() if n)} à envoyer"
        if self.to_correct:
            return "Le reste est envoyé"
        return "Tout est envoyé" if self.sent else "Rien à envoyer"

    @property
    def full(self) -> str:
        """Return what to do before the tablet's memory is full; empty while there is room."""
        if self.room >= LITTLE_ROOM:
            return ""
        left = f"il reste {self.room // 1_000_000} Mo" if self.room >= 1_000_000 else "il ne reste rien"
        return (
            f"La mémoire de la tablette est presque pleine : {left}. Supprimez des photos ou des applications ; "
            "vos saisies enregistrées sont en sécurité."
        )

    def count(self) -> None:
        """Count anew what waits: « Tout est envoyé » is not said for a moment of what was just saved."""
        counts = self._desk.store.counts()
        # What does not open cannot leave: it is told apart.
        self.waiting = max(0, counts.get("pending", 0) - self._desk.store.unreadable_among("pending"))
        self.to_correct, self.sent = counts.get("to_correct", 0), counts.get("sent", 0)
        self.drafts = counts.get("draft", 0)
        self.unreadable = self._desk.store.unreadable

    async def look(self) -> None:
        """Count anew what waits, and read when it last went well."""
        self.deletions = sum(k.deleted and k.state == "pending" for k in await self._desk.store.all())
        self.count()
        self.room = self._desk.store.room
        note = await self._desk.store.note("sync")
        self.last_success = note.get("last_success", "")
        self.synthetic = note.get("synthetic", False)
        # No server is needed to see that a flat battery took the clock with it, nor that it was set right.
        if self._seen is None and (seen := note.get("server_moment")):
            self._seen, self.gap = datetime.fromisoformat(seen), timedelta(seconds=note.get("gap", 0))
        if self._seen is not None:
            now = self._desk.clock()
            self.gap = follow_gap(self.gap, self._seen, now)
            self.clock = describe_gap(self.gap, now)

    async def run(self) -> None:
        """Run one sync, unless one is under way. Whatever happens, nothing is lost and the screen says the
        truth."""
        enrolment = self._desk.enrolment
        if self.running or enrolment is None:
            return
        self.running, self.settled = True, 0
        try:
            await self._sync(enrolment)
            self.error = self.words = ""
        except SyncError as error:
            waits = error.code == "pending_device"
            self.words = spoken_words.say(enrolment.token) if waits else ""
            self.error = PENDING if waits else error.message
        except (StoreError, SealBrokenError):  # said and tried again: a sync that died in silence would be worse
            self.error = LOCAL_FAULT
            self._pace.gave_up()
        finally:
            self.running = False
        await self.look()
        if self._after:
            await self._after()

    async def _sync(self, enrolment: Enrolment) -> None:
        """Run one sync, and note when it went well. Both sides are compared each day, and at each start of the
        app."""
        store = self._desk.store
        territories: list[str] = []
        client = self._client(
            enrolment.server_url, enrolment.token, self._desk.ports.transport(), pace=self._pace, told=self._tell,
            territory=enrolment.territory, learned=territories.append, timed=self._time,
        )  # fmt: skip
        agreed = {"agreed_on": str(self._desk.today), "agreed_at": self._started}
        before = await store.note("sync")
        synthetic = await client.run(store, prove=not agreed.items() <= before.items())
        if territories:
            self._desk.enrolment = replace(enrolment, territory=territories[-1])
            await store.keep_note("enrolment", asdict(self._desk.enrolment))
        now = self._desk.clock()
        seen = {"server_moment": (now - self.gap).isoformat(), "gap": self.gap.total_seconds()}
        kept = {"last_success": f"{now:%d/%m/%Y à %H:%M}", "synthetic": synthetic, **seen, **agreed}
        await store.keep_note("sync", kept)

    def _tell(self, settled: int) -> None:
        self.settled = settled

    def _time(self, gap: timedelta) -> None:
        self.gap, self._seen = gap, self._desk.clock() - gap

    async def keep_going(self) -> None:
        """Sync for ever: at each save, and from time to time; after failures ever less often, never not at all."""
        while True:
            await self.run()
            pause = self._pace.delay() if self._pace.failures else ASK_AGAIN
            pause = TO_CONFIRM if self.words else pause
            with suppress(TimeoutError):  # a save tries at once, however long the server asked to be left alone
                await asyncio.wait_for(self._desk.bell.wait(), pause)
                await asyncio.sleep(BREATH)
            self._desk.bell.clear()
