"""The queries of the checks: each gives the ids of records that may be wrong, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from shared import personal_data
from shared.models.tables import Encounter, GroupSession, Need, PartnerContact, Presence, Referral, Service
from sync_server.directory import services
from sync_server.intake.store import PAST, RECORD
from sync_server.storage.database import in_chunks
from sync_server.storage.tables import table

ENCOUNTER, SESSION, NEED, PRESENCE, REFERRAL, SERVICE = (
    table(m) for m in (Encounter, GroupSession, Need, Presence, Referral, Service)
)
CONTACT = table(PartnerContact)
STRUCTURES = ((CONTACT, "structure"), (SESSION, "partner"), (SESSION, "establishment"))
"""The only words of a worker that are synced: the names of structures."""
LATE = 90
"""Days between what happened and its first reception, beyond which the day is probably a slip."""
DAY_LONG = 24 * 60
FEWEST = 20
"""Values from which a fence is drawn; below, only the floor stands."""
Find = Callable[[Connection, "Scope"], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records are looked at: those that happened from `first` to `last`, or `only` these among them."""

    territory: str
    today: date
    first: date
    last: date
    only: Sequence[str] | None = None


def _within(scope: Scope, query: Select[Any]) -> Select[Any]:
    """Build the query over records that stand, in the scope."""
    c = RECORD.c
    found = query.where(c.territory == scope.territory, ~c.deleted, c.day.between(scope.first, scope.last))
    return found if scope.only is None else found.where(c.id.in_(scope.only))


def _joined(head: Any) -> Any:
    return RECORD.join(head, and_(head.c.territory == RECORD.c.territory, head.c.id == RECORD.c.id))


def late(connection: Connection, scope: Scope) -> Iterable[str]:
    """Find what was received long after the day it says: at first, since a correction is received late by
    nature."""
    c, p = RECORD.c, PAST.c
    first = select(func.min(p.received_on)).where(p.territory == c.territory, p.id == c.id).scalar_subquery()
    rows = connection.execute(
        _within(scope, select(c.id)).where(
            _days_apart(connection, func.coalesce(first, c.received_on), c.day) > LATE
        )
    )
    return [row.id for row in rows]


def _days_apart(connection: Connection, later: Any, earlier: Any) -> ColumnElement[Any]:
    """Build the SQL of the days from one date to another: SQLite keeps dates as text."""
    if connection.dialect.name == "sqlite":
        return func.julianday(later) - func.julianday(earlier)
    apart: ColumnElement[Any] = later - earlier
    return apart


def future(connection: Connection, scope: Scope) -> Iterable[str]:
    """Find records of a day that has not come: no rule lets it in, a clock turned back may have."""
    c = RECORD.c
    query = select(c.id).where(c.territory == scope.territory, ~c.deleted, c.day > scope.today)
    return connection.scalars(query if scope.only is None else query.where(c.id.in_(scope.only)))


def far_out(head: Any, column: str, floor: int) -> Find:
    """Find a number far above the others of the territory: Tukey's outer fence, never below the floor."""

    def find(connection: Connection, scope: Scope) -> Iterable[str]:
        value = head.c[column]
        counted = connection.execute(
            select(value, func.count()).where(head.c.territory == scope.territory).group_by(value).order_by(value)
        )
        limit = max(floor, fence([(row[0], row[1]) for row in counted]))
        return connection.scalars(
            _within(scope, select(RECORD.c.id).select_from(_joined(head))).where(value > limit)
        )

    return find


def fence(counted: Sequence[tuple[int, int]]) -> float:
    """Compute the third quartile and three times the spread between quartiles, of values each so many times, in
    order; 0 of too few to tell."""
    total = sum(times for _, times in counted)
    if total < FEWEST:
        return 0

    def at(share: float) -> int:
        seen = 0
        for value, times in counted:
            seen += times
            if seen >= share * total:
                return value
        return counted[-1][0]

    low, high = at(0.25), at(0.75)
    return high + 3 * (high - low)


def alike(connection: Connection, scope: Scope) -> Iterable[str]:
    """Find encounters of one team that look like one noted twice: the same commune, place, slot, age band, gender
    and needs, at most a day apart. Without a need there is too little to tell two people from one."""
    e, n = ENCOUNTER.c, NEED.c
    around = replace(scope, first=scope.first - timedelta(1), last=scope.last + timedelta(1), only=None)
    near = select(e.id).where(e.territory == scope.territory, e.day.between(around.first, around.last))
    themes = (
        select(
            n.encounter_id,
            func.count().label("many"),
            func.min(n.theme).label("low"),
            func.max(n.theme).label("high"),
        )
        .where(n.territory == scope.territory, n.encounter_id.in_(near))
        .group_by(n.encounter_id)
        .subquery("themes")
    )
    traits = (e.commune, e.place_type, e.slot, e.age_band, e.gender)
    same = (RECORD.c.team, *traits, themes.c.many, themes.c.low, themes.c.high)
    before, after = (step(e.day).over(partition_by=same, order_by=(e.day, e.id)) for step in (func.lag, func.lead))
    joined = _joined(ENCOUNTER).join(themes, themes.c.encounter_id == e.id)
    lined = _within(
        around,
        select(
            e.id, e.day, RECORD.c.team, *traits,
            before.label("before"), after.label("after"),
        ).select_from(joined),
    ).subquery("lined")  # fmt: skip
    close = [
        _days_apart(connection, lined.c.day, lined.c.before) <= 1,
        _days_apart(connection, lined.c.after, lined.c.day) <= 1,
    ]
    rows = connection.execute(select(lined).where(or_(*close))).all()
    return _same_needs(connection, scope, rows)


