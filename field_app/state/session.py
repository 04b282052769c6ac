"""The root of the state: which screen is shown, and what it works on."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

import flet as ft

from field_app import local_codes
from field_app.directory import Directory
from field_app.locking import entrance
from field_app.locking.entrance import Entrance, Opened
from field_app.ports.ports import SOON
from field_app.ports.storage import StoreError
from field_app.state import enrolling
from field_app.state.desk import Desk, open_desk
from field_app.state.figures import Figures
from field_app.state.follow_ups.follow_ups import FollowUps
from field_app.state.forms import structures, usage
from field_app.state.forms.timer import Timer
from field_app.state.journal import Journal
from field_app.state.recording import Recording
from field_app.state.services import Services
from field_app.state.tablet.installed import Installed
from field_app.state.tablet.settings import TabletSettings
from field_app.state.tablet.sync_status import SyncStatus
from field_app.state.tablet.transfer import Transfer
from field_app.store.local_store import Kept
from field_app.sync.enrolment import SyncError

RECENT = 500
"""Over how many records, the latest, what is used most is counted."""
OPENED_FROM_HOME = frozenset({"figures", "settings", "follow_ups", "journal", "services"})
"""The screens that Back leaves for the first one."""


@ft.observable
@dataclass(repr=False)  # flet writes what it draws into its log: no record's content may come along
class Session(Recording):
    """`screen` names what is shown: opening, broken, enrol, home, draft, journal, services."""

    screen: str = "opening"
    server_url: str = ""
    code: str = ""
    message: str = ""
    busy: bool = False
    at_fault: str = ""
    follow_ups: FollowUps = field(default_factory=FollowUps)
    services: Services = field(default_factory=Services)
    figures: Figures = field(default_factory=Figures)
    settings: TabletSettings = field(default_factory=TabletSettings)
    transfer: Transfer = field(default_factory=Transfer)
    installed: Installed = field(default_factory=Installed)
    on_back: Callable[[], object] | None = None
    on_lock: Callable[[], object] = lambda: None
    _desk: Desk | None = field(default=None)
    _task: asyncio.Task[None] | None = field(default=None)
    _asking: asyncio.Task[None] | None = field(default=None)
    _taken: tuple[list[Kept], date, tuple[Kept, ...]] | None = field(default=None)

    @property
    def holds_back(self) -> bool:
        """Return whether Back leaves the screen for another of the app, never for what stood before it in the
        browser."""
        from_settings = self.lock.changing if self.screen == "lock" else bool(self.team)
        return self.screen in OPENED_FROM_HOME | {"draft"} or (
            self.screen in ("enrol", "introduction", "lock") and from_settings
        )

    @property
    def team(self) -> str:
        """Return the name of the team, once enrolled."""
        return self._desk.enrolment.team if self._desk and self._desk.enrolment else ""

    async def open(self, way_in: Entrance | None = None) -> None:
        """Show the first screen; `way_in`: the PIN is asked for. What does not open is left as it is, and said."""
        self.server_url = os.environ.get("FIELD_APP_SERVER", "")
        self.installed = Installed(_port=self._ports.installation, _linked=self._follow_link, _back=self.on_back)
        self.installed.begin()
        has_pin = False
        try:
            self._entrance = way_in or await entrance.find_entrance(self._ports)
            has_pin = self._entrance.locked
            await (self._meet_pin(way_in) if has_pin else self._begin(await self._entrance.enter()))
        except entrance.TROUBLE as error:
            self.screen, self.message = "broken", entrance.explain(error)
        if not has_pin:
            await self._expect_pin(False)
        await self.installed.look()

    async def _begin(self, opened: Opened) -> None:
        """Read everything, and show the screen where the worker was: the tablet is open."""
        ports, found = self._ports, opened.records
        self._desk = desk = open_desk(opened, ports)
        self.journal, self.sync = Journal(_desk=desk), SyncStatus(_desk=desk, _after=self._synced)
        self.services, self.follow_ups = Services(_desk=desk), FollowUps(_desk=desk)
        self.timer, self.figures, self.transfer = Timer(_desk=desk), Figures(_desk=desk), Transfer(_desk=desk)
        self.settings = TabletSettings(_desk=desk, _themed=ports.show_theme)
        await self.sync.look()
        await self.follow_ups.look_up(found)
        await self._take(found)
        await self._look_at_timer(found)
        await self.settings.look()
        self.lock.minutes = (await desk.store.note("lock")).get("minutes", self.lock.minutes)
        # Thousands of records are no garbage: each full collection would go through them, 0.1 s under the finger.
        gc.freeze()
        await self._enter()
        self._start()

    async def _enter(self) -> None:
        desk, kept = self._opened, None
        if desk.enrolment is None:
            self.code = self.code or self.installed.code
            self.screen = "enrol" if await desk.store.note("introduction") else "introduction"
        elif not self._way_in.locked:  # enrolled before there were PINs, or stopped before choosing one
            self.lock.ask_new()
            self.screen = "lock"
        else:
            kept, self.screen = (await desk.store.get(self._left) if self._left else None), "home"
        self._left = ""
        if kept is not None:
            await self.take_up(kept)
        else:
            await self._follow_link()

    async def _follow_link(self) -> None:
        """Do once what the address asks for that was opened: a new code, or a new encounter. A form goes first."""
        code, encounter = self.installed.follow_link() if self.screen == "home" else ("", False)
        if code:
            await self.renew()
            self.code = code
        elif encounter:
            await self.new("encounter")

    async def lock_now(self) -> None:
        """Close the tablet: the key and every opened record leave the memory; what is under way is a draft."""
        if self._desk is None or not self._way_in.locked:
            return
        self._left, self.from_journal = self.draft.id if self.draft is not None else "", False
        self.journal.end()
        self.on_lock()
        self._stop()
        self._say()
        self._desk, self.draft, self.message, self._taken = None, None, "", None
        self.journal, self.sync, self.services, self.follow_ups = Journal(), SyncStatus(), Services(), FollowUps()
        self.timer, self.figures, self.settings, self.transfer = Timer(), Figures(), TabletSettings(), Transfer()
        self._ask_pin()

    async def enrol(self) -> None:
        """Enrol with the one-time code. On failure what was typed stays."""
        desk = self._opened
        if not self.server_url.strip() or not self.code.strip():
            self.message = "Saisissez l’adresse du serveur et le code."
            self.at_fault = "code" if self.server_url.strip() else "address"
            return
        self.busy, self.message = True, ""
        try:
            await enrolling.enrol(desk, self.server_url.strip(), self.code.strip())
        except SyncError as error:
            self.message, self.at_fault = error.message, enrolling.AT_FAULT.get(error.code, "")
            return
        finally:
            self.busy = False
        self.code = ""
        self.installed.follow_link()
        await self._synced()
        await self._enter()
        self._start()

    async def renew(self) -> None:
        """Ask for another code, on a tablet that was revoked or changes teams: its records stay."""
        known = self._opened.enrolment
        self.server_url = known.server_url if known else self.server_url
        self.code, self.message, self.screen = "", "", "enrol"

    async def introduced(self) -> None:
        """Note that the introduction was read or passed: it does not come again by itself."""
        with suppress(StoreError):  # it would only be shown once more
            await self._opened.store.keep_note("introduction", {"seen": True})
        self.screen = "settings" if self._opened.enrolment else "enrol"

    async def go_home(self, notice: str = "", thrown: Kept | None = None, saved: Kept | None = None) -> None:
        """Show the first screen, up to date; `thrown` is what it offers to put back, `saved` what to take out."""
        if self._desk is None:
            return  # locked meanwhile
        if await self.follow_ups.leave():
            self._taken = None  # what can no longer be undone goes, and its repère
        self.journal.leave(thrown)
        self.sync.count()
        self._say(notice, saved)
        self.draft, self.screen = None, "home"
        self.transfer.leave()
        await asyncio.sleep(SOON)  # what was saved is said first: to count it all anew takes longer than to draw
        await self._synced()

    async def show(self, screen: str) -> None:
        """Show another screen, with what it shows up to date."""
        self._say()
        self.journal.leave()
        self.journal.open(None)
        await self._synced()
        if screen == "figures":
            self.figures.open()
        elif screen == "follow_ups":
            self.follow_ups.open()
        self.screen = screen

    async def close_record(self) -> None:
        """Go back to the journal from a record that was read; what was noted of it is undone there from now on."""
        self.journal.open(None)
        if await self.follow_ups.leave() and self._desk is not None:  # not locked meanwhile
            self._taken = None
            await self._synced()

    async def step_back(self) -> None:
        """Go one step back: out of a slip or a record, to the list, home. A form is left on purpose only
        (`leave_form`)."""
        opened = {"draft": self.draft, "follow_ups": self.follow_ups}.get(self.screen)
        if opened is not None and opened.slip is not None:
            (opened.slip.shrink if opened.slip.large else opened.close_slip)()
        elif self.screen == "services" and self.services.entry is not None:
            self.services.show()
        elif self.screen == "journal" and self.journal.read is not None:
            await self.close_record()
        elif self.screen in OPENED_FROM_HOME:
            await self.go_home()
        elif self.screen != "draft" and self.holds_back:
            await self.show("settings")  # a code or a PIN to be changed, the introduction read again

    def follow_clock(self) -> None:
        """Propose the new day to what was left open past the end of an outing, with nothing entered in it."""
        if self.draft is not None:
            self.draft.follow_day()
        elif self._desk is not None and self.screen == "follow_ups":
            self.follow_ups.follow_day()

    async def show_journal(self, state: str = "") -> None:
        """Show the journal, up to date, with the records of that state or with all."""
        self.journal.begin(state)
        await self.show("journal")

    def close(self) -> None:
        """End the sync and close the file; nothing is lost, whenever this happens."""
        self._stop()
        if self._watching is not None:
            self._watching.cancel()

    @property
    def _opened(self) -> Desk:
        if self._desk is None:
            raise RuntimeError("the session is not open")
        return self._desk

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        if self._opened.enrolment is not None:
            self._task = self._task or loop.create_task(self.sync.keep_going())
            # Refused at first, granted to an app that is used. The answer may take as long as the person who is
            # asked: nothing waits for it, or the next tap would be taken for one that follows too soon.
            self._asking = loop.create_task(self.installed.persist())
        self._keep_watch()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._desk is not None:
            self._desk.store.close()

    async def _synced(self) -> None:
        desk = self._opened
        found = await desk.look()  # opened once for both: thousands of rows take their time
        await self.sync.look()
        await self._look_at_timer(found)
        before, day, undoable = self._taken or (None, None, None)
        if before is not found or day != desk.today or undoable is not desk.undoable:
            local_codes.adopt(found)
            desk.directory = Directory(found)
            await self._take(found)

    async def _look_at_timer(self, found: list[Kept]) -> None:
        await self.timer.look(found)
        self.journal.running = self.timer.draft

    async def _take(self, found: list[Kept]) -> None:
        desk = self._opened
        self._taken, desk.found = (found, desk.today, desk.undoable), found
        self.journal.take(found)
        self.follow_ups.take(found)
        self.figures.take(found)
        desk.used = usage.count(self.journal.records[:RECENT])
        desk.structures = structures.used(found)
        await self.services.take(found)
