"""Keep the tablet's files in a folder of the file system."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from field_app.ports.storage import make_durable


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
        return make_durable(sqlite3.connect(path, isolation_level=None, timeout=10))

    def free_bytes(self, path: Path) -> int:
        """Return the bytes left: see `Storage`."""
        return shutil.disk_usage(path.parent).free
