"""A new territory: its communes and its first directory."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from sqlalchemy import Engine, insert, select, update

from shared import territory
from shared.models import ServiceFields
from sync_server import database, directory
from sync_server.tables import CommuneOfTerritory, Territory, table

TERRITORY = table(Territory)


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
            directory.publish(connection, code, _first_directory(), today)


def mark_synthetic(engine: Engine, code: str) -> None:
    """Says for ever that this territory holds invented records."""
    with database.writing(engine) as connection:
        connection.execute(update(TERRITORY).where(TERRITORY.c.code == code).values(synthetic=True))


def _first_directory() -> dict[str, ServiceFields]:
    return {
        str(raw["id"]): ServiceFields.model_validate({k: v for k, v in raw.items() if k != "id"})
        for raw in territory.services()
    }
