"""The root of the state: which screen is shown, and what it works on."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field

import flet as ft

from field_app import platform
from field_app.directory import Directory
from field_app.local_store import Kept, StoreError
from field_app.opening import NewerStoreError, open_tablet
from field_app.state import drafts, structures, usage
from field_app.state.desk import Desk
from field_app.state.drafts import Draft
from field_app.state.figures import Figures
from field_app.state.follow_ups import FollowUps
from field_app.state.journal import PAGE, Journal
from field_app.state.services import Services
from field_app.state.settings import Settings
from field_app.state.sync_status import SyncStatus
from field_app.state.timer import Timer
from field_app.sync import Enrolment, SyncClient, SyncError
from field_app.vault import SealBrokenError

UNREADABLE = (
    "Les saisies de cette tablette ne peuvent pas être ouvertes. Rien n’est effacé : "
    "gardez la tablette telle quelle et prévenez l’administration."
)
NEWER = (
    "Une version plus récente de l’application a servi sur cette tablette. Rien n’est effacé : "
    "mettez l’application à jour, puis rouvrez-la."
)
DAMAGED = (
    "La mémoire de la tablette est pleine ou abîmée. Rien n’est effacé : libérez de la place, rouvrez "
    "l’application ; si cela dure, prévenez l’administration."
)


RECENT = 500
"""Over how many records, the latest, what is used most is counted."""
SAVED = {
    "encounter": "Rencontre enregistrée", "presence": "Présence enregistrée",
    "group_session": "Séance collective enregistrée", "partner_contact": "Contact partenaire enregistré",
}  # fmt: skip
"""What is said once a record is kept, durably."""


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class Session:
    """`screen` names what is shown: opening, broken, enrol, home, draft, journal, services."""

    screen: str = "opening"
    server_url: str = ""
    code: str = ""
    message: str = ""
    busy: bool = False
    notice: str = ""
    draft: Draft | None = None
    journal: Journal = field(default_factory=Journal)
    follow_ups: FollowUps = field(default_factory=FollowUps)
    services: Services = field(default_factory=Services)
    sync: SyncStatus = field(default_factory=SyncStatus)
    timer: Timer = field(default_factory=Timer)
    figures: Figures = field(default_factory=Figures)
    settings: Settings = field(default_factory=Settings)
    _felt: Callable[[], object] = field(default=lambda: None)
    _themed: Callable[[str], object] = field(default=lambda theme: None)
    _desk: Desk | None = field(default=None)
    _task: asyncio.Task[None] | None = field(default=None)

    @property
    def team(self) -> str:
        """The name of the team, once enrolled."""
        return self._desk.enrolment.team if self._desk and self._desk.enrolment else ""

    async def open(self) -> None:
        """Opens the store and shows the first screen. What cannot be opened is left as it is, and said."""
        try:
            desk, found = await _open_desk()
        except (SealBrokenError, platform.SecretDamagedError):
            self.screen, self.message = "broken", UNREADABLE
            return
        except NewerStoreError:
            self.screen, self.message = "broken", NEWER
            return
        except (StoreError, OSError):
            self.screen, self.message = "broken", DAMAGED
            return
        self._desk = desk
        self.journal, self.sync = Journal(_desk=desk), SyncStatus(_desk=desk, _after=self._synced)
        self.services, self.follow_ups = Services(_desk=desk), FollowUps(_desk=desk)
        self.timer, self.figures = Timer(_desk=desk), Figures(_desk=desk)
        self.settings = Settings(_desk=desk, _themed=self._themed)
        self.server_url = os.environ.get("FIELD_APP_SERVER", "")
        await self.sync.look()
        await self._take(found)
        await self.timer.look(found)
        await self.settings.look()
        # Thousands of records are a hundred thousand objects that are no garbage: each full collection would go
        # through them all, 0.1 s under the worker's finger.
        gc.freeze()
        if desk.enrolment:
            self.screen = "home"
        else:
            self.screen = "enrol" if await desk.store.note("introduction") else "introduction"
        self._start_sync()

    async def enrol(self) -> None:
        """Presents the one-time code. On failure what was typed stays."""
        desk = self._opened
        if not self.server_url.strip() or not self.code.strip():
            self.message = "Saisissez l’adresse du serveur et le code."
            return
        self.busy, self.message = True, ""
        try:
            desk.enrolment, synthetic = await SyncClient(self.server_url.strip()).enrol(self.code.strip())
            await desk.store.keep_note("enrolment", asdict(desk.enrolment))
            await desk.store.keep_note("sync", {"synthetic": synthetic})
        except SyncError as error:
            self.message = error.message
            return
        finally:
            self.busy = False
        self.code = ""
        await self.go_home()
        self._start_sync()

    async def introduced(self) -> None:
        """The introduction was read or passed: it does not come again by itself."""
        with suppress(StoreError):  # it would only be shown once more
            await self._opened.store.keep_note("introduction", {"seen": True})
        self.screen = "settings" if self._opened.enrolment else "enrol"

    async def new(self, kind: str) -> None:
        """A new encounter or presence."""
        self.notice = ""
        self.draft = await drafts.new(kind, self._opened)
        self.screen = "draft"

    async def take_up(self, kept: Kept) -> None:
        """A record of the journal, to go on with, correct or edit."""
        self.notice = ""
        self.draft = await drafts.resume(kept, self._opened)
        self.screen = "draft"

    async def show_presence(self) -> None:
        """The presence that is timed."""
        kept = await self._opened.store.get(self.timer.draft)
        if kept is not None:
            await self.take_up(kept)

    async def save(self) -> None:
        """Saves what is being entered; on a refusal the form stays, with what to mend."""
        if self.draft is not None and await self.draft.save_once():
            self._felt()
            await self.go_home(SAVED[self.draft.kind])

    async def save_and_next(self) -> None:
        """Saves, and opens the next of the series: the same place, slot, commune and day."""
        if self.draft is not None and await self.draft.save_once():
            self._felt()
            self.draft = drafts.after(self.draft, self._opened, SAVED[self.draft.kind])

    async def copy(self, kept: Kept) -> None:
        """A new record like that one."""
        self.notice = ""
        self.draft = drafts.copy_of(kept, self._opened)
        self.screen = "draft"

    async def discard(self) -> None:
        """Throws the draft away; home offers to put it back."""
        thrown = await self.draft.discard() if self.draft is not None else None
        await self.go_home()
        self.journal.deleted = thrown

    async def put_back(self) -> None:
        """Undoes the last deletion."""
        await self.journal.undo()
        await self.sync.look()

    async def go_home(self, notice: str = "") -> None:
        """The first screen, up to date."""
        self.draft, self.notice, self.journal.deleted, self.screen = None, notice, None, "home"
        self.follow_ups.leave()
        await self._synced()

    async def show(self, screen: str) -> None:
        """Another screen, with what it shows up to date."""
        self.notice, self.journal.deleted = "", None
        await self._synced()
        if screen == "figures":
            self.figures.back = 0
            self.figures.look()
        self.screen = screen

    async def show_journal(self, state: str = "") -> None:
        """The journal, up to date, with the records of that state or with all."""
        self.journal.shown, self.journal.most = state, PAGE
        await self.show("journal")

    def close(self) -> None:
        """Ends the sync and closes the file; nothing is lost, whenever this happens."""
        if self._task is not None:
            self._task.cancel()
        if self._desk is not None:
            self._desk.store.close()

    @property
    def _opened(self) -> Desk:
        if self._desk is None:
            raise RuntimeError("the session is not open")
        return self._desk

    def _start_sync(self) -> None:
        if self._opened.enrolment is not None and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self.sync.keep_going())

    async def _synced(self) -> None:
        desk = self._opened
        found = await desk.store.all()  # opened once for both: thousands of rows take their time
        desk.directory = Directory(found)
        await self.sync.look()
        await self.timer.look(found)
        await self._take(found)

    async def _take(self, found: list[Kept]) -> None:
        desk = self._opened
        self.journal.take(found)
        self.follow_ups.take(found)
        self.figures.take(found)
        desk.used = usage.count(self.journal.records[:RECENT])
        desk.structures = structures.used(found)
        await self.services.take(found)


async def _open_desk() -> tuple[Desk, list[Kept]]:
    """The store opened and all it holds, with what it says of the server. Raises what stands in the way."""
    folder = platform.storage()
    store, notes = await open_tablet(folder / "tablet.db", await platform.FileSecret(folder).secret())
    try:
        note = await store.note("enrolment")
        found = await store.all()
        return Desk(store, Directory(found), Enrolment(**note) if note else None, notes=notes), found
    except BaseException:
        store.close()
        raise
