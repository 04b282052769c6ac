"""Keeps the server's files to their owner alone, whatever the umask: files 0600, their folders 0700."""

from __future__ import annotations

import errno
import logging
import os
import stat
from pathlib import Path
from typing import IO

from sqlalchemy import make_url

log = logging.getLogger(__name__)
FILE, FOLDER = 0o600, 0o700
TIGHTENED = "%s could be read by others: its rights are now %03o (they were %03o)."
SHARED = "%s may be read by others (%03o), and is not ours alone to close: give the server a folder of its own."
BACKUP = "trait-dunion-"
"""How the name of a backup begins, in a folder."""
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside its file."""


def make_folder(path: Path) -> None:
    """Make the folder and those above it that are missing, each 0700. What is there keeps its rights.
    Raises NotADirectoryError."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(FOLDER, exist_ok=True)
        one.chmod(FOLDER)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


def create(path: Path) -> IO[bytes]:
    """Open a new file to write, 0600 from its first moment. Raises FileExistsError."""
    return open(path, "xb", opener=_open_private)


def _open_private(name: str, flags: int) -> int:
    descriptor = os.open(name, flags, FILE)
    os.fchmod(descriptor, FILE)  # the umask may have taken the owner's own rights
    return descriptor


def make_file(path: Path) -> None:
    """Make an empty file, unless there is one: SQLite gives its `-wal` and `-shm` the rights of its file."""
    try:
        create(path).close()
    except FileExistsError:
        return


def tighten(path: Path, most: int = FILE) -> bool:
    """Take from everybody but the owner what they may do with it, with a line in the log; return whether there
    was something to take."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    mode = stat.S_IMODE(found.st_mode)
    if not mode & 0o077:
        return False
    if found.st_uid != os.geteuid() or mode & stat.S_ISVTX or path.resolve() in _shared_folders():
        log.warning(SHARED, path, mode)
        return False
    try:
        path.chmod(mode & most)
    except OSError:  # a disk that is only read
        log.warning(SHARED, path, mode)
        return False
    log.warning(TIGHTENED, path, mode & most, mode)
    return True


def tighten_backups(folder: Path) -> None:
    """Tighten the backups of the folder, and the folder itself where it holds nothing else."""
    kept = sorted(folder.iterdir())
    ours = [one for one in kept if one.name.startswith(BACKUP) and one.is_file()]
    for one in ours:
        tighten(one)
    if ours == kept:
        tighten(folder, FOLDER)


def _shared_folders() -> set[Path]:
    """List the folders that hold other things too, whoever owns them."""
    return {Path("/"), Path.cwd().resolve(), Path.home().resolve()}


def tighten_kept(database_url: str, state_folder: Path | None) -> None:
    """Tighten what an earlier version, or a copy, left open to others: the SQLite file, what stands beside it,
    their folder and that of the mark."""
    target = make_url(database_url)
    name = target.database or ""
    if target.get_backend_name() == "sqlite" and name and name != ":memory:":
        path = Path(name)
        for one in (path, *(path.with_name(path.name + end) for end in BESIDE)):
            tighten(one)
        for one in sorted(path.parent.glob(f"{path.name}.sequence-*")):
            tighten(one)
        tighten(path.parent, FOLDER)
    if state_folder is not None:
        for one in sorted(state_folder.glob("sequence-*")):
            tighten(one)
        tighten(state_folder, FOLDER)
