"""Handle the form of the session: begin a record, save it, go back to where one came from."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field

from field_app.ports.storage import StoreError
from field_app.state.forms import begin, series
from field_app.state.forms.drafts import Draft
from field_app.state.forms.timer import Timer
from field_app.state.guarded import Guarded
from field_app.state.journal import Journal
from field_app.state.records.saying import say_saved
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.local_store import Kept


@dataclass(repr=False)
class Recording(Guarded):
    """The base of `Session` for what is recorded; `notice` is what the next screen says of it and `saved` the new
    record it speaks of, `from_journal` tells whether the form was opened there."""

    notice: str = ""
    saved: Kept | None = None
    draft: Draft | None = None
    journal: Journal = field(default_factory=Journal)
    sync: SyncStatus = field(default_factory=SyncStatus)
    timer: Timer = field(default_factory=Timer)
    from_journal: bool = False

    async def new(self, kind: str, toward: str = "") -> None:
        """Begin a new record of that kind; an encounter may be begun from a service of the directory."""
        self._say()
        self.draft = await begin.new(kind, self._opened)
        if toward:
            self.draft.toward = toward
            with suppress(StoreError):  # taken up later, the draft would only have to be referred by hand
                await self._opened.store.keep_note("toward", {"draft": self.draft.id, "service": toward})
        self._show_form()

    async def take_up(self, kept: Kept) -> None:
        """Open a record of the journal, to go on with, correct or edit."""
        self._say()
        self.journal.hold(kept)
        self.draft = await begin.resume(kept, self._opened)
        self._show_form()

    async def show_presence(self) -> None:
        """Open the presence that is timed."""
        if kept := await self._opened.store.get(self.timer.draft):
            await self.take_up(kept)

    async def save(self) -> None:
        """Save what is being entered; on a refusal the form stays, with what to mend."""
        if self.draft is not None and await self.timer.end_with(self.draft) and await self.draft.save_once():
            self._ports.feel()
            draft = self.draft
            kept = await self._opened.store.get(draft.opened.id) if draft.is_new else None
            await self.leave_form(say_saved(draft), saved=kept)

    async def save_and_next(self, draft: Draft) -> None:
        """Save, and open the next of the series: the same place, slot, commune and day. A second tap before the
        next form is drawn is about the same draft: it would save somebody whom nobody met."""
        if self.draft is draft and await draft.save_once():
            self._ports.feel()
            with suppress(StoreError):
                await self._opened.look()  # what was saved is of the outing
            self.draft = series.after(draft, self._opened, say_saved(draft))

    async def copy(self, kept: Kept) -> None:
        """Begin a new record like that one."""
        self._say()
        self.journal.hold(kept)
        self.draft = series.copy_of(kept, self._opened)
        self._show_form()

    def _show_form(self) -> None:
        # The drafts alone are shown on the way from home to what was begun: that way leads back home.
        self.from_journal = self.screen == "journal" and self.journal.shown != "draft"
        self.screen = "draft"

    async def leave_form(self, notice: str = "", thrown: Kept | None = None, saved: Kept | None = None) -> None:
        """Go back to where the form was opened from, up to date; what was entered and not saved is a draft."""
        if not self.from_journal:
            await self.go_home(notice, thrown, saved)
            return
        await self.journal.come_back()
        self._say(notice, saved)
        self.draft, self.screen = None, "journal"
        self.journal.tell(thrown)
        await self._synced()

    def _say(self, notice: str = "", saved: Kept | None = None) -> None:
        """Say that of what was just recorded; `saved` may be corrected or taken out at once."""
        self.notice, self.saved = notice, saved

    @abstractmethod
    async def _synced(self) -> None:
        """Read anew what the tablet holds, and count it where it changed."""

    async def discard(self) -> None:
        """Throw the draft away; where one came from it may be put back."""
        await self.leave_form(thrown=await self.draft.discard() if self.draft is not None else None)

    async def delete(self, kept: Kept) -> None:
        """Delete a record, for which the worker was asked."""
        self._say()
        self.journal.tell(None)
        await self.journal.delete(kept)
        await self._count()

    async def unsave(self, kept: Kept) -> None:
        """Take out what was just saved by a stray tap; that may be undone like any deletion."""
        await self.delete(kept)
        self.journal.tell(kept)

    async def put_back(self, kept: Kept) -> None:
        """Undo a deletion."""
        self._say()
        await self.journal.put_back(kept)
        await self._count()

    async def _count(self) -> None:
        """Count anew what the screen says of it: the journal itself is up to date."""
        await (self.sync.look() if self.screen == "journal" else self._synced())
