"""The root of the state: which screen is shown, and what it works on."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict, dataclass, field

import flet as ft

from field_app import platform
from field_app.directory import Directory
from field_app.local_store import Kept, StoreError
from field_app.opening import NewerStoreError, open_store
from field_app.state import drafts
from field_app.state.desk import Desk
from field_app.state.drafts import Draft
from field_app.state.journal import Journal
from field_app.state.services import Services
from field_app.state.sync_status import SyncStatus
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


@ft.observable
@dataclass
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
    services: Services = field(default_factory=Services)
    sync: SyncStatus = field(default_factory=SyncStatus)
    _desk: Desk | None = field(default=None, repr=False)
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

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
        self.services = Services(_desk=desk)
        self.server_url = os.environ.get("FIELD_APP_SERVER", "")
        await self.sync.look()
        self.journal.take(found)
        await self.services.take(found)
        self.screen = "home" if desk.enrolment else "enrol"
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

    async def new(self, kind: str) -> None:
        """A new encounter or presence."""
        self.notice = ""
        self.draft = await drafts.new(kind, self._opened)
        self.screen = "draft"

    async def take_up(self, kept: Kept) -> None:
        """A record of the journal, to go on with, correct or edit."""
        self.notice = ""
        self.draft = drafts.resume(kept, self._opened)
        self.screen = "draft"

    async def save(self) -> None:
        """Saves what is being entered; on a refusal the form stays, with what to mend."""
        if self.draft is None or self.draft.saved or not await self.draft.save():
            return
        await self.go_home("Présence enregistrée" if self.draft.kind == "presence" else "Rencontre enregistrée")

    async def discard(self) -> None:
        """Throws the draft away."""
        if self.draft is not None:
            await self.draft.discard()
        await self.go_home()

    async def go_home(self, notice: str = "") -> None:
        """The first screen, up to date."""
        self.draft, self.notice, self.screen = None, notice, "home"
        await self._synced()

    async def show(self, screen: str) -> None:
        """Another screen, with what it shows up to date."""
        self.notice = ""
        await self._synced()
        self.screen = screen

    async def show_journal(self, state: str = "") -> None:
        """The journal, up to date, with the records of that state or with all."""
        self.journal.shown = state
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
        self.journal.take(found)
        await self.services.take(found)


async def _open_desk() -> tuple[Desk, list[Kept]]:
    """The store opened and all it holds, with what it says of the server. Raises what stands in the way."""
    folder = platform.storage()
    store = await open_store(folder / "tablet.db", await platform.FileSecret(folder).secret())
    try:
        note = await store.note("enrolment")
        found = await store.all()
        return Desk(store, Directory(found), Enrolment(**note) if note else None), found
    except BaseException:
        store.close()
        raise
