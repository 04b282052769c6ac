"""Find the folder of the tablet's files, and open its database there."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Protocol

StoreError = sqlite3.Error
"""What the store raises when the tablet’s memory is full or fails."""


class Storage(Protocol):
    """The medium of one device."""

    def folder(self) -> Path:
        """Return the folder for what the app keeps, made if it was not there."""

    def connect(self, path: Path) -> sqlite3.Connection:
        """Open a database whose commits outlive a power cut. Raises sqlite3.Error."""

    def free_bytes(self, path: Path) -> int:
        """Return the bytes left on the medium that a database lies on."""


def make_durable(connection: sqlite3.Connection, *before: str) -> sqlite3.Connection:
    """Set a connection so that each commit outlives a power cut, after the statements that must come `before` its
    journal is opened, and return it. Raises sqlite3.Error, the connection closed."""
    try:
        for statement in before:
            connection.execute(statement)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # a private note that is erased leaves nothing behind
    except BaseException:
        connection.close()
        raise
    return connection
