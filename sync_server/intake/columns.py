"""A record's content in columns: how it is written, erased, and looked up by its parts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select

from shared import ids, wire
from shared.models import Fields
from shared.models.tables import (
    AgeCount,
    Encounter,
    FollowUp,
    GenderCount,
    GroupSession,
    Need,
    Obstacle,
    PartnerContact,
    Presence,
    Referral,
    Right,
    ServiceReport,
)
from sync_server.intake import stale_tallies
from sync_server.storage.tables import HeldRecord, table

_HEAD = {
    "encounter": table(Encounter),
    "follow_up": table(FollowUp),
    "group_session": table(GroupSession),
    "partner_contact": table(PartnerContact),
    "presence": table(Presence),
    "service_report": table(ServiceReport),
}
HEADS = tuple(_HEAD.values())
"""The tables that hold one row a record: its fields, and its team."""
_SUBJECTS = {"obstacles": table(Obstacle), "rights": table(Right), "referrals": table(Referral)}
"""The parts of an encounter that a follow-up may be about."""
_RECORD = table(HeldRecord)
_PARTS: dict[str, dict[str, Table]] = {
    "encounter_id": {"needs": table(Need), **_SUBJECTS},
    "group_session_id": {"ages": table(AgeCount), "genders": table(GenderCount)},
}
"""By the column that names the record they belong to: the lists of a record's fields, each with its table."""


def write(
    connection: Connection, territory: str, records: Iterable[tuple[wire.Record, Fields, str | None]]
) -> None:
    """Insert the columns of new records, each with its team, in bulk: one statement a table, whatever the batch
    holds."""
    rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for record, fields, team in records:
        values = dict(fields.__dict__)  # validated already; `model_dump` would cost as much again
        for owner, parts in _PARTS.items():
            for name, part_table in parts.items():
                for part in values.pop(name, ()):
                    rows[part_table].append({"territory": territory, owner: record.id, **part.__dict__})
        rows[_HEAD[record.kind]].append({"territory": territory, "id": record.id, "team": team, **values})
    for target, values_of_table in rows.items():
        connection.execute(insert(target), values_of_table)
    # The totals that these count in: of the place itself, and of what a follow-up is about.
    met = {
        stale_tallies.place_of(row["day"], row["commune"])
        for head in stale_tallies.PLACED
        for row in rows.get(head, ())
    }
    about = {row["subject_id"] for row in rows.get(_HEAD["follow_up"], ())}
    stale_tallies.mark_stale(
        connection, territory, met | stale_tallies.list_places_of_subjects(connection, territory, about)
    )


def erase(connection: Connection, territory: str, ids: Sequence[str]) -> None:
    """Delete the columns of those records; the log and the history keep their bodies."""
    # First the totals they count in: once their columns are gone, nothing tells where that was.
    counted = stale_tallies.list_places_of_records(connection, territory, ids)
    counted |= stale_tallies.list_places_of_follow_ups(connection, territory, ids)
    stale_tallies.mark_stale(connection, territory, counted)
    for head in _HEAD.values():
        connection.execute(delete(head).where(head.c.territory == territory, head.c.id.in_(ids)))
    for owner, parts in _PARTS.items():
        for part in parts.values():
            connection.execute(delete(part).where(part.c.territory == territory, part.c[owner].in_(ids)))


@dataclass(frozen=True, slots=True)
class Subject:
    """What a follow-up is about: a referral, an obstacle or a right; the day and the team of its encounter."""

    id: str
    day: date
    team: str | None


def subjects(connection: Connection, territory: str, records: Sequence[wire.Record]) -> list[Subject]:
    """Find what the follow-ups among `records` are about, as far as it is known here. One not here yet is no
    fault: its encounter may come later, and the count waits for it."""
    named = [r.fields.get("subject_id") for r in records if r.kind == "follow_up"]
    wanted = {one for one in named if isinstance(one, str) and re.fullmatch(ids.PATTERN, one)}
    if not wanted:
        return []
    encounter = _HEAD["encounter"]
    made = (_RECORD.c.territory == encounter.c.territory) & (_RECORD.c.id == encounter.c.id)
    found: list[Subject] = []
    for part in _SUBJECTS.values():
        joined = part.join(
            encounter,
            (encounter.c.territory == part.c.territory) & (encounter.c.id == part.c.encounter_id),
        ).join(_RECORD, made, isouter=True)  # the log may have lost it: its columns still count
        asked = (
            select(part.c.id, encounter.c.day, func.coalesce(_RECORD.c.team, encounter.c.team))
            .select_from(joined)
            .where(part.c.territory == territory, part.c.id.in_(wanted))
        )
        found += [Subject(*row) for row in connection.execute(asked)]
    return found
