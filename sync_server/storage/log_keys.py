"""The key of the security log: a file outside the database (`key_files.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sync_server.settings import Settings
from sync_server.storage import key_files

_SETTING = "security_log_key_file"


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key, and its id: the first characters of its digest, which tell nothing of it."""

    secret: bytes

    @property
    def id(self) -> str:
        """Return what the entries made with it are known by."""
        return sha256(b"security log" + self.secret).hexdigest()[:16]


def find_path(settings: Settings) -> Path | None:
    """Return where the key is kept, None for a database in memory."""
    return key_files.find_path(settings, _SETTING, f"journal-{settings.territory}.cle")


def open_key(path: Path | None) -> LogKey:
    """Read the key, made where there is none. Raises ValueError, in French, on a file that is no key."""
    return LogKey(key_files.open_key(path, _SETTING))


def read_key(path: Path) -> LogKey:
    """Read a key that is there. Raises ValueError, in French, on a file that is none."""
    return LogKey(key_files.read_key(path, _SETTING))
