"""A PostgreSQL of the test process alone, and one database of it that every test finds as it was founded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import create_engine, make_url

PATIENCE = 60_000
"""Milliseconds: how long a connection that a test left behind may take to end."""
SETTINGS = ("fsync = off", "full_page_writes = off", "autovacuum = off")
"""No test cuts the power of the database itself, and none lasts long enough to need a cleaning."""
TEMPLATE = "template_empty"
"""The founded database that the others are copied from."""
_END_OTHERS = (
    "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
_SHAPE = """SELECT
    (SELECT array_agg((oid, relname, relkind, relnatts, relnamespace) ORDER BY oid)::text
       FROM pg_class WHERE relkind <> 't' AND relnamespace <> 'pg_toast'::regnamespace AND relpersistence <> 't'),
    (SELECT array_agg((attrelid, attnum, attname, attnotnull, xmin) ORDER BY attrelid, attnum)::text
       FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0),
    (SELECT array_agg((oid, xmin) ORDER BY oid)::text FROM pg_rewrite WHERE oid >= 16384),
    (SELECT array_agg((oid, xmin) ORDER BY oid)::text FROM pg_constraint WHERE oid >= 16384),
    (SELECT array_agg((oid, xmin) ORDER BY oid)::text FROM pg_trigger WHERE oid >= 16384),
    (SELECT array_agg((oid, xmin) ORDER BY oid)::text FROM pg_proc WHERE oid >= 16384),
    (SELECT array_agg((oid, extname) ORDER BY oid)::text FROM pg_extension),
    (SELECT array_agg((classid, objid, refobjid, deptype) ORDER BY objid, refobjid)::text
       FROM pg_depend WHERE deptype = 'e'),
    (SELECT array_agg((setdatabase, setrole, setconfig))::text FROM pg_db_role_setting)"""
"""Everything a migration or a broken schema would change: tables, columns, views, constraints, extensions."""
_TABLES = """SELECT relname, pg_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""


def run_on_postgresql(url: str, statement: str) -> None:
    """Run a statement outside of any transaction, in the database that is always there."""
    engine = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@dataclass
class Founded:
    """A database copied once from the template; `set_back` gives it to the next test as the copy was.

    A copy for each test costs fifteen times more: PostgreSQL writes the 1,100 pages of its own catalogues."""

    server: str
    name: str
    _shape: Any = None
    _rows: dict[str, bytes] = field(default_factory=dict)
    """What was founded, by table, as COPY writes it."""

    @property
    def url(self) -> str:
        return self.server.format(self.name)

    def copy_template(self) -> None:
        """Make the database anew."""
        run_on_postgresql(self.server, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        run_on_postgresql(self.server, f"CREATE DATABASE {self.name} TEMPLATE {TEMPLATE}")
        with self._connect() as connection:
            self._shape = connection.execute(_SHAPE).fetchone()
            for name in self._written(connection):
                with connection.cursor().copy(f'COPY "{name}" TO STDOUT') as copy:
                    self._rows[name] = b"".join(bytes(part) for part in copy)

    def set_back(self) -> None:
        """Give it the rows it was founded with. Made anew where a test touched more than rows, or took it away."""
        try:
            with self._connect() as connection:
                connection.execute(_END_OTHERS, (PATIENCE,))
                if connection.execute(_SHAPE).fetchone() == self._shape:
                    self._put_rows_back(connection)
                    return
        except psycopg.OperationalError:  # it is not there any more
            pass
        self.copy_template()

    def _put_rows_back(self, connection: psycopg.Connection[Any]) -> None:
        names = ", ".join(f'"{name}"' for name in self._written(connection))
        connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        connection.execute("SET session_replication_role = replica")  # the tables come back in no order
        for name, rows in self._rows.items():
            with connection.cursor().copy(f'COPY "{name}" FROM STDIN') as copy:
                copy.write(rows)

    def _written(self, connection: psycopg.Connection[Any]) -> list[str]:
        """The tables in which a row was ever put since they were empty."""
        return [name for name, size in connection.execute(_TABLES) if size]

    def _connect(self) -> psycopg.Connection[Any]:
        """A transaction of its own, committed when the block ends."""
        target = make_url(self.url).set(drivername="postgresql")
        return psycopg.connect(target.render_as_string(hide_password=False))
