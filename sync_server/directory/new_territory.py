"""A new territory: its communes and its first directory."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from shared import territory
from shared.models import ServiceFields
from sync_server.directory import services
from sync_server.intake.sequence import new_epoch
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.tables import CommuneOfTerritory, Territory, table

log = logging.getLogger(__name__)
COMMUNE, TERRITORY = table(CommuneOfTerritory), table(Territory)
SERVER = "serveur"
"""Who acts in the log: the version that was installed."""
_TOLD = {"name": "Nom", "epci": "SIREN", "epci_name": "Intercommunalité", "population": "Population"}
"""What of a commune may change, as the log says it."""
UNKNOWN = (
    "Le territoire « {code} » n’a pas de données dans ce programme (territoires connus : {known}). "
    "Corrigez la variable TERRITORY ou retirez-la, puis recommencez ; rien n’a été changé."
)
LETTERS_SHOWN = 20
"""Letters of what was set that the sentence repeats."""


def create_territory(engine: Engine, code: str, today: date) -> bool:
    """Create the territory with its communes and its first directory; return whether it did. Safe to repeat: what
    is there stays, but the communes, which become those of this program, and the services that it ships since.
    Raises ValueError, in French, for a territory of which nothing is known here."""
    check_territory(code)
    with database.writing(engine) as connection:
        database.lock_schema(connection)
        new = connection.execute(select(TERRITORY.c.code).where(TERRITORY.c.code == code)).first() is None
        if new:
            connection.execute(insert(TERRITORY).values(code=code, seq=0, synthetic=False, **new_epoch()))
            connection.execute(insert(COMMUNE), list(_communes(code).values()))
            services.publish(connection, code, _first_directory(), today)
        else:
            _renew_communes(connection, code, today)
            _add_services(connection, code, today)
    return new


def _communes(code: str) -> dict[str, dict[str, Any]]:
    """Return the rows of the communes that this program ships, by INSEE code."""
    return {
        c.insee: {"territory": code, "insee": c.insee, "name": c.name, "epci": c.epci, "epci_name": c.epci_name,
                  "population": c.population}
        for c in territory.communes().values()
    }  # fmt: skip


def _renew_communes(connection: Connection, code: str, today: date) -> None:
    """Bring the communes up to date, and say so in the log: figures by community follow at once, a report that is
    frozen keeps what it says. One that this program ships no more stays: records name it."""
    mine = COMMUNE.c.territory == code
    held = {row["insee"]: dict(row) for row in connection.execute(select(COMMUNE).where(mine)).mappings()}
    changed = {insee: row for insee, row in _communes(code).items() if held.get(insee) != row}
    if not changed:
        return
    database.lock_territory(connection, code)
    connection.execute(delete(COMMUNE).where(mine, COMMUNE.c.insee.in_(list(changed))))
    connection.execute(insert(COMMUNE), list(changed.values()))
    before = {insee: _format_difference(held[insee], changed[insee]) for insee in changed.keys() & held.keys()}
    after = {insee: _format_difference(row, held.get(insee, {})) for insee, row in changed.items()}
    act = Act("Communes mises à jour", f"version du programme, {len(changed)} en tout")
    audit_log.note(connection, Actor(code, SERVER, today), act, before or None, after)
    log.info("Communes of territory %s brought up to date: %d.", code, len(changed))


def _add_services(connection: Connection, code: str, today: date) -> None:
    """Add the services that this program ships and the directory never held, and say so in the log. What the
    coordination changed or retired stays as it is. A number that it had entered itself is not proposed twice: the
    one that is shipped comes retired, and leaves the tablets, which ship it too."""
    held = {entry.id for entry in services.entries(connection, code)}
    added = {i: fields for i, fields in _first_directory().items() if i not in held}
    if not added:
        return
    database.lock_territory(connection, code)
    numbers = {_digits(e.fields) for e in services.entries(connection, code) if not e.retired} - {""}
    for twice in (False, True):
        part = {i: fields for i, fields in added.items() if (_digits(fields) in numbers) == twice}
        services.publish(connection, code, part, today, retired=twice)
        act = Act("Services ajoutés retirés, déjà saisis" if twice else "Services ajoutés", "version du programme")
        if part:
            audit_log.note(connection, Actor(code, SERVER, today), act, None, {i: f.name for i, f in part.items()})
    log.info("Directory of territory %s: %d services added.", code, len(added))


def _digits(service: ServiceFields) -> str:
    return "".join(sign for sign in service.phone or "" if sign.isdecimal())


def _format_difference(row: dict[str, Any], other: dict[str, Any]) -> str:
    """List what of a commune differs from the other row."""
    return ", ".join(f"{label} : {row[name]}" for name, label in _TOLD.items() if row[name] != other.get(name))


def check_territory(code: str) -> None:
    """Require a territory of which this program has the communes and the services. Raises ValueError, in
    French."""
    if code not in territory.AVAILABLE:
        raise ValueError(UNKNOWN.format(code=code[:LETTERS_SHOWN], known=", ".join(territory.AVAILABLE)))


def mark_synthetic(engine: Engine, code: str) -> None:
    """Mark for ever that this territory holds invented records."""
    with database.writing(engine) as connection:
        connection.execute(update(TERRITORY).where(TERRITORY.c.code == code).values(synthetic=True))


def _first_directory() -> dict[str, ServiceFields]:
    return {
        str(raw["id"]): ServiceFields.model_validate({k: v for k, v in raw.items() if k != "id"})
        for raw in territory.services()
    }
