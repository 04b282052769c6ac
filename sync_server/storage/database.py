"""The engine, its transactions, and the upgrade of the schema, on SQLite and PostgreSQL."""

from __future__ import annotations

import math
import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import DBAPIError

from sync_server.storage import private_files, tables
from sync_server.storage.tables import table

_VIEW = table(tables.FactView)
Item = TypeVar("Item")
BUILDING = 0x7472_6169
"""The key of the lock of who builds the schema, on PostgreSQL."""
PER_STATEMENT = 500
"""Rows or ids in one statement: databases bound the values of a statement."""
LONGEST_WAIT = 30.0
"""Seconds to wait for another process that opens the same SQLite file."""
IN_THE_WAY = (
    "Une vue que quelqu’un d’autre a ajoutée à cette base empêche sa mise à jour : {said}. "
    "Supprimez cette vue, recommencez, puis recréez-la ; rien n’a été changé."
)


def in_chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Return the items in order, as many at a time as one statement takes; nothing where there are none."""
    for start in range(0, len(items), PER_STATEMENT):
        yield items[start : start + PER_STATEMENT]


def connect(url: str) -> Engine:
    """Return an engine for that URL. A SQLite file and its folder are made, for their owner alone; every
    connection waits up to 30 s for a lock.

    No error names the values of a statement: they would carry records into the logs (PRIVACY)."""
    target = make_url(url)
    if target.get_backend_name() != "sqlite":
        return create_engine(target, hide_parameters=True, pool_size=10, max_overflow=20, pool_pre_ping=True)
    if target.database and target.database != ":memory:":
        private_files.make_folder(Path(target.database).parent)
        private_files.make_file(Path(target.database))
    engine = create_engine(target, hide_parameters=True, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late; `_begin_sqlite` says it
    # FULL: a receipt promises the record is on the disk, not in the system's cache.
    connection.execute("PRAGMA synchronous = FULL")
    # 16 MB before the journal goes back into the file: a page that many batches touch is then copied once.
    connection.execute("PRAGMA wal_autocheckpoint = 4000")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Read one consistent look. On SQLite it never waits for a writer (WAL)."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one transaction that writes: committed as a whole when the block ends, durable when it has ended.

    SQLite takes the write lock at once (BEGIN IMMEDIATE): a reader that turns writer midway would be refused.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def lock_territory(connection: Connection, territory: str) -> None:
    """Lock the territory row, from here to the end of the transaction: writers of one territory follow one
    another."""
    c = table(tables.Territory).c
    connection.execute(select(c.seq).where(c.code == territory).with_for_update())


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open one look at everything, as it stood at one moment, however long the reading takes. It writes nothing:
    the database refuses."""
    if engine.dialect.name == "postgresql":
        own = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with engine.connect().execution_options(**own) as connection, connection.begin():
            yield connection
        return
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("PRAGMA query_only = ON")
        try:
            yield connection
        finally:  # the pool hands the same connection to a writer next
            connection.exec_driver_sql("PRAGMA query_only = OFF")


