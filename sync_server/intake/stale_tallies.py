"""Marks the tallies that no longer hold, in the transaction that changes the facts, so that none is read stale."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import ColumnElement, Connection, Table, select, text

from shared.models.tables import (
    Encounter,
    FollowUp,
    GroupSession,
    Obstacle,
    PartnerContact,
    Presence,
    Referral,
    Right,
)
from sync_server.storage.tables import table

MonthCommune = tuple[str, str]
"""A month (2026-03) and a commune."""
ENCOUNTER, FOLLOW_UP, REFERRAL = table(Encounter), table(FollowUp), table(Referral)
PLACED = (ENCOUNTER, *(table(model) for model in (Presence, GroupSession, PartnerContact)))
"""The records that say where they are counted."""
_SUBJECTS = (REFERRAL, table(Obstacle), table(Right))
_MARK = text(
    "INSERT INTO stale_tally (territory, month, commune) VALUES (:territory, :month, :commune)"
    " ON CONFLICT DO NOTHING"
)


def place_of(day: date, commune: str) -> MonthCommune:
    """Return the month and commune of what happened that day there."""
    return f"{day:%Y-%m}", commune


def mark_stale(connection: Connection, territory: str, places: Iterable[MonthCommune]) -> None:
    """Mark those as to be counted anew. The territory must be locked: a mark that meets its own
    removal would be lost."""
    values = [{"territory": territory, "month": m, "commune": c} for m, c in sorted(set(places))]
    if values:
        connection.execute(_MARK, values)


def mark_all_stale(connection: Connection, territory: str) -> None:
    """Mark everything there is."""
    every = (_places(connection, one, one.c.territory == territory) for one in PLACED)
    mark_stale(connection, territory, set[MonthCommune]().union(*every))


def mark_services_stale(connection: Connection, territory: str, services: Collection[str]) -> None:
    """Mark wherever somebody was sent to those services: a network is a column of the referrals to it."""
    c = REFERRAL.c
    sent = select(c.encounter_id).where(c.territory == territory, c.service.in_(list(services)))
    mine = ENCOUNTER.c.territory == territory
    mark_stale(connection, territory, _places(connection, ENCOUNTER, mine & ENCOUNTER.c.id.in_(sent)))


def list_places_of_records(connection: Connection, territory: str, ids: Collection[str]) -> set[MonthCommune]:
    """List the places where those records are counted now."""
    return set[MonthCommune]().union(*(_of(connection, one, territory, ids) for one in PLACED))


def list_places_of_follow_ups(connection: Connection, territory: str, ids: Collection[str]) -> set[MonthCommune]:
    """List the places where what those follow-ups are about is counted now."""
    c = FOLLOW_UP.c
    mine = select(c.subject_id).where(c.territory == territory, c.id.in_(list(ids)))
    return list_places_of_subjects(connection, territory, list(connection.scalars(mine))) if ids else set()


def list_places_of_subjects(
    connection: Connection, territory: str, subjects: Collection[str]
) -> set[MonthCommune]:
    """List the places where those referrals, obstacles or rights are counted; none while their encounters are not
    here."""
    if not subjects:
        return set()
    found: set[str] = set()
    for part in _SUBJECTS:
        mine = select(part.c.encounter_id).where(part.c.territory == territory, part.c.id.in_(list(subjects)))
        found.update(connection.scalars(mine))
    return _of(connection, ENCOUNTER, territory, found)


def _of(connection: Connection, one: Table, territory: str, ids: Collection[str]) -> set[MonthCommune]:
    mine = (one.c.territory == territory) & one.c.id.in_(list(ids))
    return _places(connection, one, mine) if ids else set()


def _places(connection: Connection, one: Table, which: ColumnElement[bool]) -> set[MonthCommune]:
    days = select(one.c.day, one.c.commune).where(which).distinct()
    return {place_of(row.day, row.commune) for row in connection.execute(days)}
