"""What the server of a history stands on: a database that can be backed up, and set back to that backup."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Protocol

from tests.postgres import run_on_postgresql

_numbers = itertools.count()


class Ground(Protocol):
    """`url` is the database; nobody is connected to it during the other calls."""

    url: str

    def back_up(self) -> None:
        """Keeps it as it is now."""

    def set_back(self) -> None:
        """Makes it what was kept."""

    def end(self) -> None:
        """Takes it away."""


class SqliteGround:
    def __init__(self, folder: Path, template: Path) -> None:
        self._now, self._kept = folder / "server.db", folder / "backup.db"
        self.url = f"sqlite:///{self._now}"
        shutil.copy(template, self._now)

    def back_up(self) -> None:
        with closing(sqlite3.connect(self._now)) as now, closing(sqlite3.connect(self._kept)) as kept:
            now.backup(kept)

    def set_back(self) -> None:
        for path in self._now.parent.glob("server.db*"):
            path.unlink()
        shutil.copy(self._kept, self._now)

    def end(self) -> None:
        """Its folder goes with the history."""


class PostgresqlGround:
    def __init__(self, server: str, template: str = "template_empty") -> None:
        self._server, self._now = server, f"fleet_{next(_numbers)}"
        self._kept = f"{self._now}_kept"
        self.url = server.format(self._now)
        self._copy(template, self._now)

    def _copy(self, source: str, target: str) -> None:
        run_on_postgresql(self._server, f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
        run_on_postgresql(self._server, f"CREATE DATABASE {target} TEMPLATE {source}")

    def back_up(self) -> None:
        self._copy(self._now, self._kept)

    def set_back(self) -> None:
        self._copy(self._kept, self._now)

    def end(self) -> None:
        for name in (self._now, self._kept):
            run_on_postgresql(self._server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
