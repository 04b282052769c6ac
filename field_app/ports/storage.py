"""Find the folder of the tablet's files, and open its database there."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Protocol


class Storage(Protocol):
    """The medium of one device."""

    def folder(self) -> Path:
        """Return the folder for what the app keeps, made if it was not there."""

    def connect(self, path: Path) -> sqlite3.Connection:
        """Open a database whose commits outlive a power cut. Raises sqlite3.Error."""

    def free_bytes(self, path: Path) -> int:
        """Return the bytes left on the medium that a database lies on."""
