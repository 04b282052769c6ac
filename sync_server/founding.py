"""A new territory: its communes and its first directory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, insert, select, update

from shared import territory, wire
from shared.models import Service, ServiceFields
from sync_server import database, store
from sync_server.tables import CommuneOfTerritory, HeldRecord, Territory, table

TERRITORY, RECORD, SERVICE = (table(m) for m in (Territory, HeldRecord, Service))


def found_territory(engine: Engine, code: str, today: date) -> None:
    """Makes the territory with its communes and its first directory. Safe to repeat: what is there stays."""
    with database.writing(engine) as connection:
        if connection.execute(select(TERRITORY.c.code).where(TERRITORY.c.code == code)).first() is None:
            connection.execute(insert(TERRITORY).values(code=code, epoch=str(uuid4()), seq=0, synthetic=False))
            communes = [
                {"territory": code, "insee": c.insee, "name": c.name, "epci": c.epci, "epci_name": c.epci_name,
                 "population": c.population}
                for c in territory.communes().values()
            ]  # fmt: skip
            connection.execute(insert(CommuneOfTerritory), communes)
            _publish(connection, code, territory.services(), today)


def mark_synthetic(engine: Engine, code: str) -> None:
    """Says for ever that this territory holds invented records."""
    with database.writing(engine) as connection:
        connection.execute(update(TERRITORY).where(TERRITORY.c.code == code).values(synthetic=True))


def _publish(connection: Connection, code: str, services: Sequence[Any], today: date) -> None:
    """Puts services in the directory and in the log that every tablet pulls."""
    first = store.take_numbers(connection, code, len(services))
    for seq, raw in enumerate(services, start=first):
        fields = ServiceFields.model_validate({k: v for k, v in raw.items() if k != "id"})
        body = fields.compact()
        connection.execute(insert(SERVICE).values(territory=code, id=raw["id"], **fields.model_dump()))
        connection.execute(
            insert(RECORD).values(
                territory=code, id=raw["id"], kind="service", revision=1, seq=seq,
                digest=wire.digest("service", False, body), received_on=today,
                deleted=False, body=json.dumps(body, ensure_ascii=False),
            )
        )  # fmt: skip
