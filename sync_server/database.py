"""The engine, its transactions, and the upgrade of the schema, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, select

from sync_server import tables
from sync_server.tables import table


def connect(url: str) -> Engine:
    """An engine for that URL. A SQLite file's folder is made; every connection waits up to 30 s for a lock.

    No error names the values of a statement: they would carry records into the logs (PRIVACY)."""
    target = make_url(url)
    if target.get_backend_name() != "sqlite":
        return create_engine(target, hide_parameters=True, pool_size=10, max_overflow=20, pool_pre_ping=True)
    if target.database:
        Path(target.database).parent.mkdir(parents=True, exist_ok=True)
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
    """One consistent look. On SQLite it never waits for a writer (WAL)."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: committed as a whole when the block ends, durable when it has ended.

    SQLite takes the write lock at once (BEGIN IMMEDIATE): a reader that turns writer midway would be refused.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def take_turn(connection: Connection, territory: str) -> None:
    """Writers of one territory follow one another, from here to the end of their transaction."""
    c = table(tables.Territory).c
    connection.execute(select(c.seq).where(c.code == territory).with_for_update())


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """One look at everything, as it stood at one moment, however long the reading takes."""
    own = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**own) as connection, connection.begin():
        yield connection


def schema(connection: Connection) -> str:
    """The version of the schema, empty where there is none yet."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def knows(version: str) -> bool:
    """Whether this program knows that version of the schema."""
    return version in {script.revision for script in ScriptDirectory.from_config(_migrations()).walk_revisions()}


def is_empty(engine: Engine) -> bool:
    """Whether no server has ever used this database."""
    with reading(engine) as connection:
        return not schema(connection) or connection.execute(select(table(tables.Territory))).first() is None


def upgrade(engine: Engine, to: str = "head") -> None:
    """Brings the schema to this version, and makes the views of `facts.sql` anew. Safe to repeat; `to` stops at
    an older schema, for a backup made under it."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:  # WAL is set once, before any server starts (SYNC, Costs)
            connection.connection.execute("PRAGMA journal_mode = WAL")
    config = _migrations()
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        _drop_views(connection)  # PostgreSQL changes no table that a view stands on
        command.upgrade(config, to)
        if to == "head":
            _make_views(connection)


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("sync_server") / "migrations"))
    return config


def _drop_views(connection: Connection) -> None:
    """Whatever views there are, of whichever version."""
    more = " CASCADE" if connection.dialect.name == "postgresql" else ""
    for name in inspect(connection).get_view_names():
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {name}{more}")


def _make_views(connection: Connection) -> None:
    """Views are code: made from the file at each upgrade."""
    for statement in views():
        connection.exec_driver_sql(statement)


def views() -> list[str]:
    """The statements of `facts.sql`."""
    script = (files("sync_server") / "facts.sql").read_text("utf-8")
    lines = (line.split("--")[0] for line in script.splitlines())
    return [statement for statement in "\n".join(lines).split(";") if statement.strip()]
