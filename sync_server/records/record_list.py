"""The records as the coordinator reads them: a list by filters, the latest received first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, or_, select

from shared import choices, field_labels, territory
from shared.french import format_count
from shared.models import KINDS
from shared.models.follow_up import OUTCOME_LIST
from shared.models.tables import (
    Encounter,
    FollowUp,
    GroupSession,
    Obstacle,
    PartnerContact,
    Presence,
    Referral,
    Right,
    Service,
)
from sync_server.intake.store import RECORD
from sync_server.storage.database import in_chunks
from sync_server.storage.desk_tables import Review
from sync_server.storage.tables import Team, table

REVIEW, TEAM, SERVICE = (table(m) for m in (Review, Team, Service))
ENCOUNTER, FOLLOW_UP = table(Encounter), table(FollowUp)
_PLACED = (ENCOUNTER, *(table(m) for m in (GroupSession, Presence, PartnerContact)))
"""What happened in a commune, for an action; a follow-up did where the encounter it is about did."""
SUBJECTS = {"referral": table(Referral), "obstacle": table(Obstacle), "right": table(Right)}
PAGE_SIZE = 50
MOST_COUNTED = 10_000
"""Beyond, the list says « plus de »: counting a million rows would cost more than the page."""
RECEIVED, DELETED = "recue", "supprimee"
STATES = {code: choice.label for code, choice in choices.load("review").by_code.items()} | {DELETED: "Supprimée"}
"""The states a list is filtered by."""


@dataclass(frozen=True, slots=True)
class RecordFilters:
    """What the list is narrowed to; empty means all. Deleted records are shown when asked for only."""

    first: date | None = None
    last: date | None = None
    team: str = ""
    kind: str = ""
    action: str = ""
    commune: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list, in words; never whose tablet it came from."""

    id: str
    kind: str
    revision: int
    seq: int
    day: date | None
    received_on: date
    team: str
    action: str
    commune: str
    summary: str
    state: str

    @property
    def label(self) -> str:
        """Name of the line for a person."""
        return field_labels.dated(self.kind, self.day)

    @property
    def state_label(self) -> str:
        """The state in French."""
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of the list; `after` leads to the next one, None on the last. `count` stops at `MOST_COUNTED` + 1."""

    rows: list[Listed]
    count: int
    after: int | None


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called: the services of the directory, the teams."""

    services: Mapping[str, str]
    teams: Mapping[str, str]

    def service(self, service_id: str) -> str:
        """Return the name of a service, or its id when it is in the directory no more."""
        return self.services.get(service_id, service_id)


def names(connection: Connection, code: str) -> Names:
    """Return the names of that territory."""
    found = (
        {row.id: row.name for row in connection.execute(select(t.c.id, t.c.name).where(t.c.territory == code))}
        for t in (SERVICE, TEAM)
    )
    return Names(*found)


def listing(
    connection: Connection,
    code: str,
    filters: RecordFilters,
    only: Sequence[str] | None = None,
    after: int | None = None,
    size: int = PAGE_SIZE,
) -> RecordPage:
    """Return the records that pass the filters, the latest received first, from after the number `after` on.
    `only` narrows to those ids, however many: the records behind a figure, or those that a check points at."""
    if only is None:
        matching = _matching(code, filters, select(RECORD.c.seq))
        count = (
            connection.scalar(select(func.count()).select_from(matching.limit(MOST_COUNTED + 1).subquery())) or 0
        )
        below = matching.where(RECORD.c.seq < after) if after is not None else matching
        numbers = list(connection.scalars(below.order_by(RECORD.c.seq.desc()).limit(size + 1)))
    else:
        found = sorted(_numbers_of(connection, code, filters, only), reverse=True)
        count = min(len(found), MOST_COUNTED + 1)
        numbers = [n for n in found if after is None or n < after][: size + 1]
    shown = numbers[:size]
    return RecordPage(_lines(connection, code, shown), count, shown[-1] if len(numbers) > size else None)


def _numbers_of(connection: Connection, code: str, filters: RecordFilters, only: Sequence[str]) -> set[int]:
    matching = _matching(code, filters, select(RECORD.c.seq))
    found: set[int] = set()
    for part in in_chunks(only):
        found.update(connection.scalars(matching.where(RECORD.c.id.in_(part))))
    return found


def _lines(connection: Connection, code: str, numbers: Sequence[int]) -> list[Listed]:
    c = RECORD.c
    found = connection.execute(
        join_reviews(select(RECORD, REVIEW.c.state.label("reviewed"))).where(
            c.territory == code, c.seq.in_(numbers)
        )
    )
    called = names(connection, code)
    return [_line(row, called) for row in sorted(found, key=lambda row: -row.seq)]


