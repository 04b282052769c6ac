"""Who may do what: devices and their one-time codes, accounts and their sessions.

Secrets are random and kept as SHA-256 (256 bits need no slow hash); passwords, which people choose, as Argon2id.
Every credential is limited in failures (PRIVACY, Access).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Engine, delete, insert, select, update

from shared import wire
from sync_server import database
from sync_server.errors import ServerError
from sync_server.store import Sender
from sync_server.tables import (
    ROLES,
    Account,
    Attempts,
    ConsoleSession,
    Device,
    EnrolmentCode,
    Team,
    Territory,
    table,
)

ACCOUNT, ATTEMPTS, SESSION, DEVICE, CODE, TEAM, TERRITORY = (
    table(m) for m in (Account, Attempts, ConsoleSession, Device, EnrolmentCode, Team, Territory)
)
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of one-time codes: no 0/O, no 1/I. Ten of them make 50 bits, for a quarter of an hour."""
QUARTER = 15 * 60
"""Seconds over which failures are counted."""

_HASHER = PasswordHasher()  # the library's defaults are RFC 9106's low-memory profile, above OWASP's minimum
_NOBODY = _HASHER.hash("nobody")  # verified for an unknown login, so that the time taken tells nothing


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """The device behind a token."""

    sender: Sender
    revoked: bool
    seen_on: date


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is at the console; `csrf` must come back with every form."""

    login: str
    role: str
    csrf: str


def hashed(secret: str) -> str:
    """How a random secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_team(engine: Engine, territory: str, team: str, name: str, action: str) -> None:
    """Makes a team, or renames it."""
    with database.writing(engine) as connection:
        connection.execute(delete(TEAM).where(TEAM.c.territory == territory, TEAM.c.id == team))
        connection.execute(insert(TEAM).values(territory=territory, id=team, name=name, action=action))


def create_code(engine: Engine, territory: str, team: str, now: int, minutes: int) -> str:
    """A one-time code for one device of that team, as it is read out: `ABCD-EFGH-JK`."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(10))
    with database.writing(engine) as connection:
        connection.execute(delete(CODE).where(CODE.c.territory == territory, CODE.c.expires_at < now))
        connection.execute(
            insert(CODE).values(
                territory=territory, code_hash=hashed(code), team=team, expires_at=now + minutes * 60, spent=False
            )
        )
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def enrol(engine: Engine, territory: str, code: str, today: date, now: int) -> wire.Enrolled | None:
    """Spends the code and makes a device, in one transaction; None when the code is not valid."""
    plain = "".join(c for c in code.upper() if c.isalnum())
    token, device_id = secrets.token_urlsafe(32), str(uuid4())
    with database.writing(engine) as connection:
        team_id = connection.execute(
            update(CODE)
            .where(CODE.c.territory == territory, CODE.c.code_hash == hashed(plain))
            .where(CODE.c.spent.is_(False), CODE.c.expires_at >= now)
            .values(spent=True)
            .returning(CODE.c.team)
        ).scalar()
        if team_id is None:
            return None
        connection.execute(
            insert(DEVICE).values(
                territory=territory, id=device_id, team=team_id, token_hash=hashed(token),
                enrolled_on=today, seen_on=today, revoked_on=None,
            )
        )  # fmt: skip
        team = connection.execute(select(TEAM).where(TEAM.c.territory == territory, TEAM.c.id == team_id)).one()
        land = connection.execute(select(TERRITORY).where(TERRITORY.c.code == territory)).one()
    return wire.Enrolled(
        device_id=device_id, token=token, territory=territory, team=team.name, action=team.action,
        epoch=land.epoch, synthetic=land.synthetic,
    )  # fmt: skip


def device(connection: Connection, token: str) -> KnownDevice | None:
    """The device that holds this token, if any."""
    row = connection.execute(select(DEVICE).where(DEVICE.c.token_hash == hashed(token))).first()
    if row is None:
        return None
    return KnownDevice(Sender(row.territory, row.team, row.id), row.revoked_on is not None, row.seen_on)


def note_seen(engine: Engine, known: KnownDevice, today: date) -> None:
    """Keeps the last day of use, written once a day: a day shows a silent tablet, a time would watch a worker."""
    if known.seen_on == today:
        return
    with database.writing(engine) as connection:
        connection.execute(
            update(DEVICE)
            .where(DEVICE.c.territory == known.sender.territory, DEVICE.c.id == known.sender.device_id)
            .values(seen_on=today)
        )


def revoke(engine: Engine, territory: str, device_id: str, today: date) -> None:
    """From now on the device may only hand in what it holds."""
    with database.writing(engine) as connection:
        connection.execute(
            update(DEVICE)
            .where(DEVICE.c.territory == territory, DEVICE.c.id == device_id, DEVICE.c.revoked_on.is_(None))
            .values(revoked_on=today)
        )


def create_account(engine: Engine, territory: str, login: str, password: str, role: str) -> None:
    """Makes an account, or gives it another password and role. Raises ValueError on a short password."""
    if role not in ROLES:
        raise ValueError(f"role {role!r} is none of {ROLES}")
    if len(password) < 12:
        raise ValueError("the password must have 12 characters or more")
    key = (ACCOUNT.c.territory == territory) & (ACCOUNT.c.login == login)
    with database.writing(engine) as connection:
        connection.execute(delete(ACCOUNT).where(key))
        connection.execute(
            delete(SESSION).where(SESSION.c.territory == territory, SESSION.c.login == login)
        )  # an old session ends with the old password
        connection.execute(
            insert(ACCOUNT).values(
                territory=territory, login=login, password_hash=_HASHER.hash(password), role=role
            )
        )


def sign_in(engine: Engine, territory: str, login: str, password: str, expires_at: int) -> str | None:
    """A new session's secret for the cookie, or None when login or password is wrong."""
    with database.reading(engine) as connection:
        kept = connection.scalar(
            select(ACCOUNT.c.password_hash).where(ACCOUNT.c.territory == territory, ACCOUNT.c.login == login)
        )
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except VerificationError:
        return None
    if kept is None:
        return None
    secret = secrets.token_urlsafe(32)
    with database.writing(engine) as connection:
        connection.execute(
            insert(SESSION).values(
                territory=territory, token_hash=hashed(secret), login=login,
                csrf=secrets.token_urlsafe(32), expires_at=expires_at,
            )
        )  # fmt: skip
    return secret


