"""The funnel of referrals: what became of those made in a period, read at a cut-off day (R4): how many had an
appointment, were attended, gave effective access, and how long it took.

Each step counts the referrals of which that very step was told by then. None is supposed from another, and none is
added to another: attended is not effective access (R5).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from sqlalchemy import Boolean, Connection, Date, String, column, select
from sqlalchemy import table as sql_view

from shared import choices
from shared.models.tables import FollowUp
from sync_server.figures.counts import Period
from sync_server.figures.dimensions import UNSAID
from sync_server.files.tabular import Book, Column, Table
from sync_server.storage.tables import table

STEPS = {"rendez-vous-pris": "Rendez-vous", "honoree": "Honorées", "acces-effectif": "Accès effectif"}
"""The outcomes that are steps, in order, and their headings."""
APPOINTMENT, ATTENDED, EFFECTIVE = STEPS
REFUSED = "refusee-par-la-personne"
FAILURES = ("non-presentee", "refusee-par-le-service", "sans-suite", REFUSED)
WITHOUT_OUTCOME = ("proposee", "rendez-vous-pris", "sans-nouvelle")
"""No known outcome (R4): without news, for this page, the dashboard and A4-12 alike."""
AGES = ((31, "30 jours ou moins"), (61, "31 à 60 jours"), (10**6, "plus de 60 jours"))
"""Each up to that age in days, itself left out: « plus de 60 jours » as A4-12 and the dashboard count it."""
OLDEST = 20
_FOLLOW_UP = table(FollowUp)
_REFERRAL = sql_view(
    "fact_referral",
    *(column(name, String) for name in ("territory", "id", "action", "subject_id", "service", "theme")),
    column("day", Date),
    column("accepted", Boolean),
)


@dataclass(slots=True)
class Course:
    """One referral and what was told of it by the cut-off: each outcome with its first day; `outcome` is the
    furthest (R4)."""

    encounter: str
    service: str
    theme: str
    day: date
    outcome: str
    place: tuple[int, date]
    reason: str = ""
    told: dict[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delay:
    """The median in days, and of how many it is; None of none."""

    days: float | None
    of: int


@dataclass(frozen=True, slots=True)
class FunnelLine:
    """The funnel of one service or theme. `steps` follow `STEPS`; the `refused` (by the person) are not among the
    `made`; `unknown` have no known outcome."""

    code: str
    label: str
    made: int
    refused: int
    steps: tuple[int, ...]
    failed: int
    unknown: int
    to_attended: Delay
    to_effective: Delay


@dataclass(frozen=True, slots=True)
class Silence:
    """A referral nobody knows anything of: since how many days, to which service, in which encounter."""

    encounter: str
    service: str
    age: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """All of it. `reasons` count failures by reason and outcome; `ages` count those without news by age."""

    total: FunnelLine
    by_service: list[FunnelLine]
    by_theme: list[FunnelLine]
    reasons: list[tuple[str, list[int]]]
    ages: list[tuple[str, int]]
    oldest: list[Silence]


def funnel(
    connection: Connection, territory: str, period: Period, names: Mapping[str, str], action: str = ""
) -> Funnel:
    """Return the funnel of the referrals made in the period, of one action or of both; `names` are those of
    services."""
    courses = _courses(connection, territory, period, action)
    themes = choices.load("theme")
    by_service, by_theme = defaultdict(list), defaultdict(list)
    for course in courses:
        by_service[course.service].append(course)
        by_theme[course.theme].append(course)
    silent = sorted((c for c in courses if c.outcome in WITHOUT_OUTCOME), key=lambda c: (c.day, c.encounter))
    return Funnel(
        _line("", "Ensemble", courses),
        _lines(by_service, lambda code: names.get(code, code)),
        _lines(by_theme, lambda code: "Besoin non précisé" if code == UNSAID else themes.label_of(code)),
        _reasons(courses),
        _ages(silent, period.cut_off),
        [
            Silence(c.encounter, names.get(c.service, c.service), (period.cut_off - c.day).days)
            for c in silent[:OLDEST]
        ],
    )


def _courses(connection: Connection, territory: str, period: Period, action: str) -> list[Course]:
    r, f = _REFERRAL.c, _FOLLOW_UP.c
    made = [r.territory == territory, r.day.between(period.first, period.last)]
    if action:
        made.append(r.action == action)
    nationals = choices.nationals("theme")
    found = {
        row.subject_id: Course(
            row.id,
            row.service,
            nationals.get(row.theme, row.theme),
            row.day,
            "proposee" if row.accepted else REFUSED,
            (-1, date.min),
        )
        for row in connection.execute(select(_REFERRAL).where(*made))
    }
    ranks = choices.ranks("outcome_referral")
    told = connection.execute(
        select(f.subject_id, f.day, f.outcome, f.reason)
        .join(_REFERRAL, (r.territory == f.territory) & (r.subject_id == f.subject_id))
        .where(f.subject_kind == "referral", f.day <= period.cut_off, *made)
    )
    for row in told:
        _tell(found[row.subject_id], row, ranks)
    return list(found.values())


def _tell(course: Course, row: Any, ranks: Mapping[str, int]) -> None:
    """Take one more follow-up: the furthest along is the outcome, the later of two alike gives the reason."""
    course.told[row.outcome] = min(row.day, course.told.get(row.outcome, row.day))
    place = (ranks.get(row.outcome, 0), row.day)
    if place > course.place or (place == course.place and not course.reason):
        course.outcome, course.place, course.reason = row.outcome, place, row.reason or ""


def _lines(groups: Mapping[str, Sequence[Course]], label: Any) -> list[FunnelLine]:
    lines = [_line(code, label(code), courses) for code, courses in groups.items()]
    return sorted(lines, key=lambda line: (-line.made, line.label))


def _line(code: str, label: str, courses: Sequence[Course]) -> FunnelLine:
    made = [c for c in courses if c.outcome != REFUSED]
    return FunnelLine(
        code,
        label,
        len(made),
        len(courses) - len(made),
        tuple(sum(step in c.told for c in made) for step in STEPS),
        sum(c.outcome in FAILURES for c in made),
        sum(c.outcome in WITHOUT_OUTCOME for c in made),
        _delay((c.told[ATTENDED] - c.day).days for c in made if ATTENDED in c.told),
        _delay(
            (c.told[EFFECTIVE] - c.told[ATTENDED]).days for c in made if ATTENDED in c.told and EFFECTIVE in c.told
        ),
    )


def _delay(days: Iterable[int]) -> Delay:
    found = list(days)
    return Delay(median(found) if found else None, len(found))


def _reasons(courses: Sequence[Course]) -> list[tuple[str, list[int]]]:
    counted = Counter((c.reason, c.outcome) for c in courses if c.outcome in FAILURES)
    listed = choices.load("reason")
    codes = [code for code in [*listed.by_code, ""] if any(counted[code, outcome] for outcome in FAILURES)]
    return [
        (listed.label_of(code) if code else "Motif non précisé", [counted[code, outcome] for outcome in FAILURES])
        for code in codes
    ]


def _ages(silent: Sequence[Course], cut_off: date) -> list[tuple[str, int]]:
    ages = [(cut_off - c.day).days for c in silent]
    bounds = [0, *(bound for bound, _ in AGES)]
    return [
        (label, sum(low <= age < high for age in ages)) for (high, label), low in zip(AGES, bounds, strict=False)
    ]


def header() -> list[str]:
    """List the columns of a line, in words."""
    return [
        "Faites", *STEPS.values(), "Non abouties", "Sans issue connue", "Refusées par la personne",
        "Jours jusqu’à la venue (médiane)", "Venues avec un délai", "Jours de la venue à l’accès (médiane)",
        "Accès avec un délai",
    ]  # fmt: skip


def values(line: FunnelLine) -> list[float | None]:
    """Return the figures of a line, in the order of `header`."""
    delays = [line.to_attended.days, line.to_attended.of, line.to_effective.days, line.to_effective.of]
    return [line.made, *line.steps, line.failed, line.unknown, line.refused, *delays]


def book(found: Funnel, above: Sequence[str], day: date) -> Book:
    """Return the same figures as tables: the funnel under the sentences `above`, why some failed, and since when
    there has been no news."""
    groups = (("Ensemble", [found.total]), ("Service", found.by_service), ("Besoin", found.by_theme))
    lines = [[kind, line.label, *values(line)] for kind, several in groups for line in several]
    outcomes = choices.load("outcome_referral")
    return Book(
        "Orientations",
        day,
        (
            Table("Orientations", _columns("Par", "Libellé", *header()), lines, tuple(above)),
            Table(
                "Motifs",
                _columns("Motif", *(outcomes.label_of(code) for code in FAILURES)),
                [[label, *counts] for label, counts in found.reasons],
            ),
            Table("Sans nouvelle", _columns("Sans nouvelle depuis", "Orientations"), found.ages),
        ),
    )


def _columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)
