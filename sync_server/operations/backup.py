"""Backup and restore: the whole server in one file, the same for SQLite and PostgreSQL.

JSON lines, packed and sealed (`sealing`): what it is, each table and its rows, then how many and the digest of all
that. One in clear, as they were before December 2026, is restored too. Made while the server runs, from one
consistent look. A restored server has another epoch: the tablets then compare what they had
been told with what it holds, and send again what it lost (SYNC, 19).
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Connection, Date, Engine, MetaData, Table, insert, select
from sqlmodel import SQLModel

from sync_server.intake import store
from sync_server.operations import sealing
from sync_server.operations.sealed_backup import DAMAGED, BackupError, open_sealed
from sync_server.operations.sealing import Secret
from sync_server.storage import database, private_files
from sync_server.storage.desk_tables import StaleTally, Tally, TallyForm
from sync_server.storage.import_tables import PendingImport
from sync_server.storage.tables import (
    Attempts,
    ConsoleSession,
    EnrolmentCode,
    FactView,
    KnownBrowser,
    SequenceMark,
    SpentForm,
    Territory,
    table,
)

FORMAT = "trait-dunion 1"
"""What the file is, and the version of its form."""
FLEETING = frozenset(
    table(model).name
    for model in (
        Attempts, ConsoleSession, EnrolmentCode, PendingImport, Tally, StaleTally, TallyForm,
        SequenceMark, FactView, KnownBrowser, SpentForm,
    )
)  # fmt: skip
"""Not kept: a sign-in or a one-time code of yesterday must not come back to life; tallies are counted anew, views
made anew, and another epoch has marks of its own."""
EPOCH = {"epoch": "", "restored_seq": 0, "cursor_secret": ""}  # nosec B105  # emptied in a copy
"""Not kept either: a restored server begins another epoch."""
LAND = table(Territory).name
SHORT = 16
"""Characters of a digest that a name tells: nobody makes another entry with the same ones."""
ROWS_AT_ONCE = 500
"""Rows read or written together: the memory needed does not grow with the file."""
EXISTS = "Ce fichier existe déjà. Donnez un autre nom : une sauvegarde n’en remplace jamais une autre."
NEWER = "Cette sauvegarde vient d’une version plus récente. Mettez le serveur à jour, puis recommencez."
NOT_EMPTY = "La base contient déjà des données. Donnez une base vide dans DATABASE_URL ; rien n’a été changé."
DIFFERENT = "La sauvegarde relue ne dit pas la même chose que la base. Recommencez ; aucun fichier n’est gardé."


@dataclass(frozen=True, slots=True)
class Backup:
    """What a file holds: the schema it was made under, its rows by table, the digest of it all, and the number and
    digest of the last entry of the audit log (0 and empty where it has none, or the schema told none)."""

    schema: str
    rows: dict[str, int]
    digest: str
    log_number: int = 0
    log_digest: str = ""

    @property
    def count(self) -> int:
        """Number of rows in all."""
        return sum(self.rows.values())


def save(engine: Engine, path: Path, secret: Secret | None = None) -> Backup:
    """Write the backup, sealed with the secret (in clear without one), then restore it elsewhere and compare: only
    what proved good gets the name.

    Raises BackupError.
    """
    part = path.with_name(path.name + ".part")
    if path.exists() or part.exists():
        raise BackupError(EXISTS)
    private_files.make_folder(path.parent)
    try:
        found = _written(engine, part, secret)
        with tempfile.TemporaryDirectory(dir=_proving_ground(engine)) as apart:
            proof = database.connect(f"sqlite:///{apart}/proof.db")
            try:
                restore(proof, part, secret)
                again = _written(proof, Path(apart) / "again", secret)
            finally:
                proof.dispose()
        if again != found:
            raise BackupError(DIFFERENT)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return found


def _proving_ground(engine: Engine) -> Path | None:
    """Return where the proof is made: beside the database, never beside the backup, whose disk is to hold nothing
    in clear. None, with PostgreSQL, for the system's folder of temporary files."""
    return Path(engine.url.database).parent if engine.dialect.name == "sqlite" and engine.url.database else None


def save_in(engine: Engine, folder: Path, now: datetime, secret: Secret | None = None) -> tuple[Path, Backup]:
    """Save a backup under a name that tells when it was made and where the audit log ended: whoever rewrote the
    log and its end since cannot have rewritten that. Raises BackupError."""
    made = folder / f"{private_files.BACKUP}{now:%Y-%m-%d-%Hh%M}"
    found = save(engine, made, secret)
    named = made.with_name(f"{made.name}-journal-{found.log_number}-{found.log_digest[:SHORT] or 'vide'}")
    if named.exists():
        made.unlink()
        raise BackupError(EXISTS)
    return made.rename(named), found


