"""The server's own tables; those of the records stand beside their fields in `shared.models`.

`record` is the log the tablets pull: the last revision of each record, its body whole, numbered in the order of
commit. The tables of `shared.models` hold the same content in columns, for counting. One transaction writes both.
"""

from __future__ import annotations

import datetime

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, String, Table, Text
from sqlmodel import Field, SQLModel

from shared.models.base import CODE
from shared.models.tables import (
    Encounter,
    FollowUp,
    GroupSession,
    PartnerContact,
    Presence,
    Referral,
    Row,
    ServiceReport,
    keyed,
)


def table(model: type[SQLModel]) -> Table:
    """Return the SQLAlchemy table of a `table=True` class: batches go through Core, nine times cheaper than
    objects."""
    found: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
    return found


for _headed in (Encounter, FollowUp, GroupSession, PartnerContact, Presence, ServiceReport):
    # Whose it is, as in the log, which may lose it: nobody else takes it over then.
    table(_headed).append_column(Column("team", String(40), nullable=True))
for _dated in (Encounter, FollowUp):  # figures of days that fill no month are read straight from these
    Index(f"ix_{_dated.__tablename__}_day", table(_dated).c.territory, table(_dated).c.day)
Index("ix_referral_coupon", table(Referral).c.coupon)  # the public page looks a slip up by its hash


class Territory(SQLModel, table=True):
    """A territory. `seq` numbers its records in commit order; `epoch` changes when a backup is restored, and what
    was numbered up to `restored_seq` comes from it; `synthetic` marks invented data, which every screen then says.
    `log_number` and `log_digest` are those of the last entry ever made in the audit log: cut short, it is told.
    `cursor_secret` signs what the tablets show of the sequence, and is told to nobody.
    """

    __table_args__ = {"sqlite_with_rowid": False}

    code: str = Field(primary_key=True, max_length=3)
    epoch: str = Field(max_length=36)
    seq: int = Field(default=0, sa_type=BigInteger)
    restored_seq: int = Field(default=0, sa_type=BigInteger)
    synthetic: bool = False
    log_number: int = Field(default=0, sa_type=BigInteger)
    log_digest: str = Field(default="", max_length=64)
    cursor_secret: str = Field(default="", max_length=64)


class SequenceMark(Row, table=True):
    """The last number of each range that was taken of the sequence, with a few random characters: two histories
    that gave the same numbers are told apart (`sequence.py`)."""

    __tablename__ = "sequence_mark"
    __table_args__ = keyed("territory", "seq")

    seq: int = Field(sa_type=BigInteger)
    nonce: str = Field(max_length=8)


class FactView(SQLModel, table=True):
    """A view that `facts.sql` made, with the digest of its statement: any other view is somebody else's."""

    __tablename__ = "fact_view"
    __table_args__ = {"sqlite_with_rowid": False}

    name: str = Field(primary_key=True, max_length=63)
    digest: str = Field(max_length=64)


class CommuneOfTerritory(Row, table=True):
    """The communes, copied from `shared.territory` so that views can join them. Population in persons."""

    __tablename__ = "commune"
    __table_args__ = keyed("territory", "insee")

    insee: str = Field(max_length=5)
    name: str = Field(max_length=100)
    epci: str = Field(max_length=9)
    epci_name: str = Field(max_length=100)
    population: int


class HeldRecord(Row, table=True):
    """The last revision of a record. `team` is empty for what every team may pull; `body` is the JSON of the
    fields as they were judged, `digest` of those that were sent; `again` when a tablet brought it back after a
    loss; days only, no time: workers are data subjects too."""

    __tablename__ = "record"
    __table_args__ = (
        PrimaryKeyConstraint("territory", "id"),
        Index("record_in_order", "territory", "seq", unique=True),
        Index("record_by_device", "territory", "device_id"),
    )

    id: str = Field(max_length=CODE)
    kind: str = Field(max_length=40)
    revision: int
    digest: str = Field(max_length=32)
    seq: int = Field(sa_type=BigInteger)
    team: str | None = Field(default=None, max_length=40)
    device_id: str | None = Field(default=None, max_length=36)
    day: datetime.date | None = None
    received_on: datetime.date
    deleted: bool = False
    again: bool = False
    body: str = Field(sa_type=Text)


class PastRevision(Row, table=True):
    """A revision that a later one replaced: the history of corrections, and the proof for late repeats. `team` is
    the record's; `day` its own, unknown before the fourteenth schema."""

    __tablename__ = "past_revision"
    __table_args__ = (
        PrimaryKeyConstraint("territory", "id", "revision"),
        Index("past_revision_by_device", "territory", "device_id"),
        {"sqlite_with_rowid": False},
    )

    id: str = Field(max_length=CODE)
    revision: int
    kind: str = Field(max_length=40)
    digest: str = Field(max_length=32)
    team: str | None = Field(default=None, max_length=40)
    device_id: str | None = Field(default=None, max_length=36)
    day: datetime.date | None = None
    received_on: datetime.date
    deleted: bool = False
    body: str = Field(sa_type=Text)


class Quarantined(Row, table=True):
    """A record that a device sent and that was not taken; it waits there. `reasons` is a JSON list of sentences;
    `body` the device's version in a conflict, empty for what was refused."""

    __tablename__ = "quarantine"
    __table_args__ = keyed("territory", "id", "device_id")

    id: str = Field(max_length=CODE)
    device_id: str = Field(max_length=36)
    team: str = Field(max_length=40)
    kind: str = Field(max_length=40)
    received_on: datetime.date
    reasons: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)


