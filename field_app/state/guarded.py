"""Handle the PIN of the session: unlocking, changing it, locking after a pause."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from dataclasses import dataclass, field

from field_app.locking import entrance
from field_app.locking.entrance import Entrance, Opened
from field_app.locking.lock import Lock, spoken
from field_app.locking.opening import WrongPinError
from field_app.ports.ports import Ports
from field_app.ports.storage import StoreError
from field_app.state.desk import Desk
from field_app.store.local_store import Kept

NO_MEMORY = (
    "La tablette n’a plus assez de mémoire vive pour vérifier le code. Fermez les autres applications, puis "
    "tapez-le à nouveau : cet essai ne compte pas."
)
NOT_KEPT = "Le code n’a pas pu être enregistré : libérez de la place, puis choisissez-le à nouveau."


@dataclass(repr=False)
class Guarded:
    """The base of `Session`, which says how to begin and what to leave."""

    screen: str = "opening"
    message: str = ""
    lock: Lock = field(default_factory=Lock)
    _ports: Ports = field(default_factory=Ports)
    _entrance: Entrance | None = field(default=None)
    _left: str = ""
    _watching: asyncio.Task[None] | None = field(default=None)

    @property
    @abstractmethod
    def _opened(self) -> Desk:
        """Return the desk. Raises RuntimeError while it is closed."""

    @abstractmethod
    async def _begin(self, opened: Opened) -> None:
        """Read everything, and show the screen where the worker was: the tablet is open."""

    @abstractmethod
    async def lock_now(self) -> None:
        """Close the tablet."""

    @abstractmethod
    def follow_clock(self) -> None:
        """Bring up to date what the screen shows of today."""

    @abstractmethod
    async def show(self, screen: str) -> None:
        """Show another screen."""

    @abstractmethod
    async def go_home(self, notice: str = "", thrown: Kept | None = None, saved: Kept | None = None) -> None:
        """Show the first screen, which may offer to put back what was thrown away, or take out what was saved."""

    async def pin_typed(self) -> None:
        """Open the tablet with the six digits typed, or make them its PIN."""
        pin = self.lock.taken()
        if self.lock.stage == "unlock":
            await self._unlock(pin)
        elif chosen := self.lock.offer(pin):
            try:
                await self._way_in.choose(self._opened.store, chosen)
            except (StoreError, MemoryError) as error:
                self.lock.ask_new(self.lock.changing)
                self.lock.message = NOT_KEPT if isinstance(error, StoreError) else NO_MEMORY
                return
            await self._expect_pin(True)
            await (self.show("settings") if self.lock.changing else self.go_home())

    async def _unlock(self, pin: str) -> None:
        self.lock.busy = True
        try:
            if self.lock.wait:
                self.lock.message = f"Encore {spoken(self.lock.wait)} avant de pouvoir réessayer."
                return
            self.lock.touch()
            await self._begin(await self._way_in.enter(pin))
        except WrongPinError:
            self.lock.ask(self._way_in.tries)
        except MemoryError:
            self.lock.message = NO_MEMORY
        except entrance.TROUBLE as error:
            self.screen, self.message = "broken", entrance.explain(error)
        finally:
            self.lock.busy = False

    async def change_pin(self) -> None:
        """Ask for another PIN instead of the one that opened the tablet."""
        self.lock.ask_new(changing=True)
        self.screen = "lock"

    async def set_lock(self, minutes: int) -> None:
        """Set after how long without a touch the tablet locks."""
        await self._opened.store.keep_note("lock", {"minutes": minutes})
        self.lock.minutes = minutes

    async def keep_pin(self) -> None:
        """Keep the PIN: the worker does not want another one after all."""
        await self.show("settings")

    async def check_idle(self) -> None:
        """Lock when nothing was touched for the time that is set; what stays on the screen follows the clock."""
        if self.lock.due:
            await self.lock_now()
        self.follow_clock()

    async def _meet_pin(self, way_in: Entrance | None) -> None:
        """Try the six digits that stand in the field already; without them show the screen that asks for the PIN.
        `way_in` is where it was asked for before."""
        try:
            if self.lock.full:
                await self.pin_typed()
            elif way_in is None:
                self.lock.ask(self._way_in.tries)
        finally:  # whatever went wrong, there is a field to type it in
            if self.screen == "opening":
                self.screen = "lock"

    async def _expect_pin(self, has_pin: bool) -> None:
        if self._ports.early_pin is not None:
            await self._ports.early_pin.expect(has_pin)

    def _ask_pin(self) -> None:
        self.lock.ask(self._way_in.tries)
        self.screen = "lock"

    @property
    def _way_in(self) -> Entrance:
        if self._entrance is None:
            raise RuntimeError("the session was never opened")
        return self._entrance

    def _keep_watch(self) -> None:
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(max(1.0, self.lock.minutes * 60 - self.lock.idle))
            await self.check_idle()
