"""Tablets that wait to be confirmed: whoever makes a code cannot read with it, the coordination sees who comes.

The six words that the tablet and the console both show follow from its token, which no one else has: a tablet
enrolled by somebody else with the same code shows others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, Engine, func, select, update

from shared import spoken_words
from sync_server.errors import ServerError
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.tables import Device, Team, table

DEVICE, TEAM = table(Device), table(Team)


@dataclass(frozen=True, slots=True)
class WaitingTablet:
    """A tablet that waits: its team, the day it came, and the words that it shows."""

    id: str
    team: str
    since: date
    words: str


def list_waiting(connection: Connection, territory: str) -> list[WaitingTablet]:
    """List the tablets that wait, the latest first."""
    d, t = DEVICE.c, TEAM.c
    found = connection.execute(
        select(d.id, d.token_hash, d.enrolled_on, t.name)
        .select_from(DEVICE.join(TEAM, (t.territory == d.territory) & (t.id == d.team)))
        .where(_waits(territory))
        .order_by(d.enrolled_on.desc(), t.name, d.id)
    )
    return [
        WaitingTablet(row.id, row.name, row.enrolled_on, spoken_words.say_hash(row.token_hash)) for row in found
    ]


def count_waiting(connection: Connection, territory: str) -> int:
    """Count the tablets that wait."""
    return connection.scalar(select(func.count()).select_from(DEVICE).where(_waits(territory))) or 0


def confirm(engine: Engine, by: Actor, device_id: str) -> None:
    """Let a tablet in: from now on it gives and gets what its team does. Raises ServerError `not_waiting`."""
    _decide(engine, by, device_id, "Tablette confirmée", confirmed_on=by.today)


def decline(engine: Engine, by: Actor, device_id: str) -> None:
    """Refuse a tablet for ever: it never gives nor gets anything. Raises ServerError `not_waiting`."""
    _decide(engine, by, device_id, "Tablette refusée", revoked_on=by.today)


def _decide(engine: Engine, by: Actor, device_id: str, what: str, **change: date) -> None:
    """Change a tablet that waits, once, with its entry in the audit log."""
    with database.writing(engine) as connection:
        database.lock_territory(connection, by.territory)
        mine = _waits(by.territory) & (DEVICE.c.id == device_id)
        team = connection.scalar(update(DEVICE).where(mine).values(**change).returning(DEVICE.c.team))
        if team is None:
            raise ServerError("not_waiting")
        audit_log.note(connection, by, Act(what, f"équipe {team}, appareil {device_id}"))


def _waits(territory: str) -> ColumnElement[bool]:
    c = DEVICE.c
    return (c.territory == territory) & c.confirmed_on.is_(None) & c.revoked_on.is_(None)