def schema(connection: Connection) -> str:
    """Return the version of the schema, empty where there is none yet."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def knows(version: str) -> bool:
    """Tell whether this program knows that version of the schema."""
    return version in {script.revision for script in ScriptDirectory.from_config(_migrations()).walk_revisions()}


@cache
def head() -> str:
    """Return the version of the schema that this program is made for; read once, for whoever asks each second."""
    return ScriptDirectory.from_config(_migrations()).get_current_head() or ""


def room_left(engine: Engine) -> float:
    """Return the bytes that the disk of a SQLite file has left; without end where the database is elsewhere."""
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name == ":memory:":
        return math.inf
    return shutil.disk_usage(Path(name).parent).free


def is_empty(engine: Engine) -> bool:
    """Tell whether no server has ever used this database."""
    with reading(engine) as connection:
        return not schema(connection) or connection.execute(select(table(tables.Territory))).first() is None


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the schema to this version, and make the views of `facts.sql` where they are not what it says. Safe to
    repeat, and from several processes at once; `to` stops at an older schema, for a backup made under it.

    Touches no view of somebody else. Raises ValueError, in French, where one stands in the way.
    """
    if engine.dialect.name == "sqlite":
        _set_wal(engine)
    config = _migrations()
    wanted = ScriptDirectory.from_config(config).get_current_head() if to == "head" else to
    with writing(engine) as connection:
        lock_schema(connection)
        behind = schema(connection) != wanted
        if not behind and (to != "head" or _views_are_made(connection)):
            return
        config.attributes["connection"] = connection
        try:
            _drop_views(connection)  # PostgreSQL changes no table that a view stands on
            command.upgrade(config, to)
        except DBAPIError as error:
            if not _is_in_the_way(error):
                raise
            raise ValueError(IN_THE_WAY.format(said=_what_it_says(error))) from error
        if to == "head":
            _make_views(connection)


def lock_schema(connection: Connection) -> None:
    """Lock the schema: who builds it or creates a territory does so alone, to the end of the transaction. On
    SQLite a transaction that writes is alone already."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(BUILDING)))


def _set_wal(engine: Engine) -> None:
    """Set WAL once, for good. SQLite refuses at once, whatever the time it may wait, while another process opens
    the file or sets it: it is asked again."""
    until = time.monotonic() + LONGEST_WAIT
    with engine.connect() as connection:
        while True:
            try:
                connection.connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
            else:
                return


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("sync_server") / "migrations"))
    return config


def _views_are_made(connection: Connection) -> bool:
    """Tell whether the views of `facts.sql` stand there, made of these statements and no others."""
    noted = {row.name: row.digest for row in connection.execute(select(_VIEW))}
    wanted = {name: _digest(statement) for name, statement in _named_views().items()}
    return noted == wanted and wanted.keys() <= _ours(connection)


def _ours(connection: Connection) -> set[str]:
    """List the views that stand there and are ours: those that `facts.sql` names, or named when they were made."""
    looked = inspect(connection)
    noted = set(connection.scalars(select(_VIEW.c.name))) if looked.has_table(_VIEW.name) else set[str]()
    return set(looked.get_view_names()) & (noted | set(_named_views()))


def _drop_views(connection: Connection) -> None:
    """Drop our own views alone, the last first: one stands on those before it."""
    order, there = list(_named_views()), _ours(connection)
    for name in (*sorted(there - set(order)), *(name for name in reversed(order) if name in there)):
        connection.exec_driver_sql(f"DROP VIEW {name}")


def _make_views(connection: Connection) -> None:
    """Make the views from the file, and note its statements: views are code."""
    connection.execute(delete(_VIEW))
    for name, statement in _named_views().items():
        connection.exec_driver_sql(statement)
        connection.execute(insert(_VIEW).values(name=name, digest=_digest(statement)))


def _named_views() -> dict[str, str]:
    """Return the statements by the name of what each makes, in order."""
    return {statement.split()[2]: statement for statement in views()}


def _digest(statement: str) -> str:
    return sha256(statement.encode()).hexdigest()


def _is_in_the_way(error: DBAPIError) -> bool:
    """Tell whether a view of somebody else stands on what was to be changed."""
    state = getattr(error.orig, "sqlstate", None)
    return state in ("2BP01", "0A000") or "error in view" in str(error.orig)


def _what_it_says(error: DBAPIError) -> str:
    """Read what the database says, with the name of the view."""
    return " ".join(str(error.orig).split("HINT:")[0].split())


def views() -> list[str]:
    """List the statements of `facts.sql`."""
    script = (files("sync_server.figures") / "facts.sql").read_text("utf-8")
    lines = (line.split("--")[0] for line in script.splitlines())
    return [statement for statement in "\n".join(lines).split(";") if statement.strip()]
