"""The money of each action by year, and the days on which something is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from shared import choices
from sync_server.inputs import Input
from sync_server.steering.forms import Values
from sync_server.steering.trajectory import YEARS
from sync_server.storage.desk_tables import Deadline, Funding
from sync_server.storage.tables import table

FUNDING, DEADLINE = table(Funding), table(Deadline)
_COLUMNS = ("planned", "executed", "comment")


@dataclass(frozen=True, slots=True)
class FundingOf:
    """The funding of one action, all its years, as a thing to edit."""

    action: str

    @property
    def key(self) -> str:
        """Key used in the audit log."""
        return f"financement {self.action}"

    def title(self, _: Values | None) -> str:
        """Title used in the audit log."""
        return choices.load("action").label_of(self.action)

    def fields(self, _: Values | None) -> Sequence[Input]:
        """List the inputs of each year: planned, executed and a comment."""
        return [
            field
            for year in YEARS
            for field in (
                Input(f"planned{year}", f"Prévu {year}", "euros"),
                Input(f"executed{year}", f"Exécuté {year}", "euros"),
                Input(f"comment{year}", f"Commentaire {year}"),
            )
        ]

    def load(self, connection: Connection, territory: str) -> Values | None:
        """Read what is kept."""
        return funding(connection, territory).get(self.action)

    def keep(self, connection: Connection, territory: str, values: Values | None) -> None:
        """Replace every year of the action."""
        mine = (FUNDING.c.territory == territory) & (FUNDING.c.action == self.action)
        connection.execute(delete(FUNDING).where(mine))
        years = {y: {name: (values or {}).get(f"{name}{y}") for name in _COLUMNS} for y in YEARS}
        rows = [
            {"territory": territory, "action": self.action, "year": year, **row, "comment": row["comment"] or ""}
            for year, row in years.items()
            if any(value not in (None, "") for value in row.values())
        ]
        if rows:
            connection.execute(insert(FUNDING), rows)


@dataclass(frozen=True, slots=True)
class DeadlineOf:
    """One deadline, as a thing to edit."""

    id: str

    @property
    def key(self) -> str:
        """Key used in the audit log."""
        return f"échéance {self.id[:8]}"

    def title(self, values: Values | None) -> str:
        """Title used in the audit log."""
        return str((values or {}).get("label", ""))

    def fields(self, _: Values | None) -> Sequence[Input]:
        """List the inputs: what is due, when, and the day it was done."""
        return [
            Input("label", "Ce qui est attendu", most=300, required=True),
            Input("day", "Pour le", "day", required=True),
            Input("done_on", "Fait le", "day", "Vide tant que ce n’est pas fait."),
        ]

    def load(self, connection: Connection, territory: str) -> Values | None:
        """Read what is kept."""
        mine = (DEADLINE.c.territory == territory) & (DEADLINE.c.id == self.id)
        row = connection.execute(select(DEADLINE).where(mine)).first()
        return None if row is None else {"label": row.label, "day": row.day, "done_on": row.done_on}

    def keep(self, connection: Connection, territory: str, values: Values | None) -> None:
        """Replace the deadline, or take it out."""
        mine = (DEADLINE.c.territory == territory) & (DEADLINE.c.id == self.id)
        connection.execute(delete(DEADLINE).where(mine))
        if values is not None:
            connection.execute(insert(DEADLINE).values(territory=territory, id=self.id, **values))


def funding(connection: Connection, territory: str) -> dict[str, dict[str, Any]]:
    """Read what is planned and executed, by action: the values of `FundingOf.fields`."""
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for row in connection.execute(select(FUNDING).where(FUNDING.c.territory == territory)):
        found[row.action] |= {f"{name}{row.year}": getattr(row, name) for name in _COLUMNS}
    return dict(found)


def deadlines(connection: Connection, territory: str, until: date | None = None) -> list[Any]:
    """Return the deadlines in the order of their day; with `until`, those still to do by that day, late ones
    included."""
    wanted = select(DEADLINE).where(DEADLINE.c.territory == territory)
    if until is not None:
        wanted = wanted.where(DEADLINE.c.done_on.is_(None), DEADLINE.c.day <= until)
    return list(connection.execute(wanted.order_by(DEADLINE.c.day, DEADLINE.c.label, DEADLINE.c.id)).all())