def _line(row: Any, called: Names) -> Listed:
    fields = json.loads(row.body)
    commune = territory.communes().get(fields.get("commune", ""))
    return Listed(
        row.id,
        row.kind,
        row.revision,
        row.seq,
        row.day,
        row.received_on,
        called.teams.get(row.team, row.team or ""),
        choices.load("action").label_of(fields["action"]) if "action" in fields else "",
        commune.name if commune else "",
        summary(row.kind, fields, called.service),
        state_of(row.deleted, row.reviewed),
    )


def state_of(deleted: bool, reviewed: str | None) -> str:
    """Return the state of a record: of its last revision, received when nobody has looked at that one yet."""
    return DELETED if deleted else reviewed or RECEIVED


def join_reviews(query: Select[Any]) -> Select[Any]:
    """Build the query over records with what was made of the very revision that stands."""
    same = and_(
        REVIEW.c.territory == RECORD.c.territory,
        REVIEW.c.record_id == RECORD.c.id,
        REVIEW.c.revision == RECORD.c.revision,
    )
    return query.select_from(RECORD.outerjoin(REVIEW, same))


def _matching(code: str, filters: RecordFilters, query: Select[Any]) -> Select[Any]:
    c = RECORD.c
    found = join_reviews(query).where(c.territory == code, c.kind.in_(list(KINDS)))
    found = found.where(c.deleted if filters.state == DELETED else ~c.deleted)
    if filters.state and filters.state != DELETED:
        found = found.where(func.coalesce(REVIEW.c.state, RECEIVED) == filters.state)
    for column, value in ((c.team, filters.team), (c.kind, filters.kind)):
        if value:
            found = found.where(column == value)
    if filters.first:
        found = found.where(c.day >= filters.first)
    if filters.last:
        found = found.where(c.day <= filters.last)
    where = {name: value for name in ("action", "commune") if (value := getattr(filters, name))}
    return found.where(_is_placed(code, where)) if where else found


def _is_placed(code: str, where: Mapping[str, str]) -> ColumnElement[bool]:
    """Build the SQL condition that the record, or the encounter a follow-up is about, is of that action and
    commune."""

    def holds(head: Table) -> list[ColumnElement[bool]]:
        return [head.c.territory == code, *(head.c[name] == value for name, value in where.items())]

    own = [select(head.c.id).where(head.c.id == RECORD.c.id, *holds(head)).exists() for head in _PLACED]
    about = []
    for part in SUBJECTS.values():
        joined = part.join(
            ENCOUNTER, (ENCOUNTER.c.territory == part.c.territory) & (ENCOUNTER.c.id == part.c.encounter_id)
        )
        ids = select(part.c.id).select_from(joined).where(*holds(ENCOUNTER))
        c = FOLLOW_UP.c
        about.append(select(c.id).where(c.territory == code, c.id == RECORD.c.id, c.subject_id.in_(ids)).exists())
    return or_(*own, *about)


def summary(kind: str, fields: Mapping[str, Any], service_name: Callable[[str], str]) -> str:
    """Return the record in a few words, beside its day and commune."""
    if not fields:
        return ""
    if kind == "follow_up":
        return format_outcome(fields)
    if kind == "service_report":
        return f"{service_name(fields['service'])} : {choices.load('service_problem').label_of(fields['problem'])}"
    if kind == "presence":
        return f"{fields['minutes']} min, {format_count(fields.get('agents', 1), 'agent')}"
    if kind == "group_session":
        return format_count(fields["headcount"], "participant")
    if kind == "partner_contact":
        return fields.get("structure") or choices.load("partner_type").label_of(fields["partner_type"])
    said = [
        choices.load(name).label_of(fields[name])
        for name in ("age_band", "gender")
        if fields.get(name, "inconnu") != "inconnu"
    ]
    parts = {"needs": "besoin", "referrals": "orientation"}
    counted = [format_count(len(fields[name]), word) for name, word in parts.items() if fields.get(name)]
    none = [field_labels.NO_NEED] if fields.get("no_need") else []
    return ", ".join([*said, *counted, *none])


def format_outcome(fields: Mapping[str, Any]) -> str:
    """Format the outcome of a follow-up: the list depends on what it is about."""
    listed = choices.load(OUTCOME_LIST[fields.get("subject_kind", "referral")])
    return listed.label_of(str(fields["outcome"]))
