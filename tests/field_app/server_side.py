"""What happens to the server in the tablet's tests: a backup put back, a correction, records from elsewhere."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlmodel import SQLModel

from field_app.sync.client import Enrolment
from shared import wire
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.intake import pulling
from sync_server.intake.store import RECORD, Sender, accept, begin_epoch
from sync_server.storage import database
from tests.field_app.world import NOW

COORDINATION = Sender(TERRITORY, "giromagny", None)


def backup(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    with database.reading(engine) as connection:
        tables = SQLModel.metadata.sorted_tables
        return {t.name: [dict(row._mapping) for row in connection.execute(select(t))] for t in tables}


def restore(engine: Engine, found: dict[str, list[dict[str, Any]]], unsaid: bool = False) -> None:
    """Puts the backup back, under another epoch; `unsaid` as a recovery of the database does, under the same."""
    with database.writing(engine) as connection:
        for table in SQLModel.metadata.sorted_tables:
            connection.execute(delete(table))
            if found[table.name]:
                connection.execute(insert(table), found[table.name])
        if not unsaid:
            begin_epoch(connection)


def sender(enrolment: Enrolment) -> Sender:
    return Sender(TERRITORY, "giromagny", enrolment.device_id)


def held(engine: Engine, who: Sender) -> dict[str, str]:
    with database.reading(engine) as connection:
        return pulling.marks_of(connection, who)


def code_elsewhere(engine: Engine) -> str:
    devices.create_team(engine, TERRITORY, "delle", "Delle", "trait-dunion")
    return devices.create_code(engine, TERRITORY, "delle", int(NOW.timestamp()), 15)


def push(engine: Engine, who: Sender, *records: wire.Record) -> None:
    """Send those records from elsewhere; the server takes them all."""
    receipts = accept(engine, who, [record.model_dump() for record in records], NOW.date())
    assert [receipt.status for receipt in receipts] == ["accepted"] * len(records)


def make_old(engine: Engine, record_id: str) -> None:
    """It was of a day that tablets no longer pull."""
    with database.writing(engine) as connection:
        connection.execute(update(RECORD).where(RECORD.c.id == record_id).values(day=date(2025, 3, 9)))