def _same_needs(connection: Connection, scope: Scope, rows: Sequence[Any]) -> list[str]:
    """Keep, of encounters alike, those whose needs are the same, a day apart at most."""
    themes: dict[str, set[str]] = defaultdict(set)
    ids = [row.id for row in rows]
    for part in in_chunks(ids):
        found = connection.execute(
            select(NEED.c.encounter_id, NEED.c.theme).where(
                NEED.c.territory == scope.territory, NEED.c.encounter_id.in_(part)
            )
        )
        for row in found:
            themes[row.encounter_id].add(row.theme)
    alike: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        alike[
            (row.team, row.commune, row.place_type, row.slot, row.age_band, row.gender, frozenset(themes[row.id]))
        ].append(row)
    wanted = None if scope.only is None else set(scope.only)
    return [
        row.id
        for group in alike.values()
        for row in group
        if scope.first <= row.day <= scope.last
        and (wanted is None or row.id in wanted)
        and any(other is not row and abs((other.day - row.day).days) <= 1 for other in group)
    ]


def long_days(connection: Connection, scope: Scope) -> Iterable[str]:
    """Find the presences of a team that add up, on one day, to more than 24 hours for each agent."""
    c, p = RECORD.c, PRESENCE.c
    whole = replace(scope, only=None)
    days = (
        _within(whole, select(c.team, p.day).select_from(_joined(PRESENCE)))
        .group_by(c.team, p.day)
        .having(func.sum(p.minutes * p.agents) > DAY_LONG * func.max(p.agents))
        .subquery("days")
    )
    same = and_(days.c.day == p.day, days.c.team == c.team)
    return connection.scalars(_within(scope, select(c.id).select_from(_joined(PRESENCE).join(days, same))))


def nobody_there(connection: Connection, scope: Scope) -> Iterable[str]:
    """Find encounters in a commune where their team noted no presence, on a day it noted one elsewhere: a team
    that notes none at all is not wrong, it does otherwise."""
    c, e, p = RECORD.c, ENCOUNTER.c, PRESENCE.c
    noted = _within(replace(scope, only=None), select(c.team, p.day, p.commune).select_from(_joined(PRESENCE)))
    # Compared here: as a query, it costs SQLite ten to a hundred times more.
    places = {tuple(row) for row in connection.execute(noted)}
    days = {place[:2] for place in places}
    met = _within(scope, select(c.id, c.team, e.day, e.commune).select_from(_joined(ENCOUNTER)))
    return [
        row.id
        for row in connection.execute(met)
        if (row.team, row.day) in days and (row.team, row.day, row.commune) not in places
    ]


def named(connection: Connection, scope: Scope) -> Iterable[str]:
    """Find records with the name of a structure that seems to hold that of a person, an address or a number: an
    older tablet did not warn of it, and a warning may be passed over."""
    found: list[str] = []
    for head, column in STRUCTURES:
        written = head.c[column]
        rows = _within(scope, select(RECORD.c.id, written).select_from(_joined(head))).where(written.is_not(None))
        found += [record_id for record_id, name in connection.execute(rows) if _names_somebody(name)]
    return found


@lru_cache(4096)
def _names_somebody(name: str) -> bool:
    """Tell whether that name of a structure names a person: the same ones come back all year."""
    return personal_data.names_somebody(name)


def to_gone(connection: Connection, scope: Scope) -> Iterable[str]:
    """Find encounters with a referral made after the day its service was retired, or to one the table does not
    hold. A referral of that day or before was right when it was made."""
    c, s = RECORD.c, SERVICE.c
    retired = services.retired_since(connection, scope.territory)
    made = _within(scope, select(c.id, c.day, REFERRAL.c.service).select_from(_referred())).where(
        or_(s.id.is_(None), s.id.in_(services.retired_ids(scope.territory)))
    )
    return {
        row.id for row in connection.execute(made) if row.service not in retired or row.day > retired[row.service]
    }


def to_unverified(connection: Connection, scope: Scope) -> Iterable[str]:
    """Find encounters with a referral to a service that nobody has verified."""
    c, s = RECORD.c, SERVICE.c
    made = _within(scope, select(c.id).select_from(_referred()))
    return connection.scalars(made.where(s.id.is_not(None), s.verified_on.is_(None)).distinct())


def referred_without_need(connection: Connection, scope: Scope) -> Iterable[str]:
    """Find encounters that say no need was expressed, and refer the person all the same: two versions put
    together may say so."""
    e = ENCOUNTER.c
    source = _referred().join(ENCOUNTER, and_(e.territory == RECORD.c.territory, e.id == RECORD.c.id))
    return connection.scalars(_within(scope, select(RECORD.c.id).select_from(source)).where(e.no_need).distinct())


def _referred() -> Any:
    """Return each record with its referrals, and the service of each where the table holds it."""
    r, s, c = REFERRAL.c, SERVICE.c, RECORD.c
    made = RECORD.join(REFERRAL, and_(r.territory == c.territory, r.encounter_id == c.id))
    return made.outerjoin(SERVICE, and_(s.territory == r.territory, s.id == r.service))
