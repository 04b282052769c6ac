"""The way in: the device secret, then the PIN once there is one, then all that the tablet holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from field_app.locking import opening
from field_app.locking.opening import Gate, NewerStoreError
from field_app.ports.ports import Ports
from field_app.ports.secret import DeviceSecret, SecretDamagedError
from field_app.ports.storage import StoreError
from field_app.ports.vault import SealBrokenError, Vaults
from field_app.sync.enrolment import Enrolment

if TYPE_CHECKING:  # what the records bring is loaded once the PIN is asked for: see `field_app.loading`
    from field_app.store.local_store import Kept, LocalStore
    from field_app.store.private_notes import PrivateNotes

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
TROUBLE = (SealBrokenError, SecretDamagedError, NewerStoreError, StoreError, OSError)
"""What may stand in the way; whatever it is, nothing is erased."""


def explain(error: Exception) -> str:
    """Return what a worker reads of it."""
    if isinstance(error, SealBrokenError | SecretDamagedError):
        return UNREADABLE
    return NEWER if isinstance(error, NewerStoreError) else DAMAGED


@dataclass(frozen=True, slots=True)
class Opened:
    """An open tablet: its records and notes, whose it is (None before it enrols), and all the records it holds."""

    store: LocalStore
    notes: PrivateNotes
    enrolment: Enrolment | None
    records: list[Kept]


class Entrance:
    """One tablet's way in. Make one with `find_entrance`."""

    def __init__(self, gate: Gate, secret: DeviceSecret, vaults: Vaults) -> None:
        self._gate = gate
        self._secret = secret
        self._vaults = vaults

    @property
    def locked(self) -> bool:
        """Return whether a PIN was chosen. Raises one of `TROUBLE`."""
        return self._gate.locked()

    @property
    def tries(self) -> int:
        """Return how many wrong PINs in a row."""
        return self._gate.tries()

    async def enter(self, pin: str = "") -> Opened:
        """Open the tablet and read all it holds. Raises WrongPinError, MemoryError, or one of
        `TROUBLE`."""
        from field_app import local_codes

        store, notes = await self._gate.open(pin)
        try:
            note = await store.note("enrolment")
            records = await store.all()
            local_codes.adopt(records)  # before anything is judged or drawn
            return Opened(store, notes, Enrolment(**note) if note else None, records)
        except BaseException:
            store.close()
            raise

    async def choose(self, store: LocalStore, pin: str) -> None:
        """Let this PIN open the tablet from now on, and nothing else. Raises StoreError, MemoryError."""
        await opening.choose_pin(store, self._secret, pin, self._vaults)


async def find_entrance(ports: Ports) -> Entrance:
    """Return the way into the tablet of this device. Raises one of `TROUBLE`."""
    folder = ports.storage.folder()
    secret = await ports.secrets(folder).secret()
    return Entrance(Gate(folder / "tablet.db", secret, ports.vaults, ports.storage), secret, ports.vaults)