def restore(engine: Engine, path: Path, secret: Secret | None = None) -> Backup:
    """Fill an empty database, all or nothing, under a new epoch. Raises BackupError."""
    found = inspect(path, secret)
    if not database.knows(found.schema):
        raise BackupError(NEWER)
    if not database.is_empty(engine):
        raise BackupError(NOT_EMPTY)
    database.upgrade(engine, found.schema)
    with database.writing(engine) as connection:
        _fill(connection, _read(path, secret))
    database.upgrade(engine)
    with database.writing(engine) as connection:
        store.begin_epoch(connection)
    return found


def inspect(path: Path, secret: Secret | None = None) -> Backup:
    """Read the file to its end and return what it holds: one cut short or changed raises BackupError."""
    found: Backup | None = None
    seen, rows, name, schema = sha256(), dict[str, int](), "", ""
    columns, log = list[str](), (0, "")
    for line, value in _read(path, secret):
        if found is not None:
            raise BackupError(DAMAGED)
        if isinstance(value, list):
            rows[name] = rows.get(name, 0) + 1
            log = _log_end(dict(zip(columns, value, strict=False))) if name == LAND else log
        elif "table" in value:
            name, columns = value["table"], value["columns"]
            rows[name] = 0
        elif value.get("form") == FORMAT:
            schema = value["schema"]
        elif value == {"rows": rows, "digest": seen.hexdigest()}:
            # And on to the end: a sealed file says where it is.
            found = Backup(schema, rows, seen.hexdigest(), *log)
        seen.update(line)
    if found is None:
        raise BackupError(DAMAGED)
    return found


def _log_end(land: dict[str, Any]) -> tuple[int, str]:
    """Read the end of the log from the territory's row; before the ninth schema it did not."""
    return land.get("log_number", 0), land.get("log_digest", "")


def _written(engine: Engine, path: Path, secret: Secret | None) -> Backup:
    """Write the file, on the disk when this returns, and readable by its owner only."""
    with private_files.create(path) as raw:
        into = sealing.SealedWriter(raw, secret) if secret else None
        with database.snapshot(engine) as connection:
            _pack(_lines(connection), cast(IO[bytes], into or raw))
        if into:
            into.finish()
        raw.flush()
        os.fsync(raw.fileno())
    return inspect(path, secret)


def _pack(lines: Iterable[Any], raw: IO[bytes]) -> None:
    seen, rows, name = sha256(), dict[str, int](), ""
    with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        for value in lines:
            if isinstance(value, list):
                rows[name] += 1
            elif "table" in value:
                name = value["table"]
                rows[name] = 0
            line = (json.dumps(value, ensure_ascii=False, default=str) + "\n").encode()
            seen.update(line)
            packed.write(line)
        packed.write((json.dumps({"rows": rows, "digest": seen.hexdigest()}) + "\n").encode())


def _lines(connection: Connection) -> Iterator[Any]:
    """Read the lines of the file."""
    yield {"form": FORMAT, "schema": database.schema(connection)}
    for one in SQLModel.metadata.sorted_tables:
        if one.name in FLEETING:
            continue
        columns = [column for column in one.columns if column.name not in EPOCH]
        yield {"table": one.name, "columns": [column.name for column in columns]}
        found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
            select(*columns).order_by(*one.primary_key)
        )
        for row in found:
            yield list(row)


def _read(path: Path, secret: Secret | None) -> Iterator[tuple[bytes, Any]]:
    """Read each line, as it stands and as what it says. Raises BackupError."""
    try:
        with open_sealed(path, secret) as packed, gzip.open(packed, "rb") as lines:
            for line in lines:
                value = json.loads(line)
                if not isinstance(value, (dict, list)):
                    raise BackupError(DAMAGED)
                yield line, value
    except BackupError:
        raise
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise BackupError(DAMAGED) from error


def _fill(connection: Connection, lines: Iterable[tuple[bytes, Any]]) -> None:
    """Insert every row into the tables as they were when the backup was made."""
    into: _Into | None = None
    for _, value in lines:
        if isinstance(value, list) and into is not None:
            into.take(value)
        elif "table" in value:
            if into is not None:
                into.put()
            into = _Into(connection, value["table"], value["columns"])
    if into is not None:
        into.put()


class _Into:
    """One table being filled, some rows at a time."""

    def __init__(self, connection: Connection, name: str, columns: list[str]) -> None:
        self._connection = connection
        self._table = Table(name, MetaData(), autoload_with=connection)
        self._columns = columns
        self._days = [c for c in columns if isinstance(self._table.c[c].type, Date)]
        self._more = {name: value for name, value in EPOCH.items() if name in self._table.c}
        self._waiting: list[dict[str, Any]] = []

    def take(self, row: list[Any]) -> None:
        values = dict(zip(self._columns, row, strict=True)) | self._more
        self._waiting.append(values | {c: date.fromisoformat(values[c]) for c in self._days if values[c]})
        if len(self._waiting) == ROWS_AT_ONCE:
            self.put()

    def put(self) -> None:
        if self._waiting:
            self._connection.execute(insert(self._table), self._waiting)
            self._waiting.clear()
