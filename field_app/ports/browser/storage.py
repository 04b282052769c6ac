"""Keep the tablet's database on the browser's own file system (OPFS), mounted by the page's worker."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from tablet_js import room

from field_app.ports.storage import make_durable


class OpfsStorage:
    """See `Storage`."""

    def folder(self) -> Path:
        """Return where the worker mounted it."""
        return Path(os.environ["FLET_APP_STORAGE_DATA"])

    def connect(self, path: Path) -> sqlite3.Connection:
        """Open the database. A browser has no shared memory: one connection, told so before the journal is."""
        return make_durable(sqlite3.connect(path, isolation_level=None), "PRAGMA locking_mode = EXCLUSIVE")

    def free_bytes(self, path: Path) -> int:
        """Return the bytes that the browser still grants, wherever the database lies."""
        return int(room())
