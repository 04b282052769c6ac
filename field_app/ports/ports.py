"""Gather what the app asks of the device it runs on, so that a test or another platform hands in its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from field_app.ports import device
from field_app.ports.device import FileSecret, Locate, SecretKeeper
from field_app.ports.storage import FolderStorage, Storage
from field_app.ports.transport import Transport, use_sockets
from field_app.ports.vault import DeskVaults, Vaults


@dataclass(frozen=True, slots=True)
class Ports:
    """Name each collaborator once; the defaults are those of a desk.

    `secrets` gives the keeper of the device secret for a folder; `monotonic` seconds that only go on, whatever the
    clock of the tablet is set to; `locate` is None where the device cannot say where it is; `feel` knocks
    lightly under the finger; `show_theme` takes `day`, `night` or the tablet's own.
    """

    storage: Storage = field(default_factory=FolderStorage)
    secrets: Callable[[Path], SecretKeeper] = FileSecret
    vaults: Vaults = field(default_factory=DeskVaults)
    transport: Transport = use_sockets
    clock: Callable[[], datetime] = device.now
    monotonic: Callable[[], float] = time.monotonic
    locate: Locate | None = None
    feel: Callable[[], object] = lambda: None
    show_theme: Callable[[str], object] = lambda theme: None
