"""The communes marked « dépourvue d’action jeunesse », year by year: all the SQL about them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from sync_server import audit
from sync_server.audit import Act
from sync_server.desk_tables import CommuneYear
from sync_server.directory import Editor, lock
from sync_server.tables import CommuneOfTerritory, table

MARK, COMMUNE = table(CommuneYear), table(CommuneOfTerritory)
FIRST = 2024
"""The first year of the pact."""


class StaleMarksError(Exception):
    """Somebody changed the marks of that year since they were read."""


def marked(connection: Connection, territory: str, year: int) -> list[str]:
    """The INSEE codes of the communes marked in that year, in order."""
    wanted = select(MARK.c.insee).where(MARK.c.territory == territory, MARK.c.year == year)
    return list(connection.scalars(wanted.order_by(MARK.c.insee)))


def mark(
    connection: Connection, editor: Editor, year: int, chosen: Collection[str], seen: Collection[str]
) -> None:
    """These and no others from now on; a code that is no commune here is left aside. Raises StaleMarksError when
    what stands is not what was `seen`."""
    lock(connection, editor.territory)
    before = marked(connection, editor.territory, year)
    if before != sorted(seen):
        raise StaleMarksError
    known = connection.scalars(select(COMMUNE.c.insee).where(COMMUNE.c.territory == editor.territory))
    after = sorted(set(known) & set(chosen))
    if before == after:
        return
    connection.execute(delete(MARK).where(MARK.c.territory == editor.territory, MARK.c.year == year))
    rows = [{"territory": editor.territory, "insee": insee, "year": year} for insee in after]
    if rows:
        connection.execute(insert(MARK), rows)
    act = Act(editor.login, "Communes dépourvues modifiées", str(year))
    audit.note(connection, editor.territory, editor.today, act, {"communes": before}, {"communes": after})


def years(today: date) -> range:
    """The years one may mark: from the pact's first to the next."""
    return range(FIRST, max(today.year, FIRST) + 2)
