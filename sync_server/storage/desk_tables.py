"""The tables of the coordinator's desk: targets, funding, deadlines, reviews, local lists, frozen reports, and the
audit log. What they say is about indicators and records, never about a person."""

from __future__ import annotations

import datetime

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from shared.models.base import CODE
from shared.models.tables import Row, keyed

NOTE = 2_000
"""Longest comment, in characters."""
T0 = 0
"""The year under which a starting value stands (pact, l.145-164)."""


class Goal(Row, table=True):
    """What the pact asks of an indicator besides its values: the kind of trajectory (`trajectory` list), who
    answers for it, and what there is to say. `indicator` is a code of `indicators.toml` or of a national one."""

    __table_args__ = keyed("territory", "indicator")

    indicator: str = Field(max_length=40)
    trajectory: str = Field(default="progressive", max_length=20)
    owner: str = Field(default="", max_length=200)
    comment: str = Field(default="", max_length=NOTE)


class Target(Row, table=True):
    """The value aimed at in a year; under the year `T0`, the value at the start. A rate is a fraction."""

    __table_args__ = keyed("territory", "indicator", "year")

    indicator: str = Field(max_length=40)
    year: int
    value: float


class NationalIndicator(Row, table=True):
    """An indicator of a national sub-axis: its list is not public, so the coordinator types it. `direction` says
    which way is better (`direction` list)."""

    __tablename__ = "national_indicator"
    __table_args__ = keyed("territory", "code")

    code: str = Field(max_length=40)
    label: str = Field(max_length=300)
    unit: str = Field(default="", max_length=60)
    sub_axis: str = Field(default="", max_length=200)
    source: str = Field(default="", max_length=300)
    direction: str = Field(default="deduit", max_length=10)


class NationalValue(Row, table=True):
    """What a national indicator reached in a year, typed by the coordinator."""

    __tablename__ = "national_value"
    __table_args__ = keyed("territory", "code", "year")

    code: str = Field(max_length=40)
    year: int
    value: float


class Funding(Row, table=True):
    """Money of an action in a year, in whole euros."""

    __table_args__ = keyed("territory", "action", "year")

    action: str = Field(max_length=20)
    year: int
    planned: int | None = Field(default=None, sa_type=BigInteger)
    executed: int | None = Field(default=None, sa_type=BigInteger)
    comment: str = Field(default="", max_length=NOTE)


class Deadline(Row, table=True):
    """A day on which something is due: data too, since the sources disagree on the mid-term date."""

    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
    label: str = Field(max_length=300)
    day: datetime.date
    done_on: datetime.date | None = None


class Review(Row, table=True):
    """What the coordinator made of a record: « à revoir » or « validée » (`review` list), of that revision; one
    that has none is « reçue »."""

    __table_args__ = keyed("territory", "record_id")

    record_id: str = Field(max_length=CODE)
    revision: int
    state: str = Field(max_length=20)
    note: str = Field(default="", max_length=NOTE)
    reviewed_by: str = Field(max_length=100)
    reviewed_on: datetime.date


class CommuneYear(Row, table=True):
    """A commune that the coordinator marked « dépourvue d’action jeunesse » in that year (A3-05)."""

    __tablename__ = "commune_year"
    __table_args__ = keyed("territory", "insee", "year")

    insee: str = Field(max_length=5)
    year: int


class LocalChoice(Row, table=True):
    """A code the coordinator added to a choice list, counted under `national`. Retired, never deleted."""

    __tablename__ = "local_choice"
    __table_args__ = keyed("territory", "list_name", "code")

    list_name: str = Field(max_length=40)
    code: str = Field(max_length=CODE)
    label: str = Field(max_length=200)
    order: int = Field(default=1_000)
    national: str = Field(max_length=CODE)
    retired_on: datetime.date | None = None


class FrozenReport(Row, table=True):
    """A submitted report: the same figures tomorrow, whatever is corrected today (R8). `body` is the canonical
    JSON of the whole report, `digest` its SHA-256."""

    __tablename__ = "frozen_report"
    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
    kind: str = Field(max_length=20)
    title: str = Field(max_length=300)
    first: datetime.date
    last: datetime.date
    cut_off: datetime.date
    frozen_on: datetime.date
    frozen_by: str = Field(max_length=100)
    comment: str = Field(default="", max_length=NOTE)
    digest: str = Field(max_length=64)
    body: str = Field(sa_type=Text)


class Tally(Row, table=True):
    """Counts kept ready, of one month in one commune and one age band. `counts` is a JSON list: for each measure
    of the declarations a number, or the values seen of what is counted once. Made from the facts, never
    restored."""

    __table_args__ = keyed("territory", "month", "commune", "age_band")

    month: str = Field(max_length=7)
    commune: str = Field(max_length=5)
    age_band: str = Field(max_length=20)
    counts: str = Field(sa_type=Text)


class StaleTally(Row, table=True):
    """A month in a commune whose facts have changed since it was counted: marked in the transaction that changes
    them, counted anew before it is read."""

    __tablename__ = "stale_tally"
    __table_args__ = keyed("territory", "month", "commune")

    month: str = Field(max_length=7)
    commune: str = Field(max_length=5)


class TallyForm(Row, table=True):
    """Which declarations the tallies were counted by: others, and all of it is counted anew."""

    __tablename__ = "tally_form"
    __table_args__ = keyed("territory")

    digest: str = Field(max_length=64)


class AuditEntry(Row, table=True):
    """One act of the console. Each entry's digest covers the one before: an edit or a deletion breaks the chain
    (PRIVACY, Access). `before` and `after` are JSON, empty where there is none."""

    __tablename__ = "audit_entry"
    __table_args__ = keyed("territory", "number")

    number: int = Field(sa_type=BigInteger)
    day: datetime.date
    login: str = Field(max_length=100)
    act: str = Field(max_length=40)
    subject: str = Field(max_length=200)
    before: str = Field(default="", sa_type=Text)
    after: str = Field(default="", sa_type=Text)
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)
