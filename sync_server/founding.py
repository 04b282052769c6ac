"""A new territory: its communes and its first directory."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, insert, select, update

from shared import territory
from shared.models import ServiceFields
from sync_server import database, directory
from sync_server.sequence import new_epoch
from sync_server.tables import CommuneOfTerritory, Territory, table

TERRITORY = table(Territory)
UNKNOWN = (
    "Le territoire « {code} » n’a pas de données dans ce programme (territoires connus : {known}). "
    "Corrigez la variable TERRITORY ou retirez-la, puis recommencez ; rien n’a été changé."
)
SHOWN = 20
"""Letters of what was set that the sentence repeats."""


def found_territory(engine: Engine, code: str, today: date) -> bool:
    """Makes the territory with its communes and its first directory; whether it did. Safe to repeat: what is there
    stays. Raises ValueError, in French, for a territory of which nothing is known here."""
    check_territory(code)
    with database.writing(engine) as connection:
        database.take_turn_to_build(connection)
        new = connection.execute(select(TERRITORY.c.code).where(TERRITORY.c.code == code)).first() is None
        if new:
            connection.execute(insert(TERRITORY).values(code=code, seq=0, synthetic=False, **new_epoch()))
            communes = [
                {"territory": code, "insee": c.insee, "name": c.name, "epci": c.epci, "epci_name": c.epci_name,
                 "population": c.population}
                for c in territory.communes().values()
            ]  # fmt: skip
            connection.execute(insert(CommuneOfTerritory), communes)
            directory.publish(connection, code, _first_directory(), today)
    return new


def check_territory(code: str) -> None:
    """Raises ValueError, in French, for a territory of which this program has no communes and no services."""
    if code not in territory.AVAILABLE:
        raise ValueError(UNKNOWN.format(code=code[:SHOWN], known=", ".join(territory.AVAILABLE)))


def mark_synthetic(engine: Engine, code: str) -> None:
    """Says for ever that this territory holds invented records."""
    with database.writing(engine) as connection:
        connection.execute(update(TERRITORY).where(TERRITORY.c.code == code).values(synthetic=True))


def _first_directory() -> dict[str, ServiceFields]:
    return {
        str(raw["id"]): ServiceFields.model_validate({k: v for k, v in raw.items() if k != "id"})
        for raw in territory.services()
    }
