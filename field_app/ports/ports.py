"""Gather what the app asks of the device it runs on, so that a test or another platform hands in its own."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from field_app.ports import device
from field_app.ports.device import Locate
from field_app.ports.early_pin import EarlyPin
from field_app.ports.installation import Installation
from field_app.ports.secret import SecretKeeper
from field_app.ports.storage import Storage
from field_app.ports.transport import Transport, use_sockets
from field_app.ports.vault import Vaults

# A desk's own are imported where they are asked for: what they are made of is in no browser.


def desk_storage() -> Storage:
    """Return the folder of a desk."""
    from field_app.ports.desk.storage import FolderStorage

    return FolderStorage()


def desk_secrets(folder: Path) -> SecretKeeper:
    """Return what keeps the secret of a desk in that folder."""
    from field_app.ports.desk.secret import FileSecret

    return FileSecret(folder)


def desk_vaults() -> Vaults:
    """Return the vaults of a desk."""
    from field_app.ports.desk.ciphers import DeskCiphers

    return Vaults(DeskCiphers())


SOON = 0.05
"""Seconds that a screen is given to be drawn and sent: in a browser each turn of the loop may take some
milliseconds."""


async def await_nothing() -> None:
    """Wait for nothing: what a desk's client was told stands on the screen before anything else it is asked."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Name each collaborator once; the defaults are those of a desk.

    `secrets` gives the keeper of the device secret for a folder; `monotonic` seconds that only go on, whatever the
    clock of the tablet is set to; `locate` is None where the device cannot say where it is; `feel` knocks
    lightly under the finger; `await_frame` waits until what was sent to the screen stands there; `show_theme`
    takes `day`, `night` or the tablet's own; `print_picture` prints a PNG on a sheet of A5; it, `installation`
    and `early_pin` are None where the app is no page of a browser.
    """

    storage: Storage = field(default_factory=desk_storage)
    secrets: Callable[[Path], SecretKeeper] = desk_secrets
    vaults: Vaults = field(default_factory=desk_vaults)
    transport: Transport = use_sockets
    clock: Callable[[], datetime] = device.now
    monotonic: Callable[[], float] = time.monotonic
    locate: Locate | None = None
    feel: Callable[[], object] = lambda: None
    await_frame: Callable[[], Awaitable[None]] = await_nothing
    print_picture: Callable[[bytes], Awaitable[None]] | None = None
    show_theme: Callable[[str], object] = lambda theme: None
    installation: Installation | None = None
    early_pin: EarlyPin | None = None