def signed_in(connection: Connection, territory: str, secret: str, now: int) -> SignedIn | None:
    """Who holds this session, as long as it lasts."""
    joined = SESSION.join(
        ACCOUNT, (ACCOUNT.c.territory == SESSION.c.territory) & (ACCOUNT.c.login == SESSION.c.login)
    )
    row = connection.execute(
        select(ACCOUNT.c.login, ACCOUNT.c.role, SESSION.c.csrf)
        .select_from(joined)
        .where(SESSION.c.territory == territory, SESSION.c.token_hash == hashed(secret))
        .where(SESSION.c.expires_at > now)
    ).first()
    return SignedIn(row.login, row.role, row.csrf) if row else None


def sign_out(engine: Engine, territory: str, secret: str, now: int) -> None:
    """Ends this session, and clears away those that have expired."""
    with database.writing(engine) as connection:
        ended = (SESSION.c.token_hash == hashed(secret)) | (SESSION.c.expires_at <= now)
        connection.execute(delete(SESSION).where(SESSION.c.territory == territory, ended))


def same(one: str, other: str) -> bool:
    """Compares two secrets without telling by the time taken how alike they are."""
    return hmac.compare_digest(one.encode(), other.encode())


def check_attempts(engine: Engine, territory: str, origin: str, now: int, most: int) -> None:
    """Raises `too_many_attempts` when that origin failed too often in this quarter of an hour."""
    with database.reading(engine) as connection:
        failures = connection.scalar(
            select(ATTEMPTS.c.failures).where(
                ATTEMPTS.c.territory == territory,
                ATTEMPTS.c.origin == hashed(origin),
                ATTEMPTS.c.quarter == now // QUARTER,
            )
        )
    if (failures or 0) >= most:
        raise ServerError("too_many_attempts", retry_after=QUARTER - now % QUARTER)


def note_failure(engine: Engine, territory: str, origin: str, now: int) -> None:
    """Counts one failure of that origin, kept hashed, and forgets those of earlier quarters."""
    quarter, key = now // QUARTER, hashed(origin)
    mine = (ATTEMPTS.c.territory == territory) & (ATTEMPTS.c.origin == key) & (ATTEMPTS.c.quarter == quarter)
    with database.writing(engine) as connection:
        connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.quarter < quarter))
        raised = connection.execute(update(ATTEMPTS).where(mine).values(failures=ATTEMPTS.c.failures + 1))
        if raised.rowcount == 0:
            connection.execute(
                insert(ATTEMPTS).values(territory=territory, origin=key, quarter=quarter, failures=1)
            )
