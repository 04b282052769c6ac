"""Another epoch: begun by command, or by the server itself once it sees that its database went back.

What it sees it by: a cursor that it signed and whose mark its log no longer has (`sequence`), shown by a tablet or
kept in a small file outside the database. Every tablet then starts again: it first gives back what was lost.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine, make_url, select

from sync_server.intake import sequence
from sync_server.intake.judge import Sender
from sync_server.intake.sequence import TERRITORY
from sync_server.storage import audit_log, database, private_files
from sync_server.storage.audit_log import Act, Actor

log = logging.getLogger(__name__)
SERVER = "serveur"
"""Who acts in the log where nobody asked."""
WENT_BACK = "Base revenue à un état antérieur"
ASKED = "Nouvelle époque"
NEXT = "les tablettes comparent et renvoient ce qui manque"
SEEN = f"vu à la synchronisation d’une tablette de l’équipe {{team}} ; {NEXT}"
_ELSE = "a database put back will be seen by the tablets' cursors alone."
MARK_NOT_WRITTEN = f"The mark of the sequence cannot be written in %s: {_ELSE}"
NOT_SET = f"STATE_FOLDER is not set: {_ELSE}"
EMPTY = "Ce territoire n’est pas dans cette base : vérifiez DATABASE_URL et TERRITORY. Rien n’a été changé."


class OutsideMark:
    """The last cursor that was handed out, in a file outside the database: what a tablet that is up to date would
    show. It is written after the commit it tells of, so it is never ahead of what is durable, and without an
    fsync: behind by a little, it only sees less. Whoever cannot write it goes on without."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._last = ("", 0)
        self._alone = threading.Lock()
        self._told = False

    def read(self) -> str:
        """Read the cursor, empty where there is none."""
        with contextlib.suppress(OSError, ValueError):
            return self._path.read_text("ascii").strip() if self._path else ""
        return ""

    def note(self, cursor: str | None) -> None:
        """Save that cursor when it is further than the last one."""
        shown = sequence.read_cursor(cursor or "")
        if self._path is None or shown is None:
            return
        with self._alone:
            if shown.epoch == self._last[0] and shown.number <= self._last[1]:
                return
            self._last = shown.epoch, shown.number
            self._write(self._path, cursor or "")

    def forget(self) -> None:
        """Delete the file: the epoch is new anyway, what it says means nothing any more."""
        with contextlib.suppress(OSError):
            if self._path:
                self._path.unlink(missing_ok=True)

    def check(self, engine: Engine, code: str, today: date) -> bool:
        """Begin another epoch, before serving, where the file tells of a log that is no longer there; return
        whether it did. Several processes that start at once begin one."""
        if self._path is None:
            log.warning(NOT_SET)
            return False
        with database.writing(engine) as connection:
            database.lock_territory(connection, code)
            lost = _is_lost(connection, code, self.read())
            if lost:
                _begin(connection, Actor(code, SERVER, today), Act(WENT_BACK, NEXT))
            land = connection.execute(select(TERRITORY).where(TERRITORY.c.code == code)).one()
            self.note(sequence.cursor_at(connection, land, "", land.seq))  # before another's turn to read it
        return lost

    def _write(self, path: Path, cursor: str) -> None:
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            private_files.make_folder(path.parent)
            part.unlink(missing_ok=True)  # of a process of that number that was stopped in the middle
            with private_files.create(part) as file:
                file.write(f"{cursor}\n".encode("ascii"))
            part.replace(path)
        except OSError:
            if not self._told:
                log.warning(MARK_NOT_WRITTEN, path.parent)
            self._told = True


def outside_mark(database_url: str, folder: Path | None, code: str) -> OutsideMark:
    """Open the mark in the folder that is set, else beside the SQLite file; PostgreSQL has no place beside it."""
    target = make_url(database_url)
    if folder is not None:
        return OutsideMark(folder / f"sequence-{code}")
    if target.get_backend_name() == "sqlite" and target.database and target.database != ":memory:":
        return OutsideMark(Path(f"{target.database}.sequence-{code}"))
    return OutsideMark(None)


def begin_by_command(engine: Engine, code: str, today: date) -> None:
    """Begin an epoch because somebody says that the database was put back; its schema is brought up to date first.
    Raises ValueError where that territory is not in it."""
    if database.is_empty(engine):
        raise ValueError(EMPTY)
    database.upgrade(engine)
    with database.writing(engine) as connection:
        if connection.scalar(select(TERRITORY.c.code).where(TERRITORY.c.code == code)) is None:
            raise ValueError(EMPTY)
        _begin(connection, Actor(code, audit_log.COMMAND_LINE, today), Act(ASKED, NEXT))


def begin_if_went_back(engine: Engine, sender: Sender, cursor: str, today: date) -> bool:
    """Begin another epoch where that cursor proves that the log went back; return whether it did. It looks again
    under the territory's lock: of many tablets at once, one begins it."""
    with database.reading(engine) as connection:
        if not _proves(connection, sender, cursor):
            return False
    with database.writing(engine) as connection:
        database.lock_territory(connection, sender.territory)
        if not _proves(connection, sender, cursor):
            return False
        # The team, not the tablet: the log of acts watches no worker.
        actor = Actor(sender.territory, SERVER, today)
        _begin(connection, actor, Act(WENT_BACK, SEEN.format(team=sender.team)))
    return True


def _proves(connection: Connection, sender: Sender, cursor: str) -> bool:
    land = connection.execute(select(TERRITORY).where(TERRITORY.c.code == sender.territory)).one()
    return sequence.find_place(connection, land, sender.team, cursor).went_back


def _is_lost(connection: Connection, code: str, kept: str) -> bool:
    """Tell whether the file tells of a log that is no longer there. It is the server's own: its word is enough."""
    shown = sequence.read_cursor(kept)
    if shown is None:
        return False
    land = connection.execute(select(TERRITORY).where(TERRITORY.c.code == code)).one()
    return shown.epoch != land.epoch or not sequence.holds(connection, land, shown)


def _begin(connection: Connection, actor: Actor, act: Act) -> None:
    database.lock_territory(connection, actor.territory)
    sequence.begin_epoch(connection, actor.territory)
    audit_log.note(connection, actor, act)
    log.warning("Another epoch begins in territory %s: %s.", actor.territory, act.act)
