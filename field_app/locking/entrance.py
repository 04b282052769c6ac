"""The way in: the device secret, then the PIN once there is one, then the desk with all it holds."""

from __future__ import annotations

from field_app import local_codes
from field_app.directory import Directory
from field_app.locking import opening
from field_app.locking.opening import Gate, NewerStoreError
from field_app.ports import device
from field_app.ports.vault import SealBrokenError
from field_app.state.desk import Desk
from field_app.store.local_store import Kept, StoreError
from field_app.sync.client import Enrolment

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
TROUBLE = (SealBrokenError, device.SecretDamagedError, NewerStoreError, StoreError, OSError)
"""What may stand in the way; whatever it is, nothing is erased."""


def said(error: Exception) -> str:
    """What a worker reads of it."""
    if isinstance(error, SealBrokenError | device.SecretDamagedError):
        return UNREADABLE
    return NEWER if isinstance(error, NewerStoreError) else DAMAGED


class Entrance:
    """One tablet's way in. Make one with `found`."""

    def __init__(self, gate: Gate, secret: bytes) -> None:
        self._gate = gate
        self._secret = secret

    @property
    def locked(self) -> bool:
        """Whether a PIN was chosen. Raises one of `TROUBLE`."""
        return self._gate.locked()

    @property
    def tries(self) -> int:
        """How many wrong PINs in a row."""
        return self._gate.tries()

    async def enter(self, pin: str = "") -> tuple[Desk, list[Kept]]:
        """The desk, and every record. Raises WrongPinError, or one of `TROUBLE`."""
        store, notes = await self._gate.open(pin)
        try:
            note = await store.note("enrolment")
            found = await store.all()
            local_codes.adopt(found)  # before anything is judged or drawn
            return Desk(store, Directory(found), Enrolment(**note) if note else None, notes=notes), found
        except BaseException:
            store.close()
            raise

    async def choose(self, desk: Desk, pin: str) -> None:
        """From now on this PIN opens the tablet, and nothing else."""
        await opening.choose_pin(desk.store, self._secret, pin)


async def found() -> Entrance:
    """The way into the tablet of this device. Raises one of `TROUBLE`."""
    folder = device.storage()
    secret = await device.FileSecret(folder).secret()
    return Entrance(Gate(folder / "tablet.db", secret), secret)
