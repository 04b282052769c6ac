"""Which tallies no longer hold: marked in the transaction that changes the facts, so that none is read stale."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import ColumnElement, Connection, select, text

from shared.models import Encounter, FollowUp, Obstacle, Referral, Right
from sync_server.tables import table

Place = tuple[str, str]
"""A month (2026-03) and a commune."""
ENCOUNTER, FOLLOW_UP, REFERRAL = table(Encounter), table(FollowUp), table(Referral)
_SUBJECTS = (REFERRAL, table(Obstacle), table(Right))
_MARK = text(
    "INSERT INTO stale_tally (territory, month, commune) VALUES (:territory, :month, :commune)"
    " ON CONFLICT DO NOTHING"
)


def place(day: date, commune: str) -> Place:
    """Where an encounter is counted."""
    return f"{day:%Y-%m}", commune


def mark(connection: Connection, territory: str, places: Iterable[Place]) -> None:
    """Says that those are to be counted anew. The territory's turn must have been taken: a mark that meets its own
    removal would be lost."""
    values = [{"territory": territory, "month": m, "commune": c} for m, c in sorted(set(places))]
    if values:
        connection.execute(_MARK, values)


def mark_all(connection: Connection, territory: str) -> None:
    """Says it of everything there is."""
    mark(connection, territory, _places(connection, ENCOUNTER.c.territory == territory))


def mark_services(connection: Connection, territory: str, services: Collection[str]) -> None:
    """Says it of wherever somebody was sent to those services: a network is a column of the referrals to it."""
    c = REFERRAL.c
    sent = select(c.encounter_id).where(c.territory == territory, c.service.in_(list(services)))
    mine = ENCOUNTER.c.territory == territory
    mark(connection, territory, _places(connection, mine & ENCOUNTER.c.id.in_(sent)))


def of_encounters(connection: Connection, territory: str, ids: Collection[str]) -> set[Place]:
    """Where those encounters are counted now."""
    mine = ENCOUNTER.c.territory == territory
    return _places(connection, mine & ENCOUNTER.c.id.in_(list(ids))) if ids else set()


def of_follow_ups(connection: Connection, territory: str, ids: Collection[str]) -> set[Place]:
    """Where what those follow-ups are about is counted now."""
    c = FOLLOW_UP.c
    mine = select(c.subject_id).where(c.territory == territory, c.id.in_(list(ids)))
    return of_subjects(connection, territory, list(connection.scalars(mine))) if ids else set()


def of_subjects(connection: Connection, territory: str, subjects: Collection[str]) -> set[Place]:
    """Where those referrals, obstacles or rights are counted; nowhere while their encounters are not here."""
    if not subjects:
        return set()
    found: set[str] = set()
    for part in _SUBJECTS:
        mine = select(part.c.encounter_id).where(part.c.territory == territory, part.c.id.in_(list(subjects)))
        found.update(connection.scalars(mine))
    return of_encounters(connection, territory, found)


def _places(connection: Connection, which: ColumnElement[bool]) -> set[Place]:
    days = select(ENCOUNTER.c.day, ENCOUNTER.c.commune).where(which).distinct()
    return {place(row.day, row.commune) for row in connection.execute(days)}