class Team(Row, table=True):
    """A team: its devices see each other's records. `action` is what its tablets propose first."""

    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=40)
    name: str = Field(max_length=100)
    action: str = Field(max_length=20)


class Device(Row, table=True):
    """An enrolled tablet. The token is kept as its SHA-256 only; days of use, never times. `tablet` is its first
    enrolment, where it showed when it was enrolled again that it is the same, and `after` the one
    whose token it showed; `replaced_on` the day one that came after this was first used; `limited_on` the last day
    it asked for more than its quota; until `confirmed_on` it neither gives nor gets anything."""

    __table_args__ = keyed("territory", "id")

    id: str = Field(max_length=36)
    team: str = Field(max_length=40)
    token_hash: str = Field(max_length=64, unique=True)
    enrolled_on: datetime.date
    seen_on: datetime.date
    revoked_on: datetime.date | None = None
    tablet: str | None = Field(default=None, max_length=36)
    after: str | None = Field(default=None, max_length=36)
    replaced_on: datetime.date | None = None
    limited_on: datetime.date | None = None
    confirmed_on: datetime.date | None = None


class EnrolmentCode(Row, table=True):
    """A one-time code, kept as its SHA-256 only; spent when used. `expires_at` in seconds since 1970. The tablet
    of an `unconfirmed` one is to be confirmed by the coordination."""

    __tablename__ = "enrolment_code"
    __table_args__ = keyed("territory", "code_hash")

    code_hash: str = Field(max_length=64)
    team: str = Field(max_length=40)
    expires_at: int = Field(sa_type=BigInteger)
    spent: bool = False
    unconfirmed: bool = False


class Account(Row, table=True):
    """Who may sign in to the console. The password is kept as its Argon2id hash only. A partner confirms the
    slips of `service_id`. `totp_secret` is that of the second factor, sealed, empty without one, and `totp_step`
    the last time step of which a code was taken (RFC 6238). `temporary_until`, in seconds since 1970, is the end
    of a password that the administration gave; 0 of one that its owner chose."""

    __table_args__ = keyed("territory", "login")

    login: str = Field(max_length=100)
    password_hash: str = Field(max_length=200)
    role: str = Field(max_length=20)
    service_id: str | None = Field(default=None, max_length=CODE)
    totp_secret: str = Field(default="", sa_type=Text)
    totp_step: int = Field(default=0, sa_type=BigInteger)
    temporary_until: int = Field(default=0, sa_type=BigInteger)


class RecoveryCode(Row, table=True):
    """A code that replaces the second factor once; kept as an HMAC only."""

    __tablename__ = "recovery_code"
    __table_args__ = keyed("territory", "code_hash")

    code_hash: str = Field(max_length=64)
    login: str = Field(max_length=100)


class ConsoleSession(Row, table=True):
    """A sign-in under way; the cookie's value is kept as its SHA-256 only. `expires_at`, `seen_at`, the last
    request to the minute, and `proved_at`, the last second factor, in seconds since 1970. One that has `ended`
    stays a day, for what was typed in it."""

    __tablename__ = "console_session"
    __table_args__ = keyed("territory", "token_hash")

    token_hash: str = Field(max_length=64)
    login: str = Field(max_length=100)
    csrf: str = Field(max_length=64)
    expires_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(default=0, sa_type=BigInteger)
    proved_at: int = Field(default=0, sa_type=BigInteger)
    ended: bool = False


class SpentForm(Row, table=True):
    """A form of the console that acts or has acted. The nonce is kept as its SHA-256 only; `content` is the digest
    of what was typed, `location` where it led (empty while it acts), `told` what was shown once, sealed with the
    nonce. Times in seconds since 1970."""

    __tablename__ = "spent_form"
    __table_args__ = keyed("territory", "nonce_hash")

    nonce_hash: str = Field(max_length=64)
    content: str = Field(max_length=64)
    began_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    location: str = Field(sa_type=Text)
    told: str = Field(sa_type=Text)


class KnownBrowser(Row, table=True):
    """A browser from which somebody has signed in with that login; its token is kept as its SHA-256 only. The day
    of the last time, never the time."""

    __tablename__ = "known_browser"
    __table_args__ = keyed("territory", "token_hash")

    token_hash: str = Field(max_length=64)
    login: str = Field(max_length=100)
    seen_on: datetime.date


class Attempts(Row, table=True):
    """Failed sign-ins or codes of one origin (hashed), and the account they were about (hashed, or empty). In
    seconds since 1970: `since`, when the next of them began to be forgotten, and `last_at` the last one."""

    __table_args__ = keyed("territory", "origin")

    origin: str = Field(max_length=64)
    account: str = Field(default="", max_length=64)
    failures: int = 0
    since: int = Field(sa_type=BigInteger)
    last_at: int = Field(sa_type=BigInteger)


class CouponAnswer(Row, table=True):
    """An answer of a service that was put down and not looked up yet, for some seconds: the slip may not exist."""

    __tablename__ = "coupon_answer"
    __table_args__ = keyed("territory", "slip_hash", "outcome")

    slip_hash: str = Field(max_length=64)
    outcome: str = Field(max_length=20)
    day: datetime.date
