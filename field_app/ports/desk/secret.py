"""Keep the device secret of a desk in a file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from field_app.ports.secret import SecretBytes, SecretDamagedError

SECRET_BYTES = 32


class FileSecret:
    """A file that only its owner reads: on a desk and in the demonstration."""

    def __init__(self, folder: Path, link: Callable[[Path, Path], None] = os.link) -> None:
        self._path = folder / "device.secret"
        self._link = link

    async def secret(self) -> SecretBytes:
        """See `SecretKeeper`. Never overwrites: a lost secret would lose every unsent record.

        Raises SecretDamagedError rather than seal under a truncated secret, which anybody could guess.
        """
        if not self._path.exists():
            self._make()
        found = self._path.read_bytes()
        if len(found) != SECRET_BYTES:
            raise SecretDamagedError(f"{len(found)} bytes")
        return SecretBytes(found)

    def _make(self) -> None:
        """Written whole beside, then linked: a power cut leaves either no secret or a good one, and a second
        window that starts at the same moment takes the first one's instead of putting its own in its place."""
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
