"""What the server is measured against: the same rows inserted bare, and the same bodies read and validated."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.models import KINDS

TABLES = ("encounter", "need", "obstacle", "right", "referral", "record")
Rows = dict[str, list[tuple[Any, ...]]]


def rows_by_batch(database: Path, size: int) -> list[Rows]:
    """The rows a full push left in a SQLite file, batch by batch as they came."""
    with sqlite3.connect(database) as connection:
        order = connection.execute("SELECT id FROM record WHERE kind = 'encounter' ORDER BY seq").fetchall()
        batch_of = {record_id: place // size for place, (record_id,) in enumerate(order)}
        batches: list[Rows] = [defaultdict(list) for _ in range(max(batch_of.values()) + 1)]
        for table in TABLES:
            names = [column[1] for column in connection.execute(f'PRAGMA table_info("{table}")')]
            key = names.index("encounter_id" if "encounter_id" in names else "id")
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  # our own table names
                if row[key] in batch_of:
                    batches[batch_of[row[key]]][table].append(row)
    return batches


def raw_insert(empty: Path, batches: Sequence[Rows]) -> float:
    """CPU seconds to insert those rows with `sqlite3` alone, one durable transaction a batch, same schema."""
    connection = sqlite3.connect(empty, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    started = time.process_time()
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        for table, rows in batch.items():
            marks = ",".join("?" * len(rows[0]))
            connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)  # noqa: S608  # idem
        connection.execute("COMMIT")
    spent = time.process_time() - started
    connection.close()
    return spent


def validation(bodies: Sequence[bytes]) -> float:
    """CPU seconds to parse those bodies and validate each record's fields, and nothing else."""
    started = time.process_time()
    for body in bodies:
        for record in json.loads(body)["records"]:
            KINDS[record["kind"]].model_validate(record["fields"])
    return time.process_time() - started
