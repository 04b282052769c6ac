"""Keys that are kept outside the database, each in a file that its owner alone reads."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from sqlalchemy import make_url

from sync_server.settings import Settings
from sync_server.storage import private_files

LENGTH = 32
"""Bytes, as many as SHA-256 makes use of."""
NO_KEY = (
    "« {path} » n’est pas une clé de ce serveur. Remettez la vôtre à sa place, ou donnez un autre nom de fichier"
    " dans {setting} : le serveur en fera une."
)


def find_path(settings: Settings, setting: str, name: str) -> Path | None:
    """Return where a key is kept: where `setting` says, else under `name` in the state folder, else beside the
    SQLite file, else in the folder of the server. None for a database in memory, which nobody reads after it."""
    chosen: Path | None = getattr(settings, setting)
    if chosen is not None:
        return chosen
    if settings.state_folder is not None:
        return settings.state_folder / name
    target = make_url(settings.database_url)
    if target.get_backend_name() != "sqlite":
        return Path("var/server") / name
    if not target.database or target.database == ":memory:":
        return None
    return Path(f"{target.database}.{name}")


def open_key(path: Path | None, setting: str) -> bytes:
    """Read a key, made where there is none. Two processes that start together take the same one. Raises
    ValueError, in French, on a file that is no key."""
    if path is None:
        return secrets.token_bytes(LENGTH)
    if not path.exists():
        private_files.make_folder(path.parent)
        _make(path)
    private_files.tighten(path)
    return read_key(path, setting)


def read_key(path: Path, setting: str) -> bytes:
    """Read a key that is there. Raises ValueError, in French, on a file that is none."""
    with open(path, "rb") as file:
        content = file.read(4 * LENGTH)
    try:
        secret = base64.b64decode(content.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError(NO_KEY.format(path=path, setting=setting.upper())) from error
    if len(secret) != LENGTH:
        raise ValueError(NO_KEY.format(path=path, setting=setting.upper()))
    return secret


def _make(path: Path) -> None:
    """Write a whole key under another name, then give it its own unless another process was first."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with private_files.create(part) as file:
        file.write(base64.b64encode(secrets.token_bytes(LENGTH)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
