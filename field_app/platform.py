"""The one port to what differs between an Android tablet, a desk and a browser: storage, secret, clock."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Protocol

SECRET_BYTES = 32


class SecretKeeper(Protocol):
    """Where the device secret lives: what protects the records is that it does not leave the device."""

    async def secret(self) -> bytes:
        """The 32 bytes, made at the first call."""


class FileSecret:
    """A file that only its owner reads. On a desk and in the demonstration; Android has its secure storage."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "device.secret"

    async def secret(self) -> bytes:
        """See `SecretKeeper`. Never overwrites: a lost secret would lose every unsent record."""
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return self._path.read_bytes()
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        return self._path.read_bytes()


def storage() -> Path:
    """The folder for what the app keeps: `FLET_APP_STORAGE_DATA`, given on every packaged platform."""
    folder = Path(os.environ.get("FLET_APP_STORAGE_DATA") or "var/field_app")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def now() -> datetime:
    """The moment on the device, in its own time zone: its day is the day of the record."""
    return datetime.now().astimezone()


def slot_of(hour: int) -> str:
    """The time slot of that hour, as the form proposes it."""
    if 6 <= hour < 12:
        return "matin"
    if 12 <= hour < 18:
        return "apres-midi"
    return "soiree" if 18 <= hour < 23 else "nuit"
