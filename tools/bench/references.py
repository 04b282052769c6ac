"""Measure what the server is held against: the same rows inserted bare, the same bodies read and validated."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from shared.models import KINDS

TABLES = ("encounter", "need", "obstacle", "right", "referral", "record")
ALL = (*TABLES, "follow_up", "presence", "group_session", "partner_contact")
"""What indicators count, besides the log."""
SPREAD = 28
"""Days over which the copies of one record are spread."""
Rows = dict[str, list[tuple[Any, ...]]]


def rows_by_batch(database: Path, size: int, count: int) -> list[Rows]:
    """Read the rows of the last `count` encounters of a SQLite file, batch by batch as they came."""
    with sqlite3.connect(database) as connection:
        order = connection.execute("SELECT id FROM record WHERE kind = 'encounter' ORDER BY seq").fetchall()
        batch_of = {record_id: place // size for place, (record_id,) in enumerate(order[-count:])}
        batches: list[Rows] = [defaultdict(list) for _ in range(max(batch_of.values()) + 1)]
        for table in TABLES:
            names = [column[1] for column in connection.execute(f'PRAGMA table_info("{table}")')]
            key = names.index("encounter_id" if "encounter_id" in names else "id")
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  # nosec B608  # our own table names
                if row[key] in batch_of:
                    batches[batch_of[row[key]]][table].append(row)
    return batches


def raw_insert(empty: Path, batches: Sequence[Rows]) -> float:
    """Measure the CPU seconds to insert those rows with `sqlite3` alone, one durable transaction a batch, same
    schema."""
    connection = sqlite3.connect(empty, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    started = time.process_time()
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in batch.items():
            marks = ",".join("?" * len(rows[0]))
            connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)  # noqa: S608  # nosec B608  # our own table names
        connection.execute("COMMIT")
    spent = time.process_time() - started
    connection.close()
    return spent


def validation(bodies: Sequence[bytes]) -> float:
    """Measure the CPU seconds to parse those bodies and validate each record's fields, and nothing else."""
    started = time.process_time()
    for body in bodies:
        for record in json.loads(body)["records"]:
            KINDS[record["kind"]].model_validate(record["fields"])
    return time.process_time() - started


def settle(url: str) -> None:
    """Run VACUUM ANALYZE, as PostgreSQL's autovacuum does within a minute."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def multiply(database: Path, larger: Path, count: int) -> None:
    """Copy a SQLite file with its records repeated under other ids, until it holds `count` encounters; each copy
    some days later than the one before, so that they do not fall on the same months of the same communes."""
    with (
        closing(sqlite3.connect(database)) as source,
        closing(sqlite3.connect(larger, isolation_level=None)) as connection,
    ):
        source.backup(connection)
        for fast in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
            connection.execute(f"PRAGMA {fast}")
        [held] = connection.execute("SELECT count(*) FROM encounter").fetchone()
        [last] = connection.execute("SELECT max(seq) FROM record").fetchone()
        connection.execute("BEGIN")
        for table in ALL:
            connection.execute(f'CREATE TEMP TABLE old_{table} AS SELECT * FROM "{table}"')  # noqa: S608  # nosec B608  # our own table names
        for copy in range(1, -(-count // held)):
            for table in ALL:
                names = [column[1] for column in connection.execute(f'PRAGMA table_info("{table}")')]
                chosen = ", ".join(_other(name, copy, last) for name in names)
                connection.execute(f'INSERT OR IGNORE INTO "{table}" SELECT {chosen} FROM old_{table}')  # noqa: S608  # nosec B608  # our own table names
        connection.execute("UPDATE territory SET seq = (SELECT max(seq) FROM record)")
        connection.execute("COMMIT")
    with closing(sqlite3.connect(larger)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def _other(name: str, copy: int, last: int) -> str:
    """Write the column as it is in that copy: ids keep their day and random end, and say which copy; numbers go
    on. One in 65,536 says so already, and is left out."""
    if name in ("id", "encounter_id", "subject_id"):
        return f"substr({name}, 1, 4) || '{copy:04x}' || substr({name}, 9)"
    if name == "seq":
        return f"seq + {copy * last}"
    if name == "day":
        return f"date(day, '+{copy % SPREAD} days')"
    return "NULL" if name == "coupon" else f'"{name}"'
