"""The device itself: its secret, its clock, where it is."""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

SECRET_BYTES = 32


class SecretDamagedError(Exception):
    """The device secret is there and is not one. A new one would open nothing: it is left as it is."""


class SecretKeeper(Protocol):
    """Where the device secret lives: what protects the records is that it does not leave the device."""

    async def secret(self) -> bytes:
        """Return the 32 bytes, made at the first call."""


class FileSecret:
    """A file that only its owner reads. On a desk and in the demonstration; Android has its secure storage."""

    def __init__(self, folder: Path, link: Callable[[Path, Path], None] = os.link) -> None:
        self._path = folder / "device.secret"
        self._link = link

    async def secret(self) -> bytes:
        """See `SecretKeeper`. Never overwrites: a lost secret would lose every unsent record.

        Raises SecretDamagedError rather than seal under a truncated secret, which anybody could guess.
        """
        if not self._path.exists():
            self._make()
        found = self._path.read_bytes()
        if len(found) != SECRET_BYTES:
            raise SecretDamagedError(f"{len(found)} bytes")
        return found

    def _make(self) -> None:
        """Create the device secret. Written whole beside, then linked: a power cut leaves either no secret or a
        good one, and a second window that starts at the same moment takes the first one's instead of putting its
        own in its place."""
        beside = self._path.with_suffix(f".{secrets.token_hex(4)}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(SECRET_BYTES))
                file.flush()
                os.fsync(file.fileno())
            self._put_in_place(beside)
        finally:
            beside.unlink(missing_ok=True)

    def _put_in_place(self, beside: Path) -> None:
        try:
            self._link(beside, self._path)
        except FileExistsError:
            return
        except OSError:  # Android allows apps no hard link; there an app has one window: a rename will do
            beside.rename(self._path)


class NoPositionError(Exception):
    """The device does not say where it is: refused, switched off, or no signal."""


Locate = Callable[[], Awaitable[tuple[float, float]]]
"""Where the device is (latitude, longitude, degrees), asked once, on a tap. Raises NoPositionError. Whoever calls
keeps the commune only: a position is never stored nor sent (PRIVACY)."""


def now() -> datetime:
    """Return the moment on the device, in its own time zone: its day is the day of the record."""
    return datetime.now().astimezone()


def slot_of(hour: int) -> str:
    """Return the time slot of that hour, as the form proposes it."""
    if 6 <= hour < 12:
        return "matin"
    if 12 <= hour < 18:
        return "apres-midi"
    return "soiree" if 18 <= hour < 23 else "nuit"
