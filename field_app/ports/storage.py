"""Find the folder of the tablet's files, and open its database there."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Protocol


class Storage(Protocol):
    """The medium of one device."""

    def folder(self) -> Path:
        """Return the folder for what the app keeps, made if it was not there."""

    def connect(self, path: Path) -> sqlite3.Connection:
        """Open a database whose commits outlive a power cut. Raises sqlite3.Error."""


class FolderStorage:
    """A folder of the file system: `FLET_APP_STORAGE_DATA`, given on every packaged platform, or the one named."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def folder(self) -> Path:
        """Return the folder: see `Storage`."""
        found = self._folder or Path(os.environ.get("FLET_APP_STORAGE_DATA") or "var/field_app")
        found.mkdir(parents=True, exist_ok=True)
        return found

    def connect(self, path: Path) -> sqlite3.Connection:
        """Open a database: see `Storage`."""
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # a private note that is erased leaves nothing behind
        except BaseException:
            connection.close()
            raise
        return connection


def free_bytes(path: str) -> int:
    """Return the bytes left on the medium that a file lies on."""
    return shutil.disk_usage(path).free
