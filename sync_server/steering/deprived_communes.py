"""The communes marked « dépourvue d’action jeunesse », year by year: all the SQL about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from shared.french import format_count
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.desk_tables import CommuneYear
from sync_server.storage.tables import CommuneOfTerritory, table

MARK, COMMUNE = table(CommuneYear), table(CommuneOfTerritory)
FIRST_YEAR = 2024
"""The first year of the pact."""


BELFORT = "90010"
"""Marked or not, it is no part of the T0: it was covered already (pact, l.858; `fact_deprived`)."""


class StaleMarksError(Exception):
    """Somebody changed the marks of that year since they were read."""


@dataclass(frozen=True, slots=True)
class Start:
    """The T0 of A3-05: the first year of which communes are marked, and those it divides by; no year of none."""

    year: int | None
    communes: tuple[str, ...]

    def __str__(self) -> str:
        count = len(self.communes)
        return f"{self.year} ({format_count(count, 'commune')})" if self.year else "aucune commune marquée"


class StartMovesError(Exception):
    """These marks would change the T0 of A3-05, which was set, and nobody said that it may."""

    def __init__(self, before: Start, after: Start) -> None:
        super().__init__(str(before), str(after))
        self.before, self.after = before, after


def list_marked(connection: Connection, territory: str, year: int) -> list[str]:
    """List the INSEE codes of the communes marked in that year, in order."""
    wanted = select(MARK.c.insee).where(MARK.c.territory == territory, MARK.c.year == year)
    return list(connection.scalars(wanted.order_by(MARK.c.insee)))


def start(connection: Connection, territory: str) -> Start:
    """Return the T0 as it stands."""
    first = connection.scalar(select(func.min(MARK.c.year)).where(MARK.c.territory == territory))
    every = list_marked(connection, territory, first) if first else []
    return Start(first, tuple(insee for insee in every if insee != BELFORT))


def save_marks(
    connection: Connection,
    actor: Actor,
    year: int,
    chosen: Collection[str],
    seen: Collection[str],
    confirmed: bool = False,
) -> None:
    """Mark these communes and no others; a code that is no commune here is left aside. Raises StaleMarksError when
    what stands is not what was `seen`, and StartMovesError when the T0 would change and it is not `confirmed`."""
    database.lock_territory(connection, actor.territory)
    before = list_marked(connection, actor.territory, year)
    if before != sorted(seen):
        raise StaleMarksError
    known = connection.scalars(select(COMMUNE.c.insee).where(COMMUNE.c.territory == actor.territory))
    after = sorted(set(known) & set(chosen))
    if before == after:
        return
    was = start(connection, actor.territory)
    connection.execute(delete(MARK).where(MARK.c.territory == actor.territory, MARK.c.year == year))
    rows = [{"territory": actor.territory, "insee": insee, "year": year} for insee in after]
    if rows:
        connection.execute(insert(MARK), rows)
    told: tuple[dict[str, Any], dict[str, Any]] = ({"communes": before}, {"communes": after})
    now = start(connection, actor.territory)
    if was.year is not None and now != was:
        if not confirmed:
            raise StartMovesError(was, now)
        for content, one in zip(told, (was, now), strict=True):
            content["T0 de A3-05"] = str(one)
    act = Act("Communes dépourvues modifiées", str(year))
    audit_log.note(connection, actor, act, *told)


def years(today: date) -> range:
    """Return the years one may mark: from the pact's first to the next."""
    return range(FIRST_YEAR, max(today.year, FIRST_YEAR) + 2)
