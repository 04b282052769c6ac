"""The records of a period as sheets: encounters, needs, referrals. Codes with labels, no free text, no worker.

They stand one row a record, so they are for the team alone: each sheet says so (PRIVACY).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select

from shared import choices, field_labels
from shared import territory as territories
from shared.models.tables import Encounter, FollowUp, Need, Referral, Service
from sync_server.directory.choice_lists import EXTENSIBLE_LISTS
from sync_server.errors import ServerError
from sync_server.figures import compiler
from sync_server.figures.counts import Period
from sync_server.files.tabular import Book, Column, Value
from sync_server.files.tabular import Table as Sheet
from sync_server.intake import store
from sync_server.reports import data_dictionary
from sync_server.reports.data_dictionary import CODED, NATIONAL
from sync_server.reports.indicator_report import INTERNAL, SYNTHETIC, days
from sync_server.storage import local_codes
from sync_server.storage.tables import table

ENCOUNTER, NEED, REFERRAL, FOLLOW_UP, SERVICE = (
    table(model) for model in (Encounter, Need, Referral, FollowUp, Service)
)
MOST_ROWS = 100_000
"""Rows of one sheet: above, the file would be too large for an office suite on a desk."""
CODED_FIELDS = ("place_type", "slot", "contact_mode", "age_band", "gender", "household", "housing", "activity",
           "rsa", "already_followed", "first_contact_year", "first_contact_ever", "duration_band")  # fmt: skip
"""The fields of an encounter that hold a code: two columns each, the code and what it means."""
YES_NO_FIELDS = ("accompanied", "no_need")
"""Its fields that are yes or no: one column each."""
PLACE = (
    Column("Rencontre", width=38),
    Column("Jour", "date", 12),
    Column("Code de l’action", width=14),
    Column("Action", width=28),
    Column("Code INSEE", width=10),
    Column("Commune", width=24),
    Column("Code de l’EPCI", width=14),
    Column("EPCI", width=24),
)
"""What each sheet begins with: which encounter, when, for what, where (R3, R6)."""


def build_book(connection: Connection, territory: str, period: Period) -> Book:
    """Build the three sheets, then what their columns and codes mean. Raises ServerError when the period holds
    too much for one file."""
    local_codes.adopt(connection, territory)  # another process may have added a code, or changed its label
    before = [days(period).capitalize(), INTERNAL]
    if store.is_synthetic(connection, territory):
        before.insert(1, SYNTHETIC)
    found = {
        "Rencontres": _encounters(connection, territory, period),
        "Besoins": _needs(connection, territory, period),
        "Orientations": _referrals(connection, territory, period),
    }
    columns = {name: (*PLACE, *own) for name, (own, _) in found.items()}
    sheets = [Sheet(name, columns[name], rows, tuple(before)) for name, (_, rows) in found.items()]
    return Book("Saisies", period.cut_off, (*sheets, *data_dictionary.tables(columns, tuple(before))))


_Sheet = tuple[list[Column], list[list[Value]]]


def _encounters(connection: Connection, territory: str, period: Period) -> _Sheet:
    names = list(CODED_FIELDS)
    columns = [c for name in names for c in _coded_columns(name)]
    columns += [Column(field_labels.of(name)) for name in YES_NO_FIELDS]
    rows = []
    wanted = [ENCOUNTER.c[name] for name in (*names, *YES_NO_FIELDS)]
    for r in _read(connection, territory, period, None, wanted):
        coded = [v for name in names for v in _coded(name, r[name])]
        rows.append([*_place(r), *coded, *(_yes(r[name]) for name in YES_NO_FIELDS)])
    return columns, rows


def _needs(connection: Connection, territory: str, period: Period) -> _Sheet:
    names = ["theme", "expression", "last_mile", "age_band"]
    columns = [c for name in names for c in _coded_columns(name)]
    wanted = [NEED.c[name] for name in names[:3]] + [ENCOUNTER.c.age_band]
    found = _read(connection, territory, period, NEED, wanted)
    return columns, [[*_place(r), *(v for name in names for v in _coded(name, r[name]))] for r in found]


def _referrals(connection: Connection, territory: str, period: Period) -> _Sheet:
    known = select(SERVICE.c.id, SERVICE.c.name).where(SERVICE.c.territory == territory)
    services = {row.id: row.name for row in connection.execute(known)}
    outcomes = _outcomes(connection, territory, period)
    names = ["theme", "mode", "age_band"]
    columns = [Column("Orientation", width=38), Column("Code du service", width=24), Column("Service", width=36)]
    columns += [c for name in names for c in _coded_columns(name)]
    columns += [
        Column(field_labels.of("accepted")),
        Column("Code de l’issue", width=20),
        Column("Issue", width=24),
    ]
    wanted: list[Any] = [REFERRAL.c[name] for name in ("service", "theme", "mode", "accepted")]
    wanted += [ENCOUNTER.c.age_band, REFERRAL.c.id.label("referral_id")]
    rows = []
    for r in _read(connection, territory, period, REFERRAL, wanted):
        outcome = outcomes.get(r["referral_id"], "proposee" if r["accepted"] else "refusee-par-la-personne")
        which = [r["referral_id"], r["service"], services.get(r["service"], r["service"])]
        coded = [v for name in names for v in _coded(name, r[name])]
        told = [outcome, choices.load("outcome_referral").label_of(outcome)]
        rows.append([*_place(r), *which, *coded, _yes(r["accepted"]), *told])
    return columns, rows


def _read(
    connection: Connection, territory: str, period: Period, part: Table | None, wanted: Sequence[Any]
) -> Iterator[Any]:
    """Read the encounters of the period, or one of their parts, in the order of days."""
    e = ENCOUNTER.c
    source: Any = ENCOUNTER
    order = [e.day, e.id]
    if part is not None:
        source = ENCOUNTER.join(part, (part.c.territory == e.territory) & (part.c.encounter_id == e.id))
        order.append(part.c.theme if part is NEED else part.c.id)
    within = (e.territory == territory, e.day.between(period.first, period.last))
    if (connection.scalar(select(func.count()).select_from(source).where(*within)) or 0) > MOST_ROWS:
        raise ServerError("too_many_rows")
    columns = [e.id, e.day, e.action, e.commune, *wanted]
    return iter(
        connection.execute(select(*columns).select_from(source).where(*within).order_by(*order)).mappings()
    )


def count_encounters(connection: Connection, territory: str, period: Period) -> int:
    """Count the encounters that the sheets show, with all that hangs on them."""
    e = ENCOUNTER.c
    within = (e.territory == territory, e.day.between(period.first, period.last))
    return connection.scalar(select(func.count()).select_from(ENCOUNTER).where(*within)) or 0


def _outcomes(connection: Connection, territory: str, period: Period) -> dict[str, str]:
    """Find, of each referral of the period, the furthest outcome told by the cut-off day (R4)."""
    c, r, e = FOLLOW_UP.c, REFERRAL.c, ENCOUNTER.c
    made = FOLLOW_UP.join(REFERRAL, (r.territory == c.territory) & (r.id == c.subject_id)).join(
        ENCOUNTER, (e.territory == r.territory) & (e.id == r.encounter_id)
    )
    known = (
        select(c.subject_id, c.outcome)
        .select_from(made)
        .where(c.territory == territory, c.subject_kind == "referral", c.day <= period.cut_off)
        .where(e.day.between(period.first, period.last))
        .order_by(*compiler.furthest_first("outcome_referral"))
    )
    found: dict[str, str] = {}
    for row in connection.execute(known):
        found.setdefault(row.subject_id, row.outcome)
    return found


def _coded_columns(field: str) -> list[Column]:
    label = field_labels.of(field)
    national = [Column(f"{label}{NATIONAL}", width=18)] if field in EXTENSIBLE_LISTS else []
    return [Column(f"{label}{CODED}", width=18), Column(label, width=24), *national]


def _coded(field: str, code: str | None) -> list[Value]:
    """Return the code, its label and, where the list takes local codes, the national one it counts under."""
    if code is None:
        return [None] * len(_coded_columns(field))
    listed = data_dictionary.list_of_field(field)
    counted = (listed[code].national or code) if code in listed else None
    return [code, listed.label_of(code), *([counted] if field in EXTENSIBLE_LISTS else [])]


def _place(r: Any) -> list[Value]:
    commune = territories.communes()[r["commune"]]
    action = choices.load("action").label_of(r["action"])
    return [r["id"], r["day"], r["action"], action, commune.insee, commune.name, commune.epci, commune.epci_name]


def _yes(value: bool) -> str:
    return "oui" if value else "non"
