"""Who may sign in to the console: accounts, sessions, and the count of failures.

Secrets are random and kept as SHA-256 (256 bits need no slow hash); passwords, which people choose, as Argon2id.
Every credential is limited in failures (PRIVACY, Access).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Engine, delete, insert, select, update

from sync_server import audit, database
from sync_server.audit import Act, By
from sync_server.errors import ServerError
from sync_server.tables import ROLES, Account, Attempts, ConsoleSession, Territory, table

ACCOUNT, ATTEMPTS, SESSION, TERRITORY = (table(m) for m in (Account, Attempts, ConsoleSession, Territory))
QUARTER = 15 * 60
"""Seconds over which failures are counted."""

_ROLES = dict(zip(ROLES, ("coordination", "lecture", "administration"), strict=True))
"""In the words of the log."""
_HASHER = PasswordHasher()  # the library's defaults are RFC 9106's low-memory profile, above OWASP's minimum
_NOBODY = _HASHER.hash("nobody")  # verified for an unknown login, so that the time taken tells nothing


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is at the console; `csrf` must come back with every form."""

    login: str
    role: str
    csrf: str


def hashed(secret: str) -> str:
    """How a random secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_account(
    engine: Engine, territory: str, login: str, password: str, role: str, by: By | None = None
) -> None:
    """Makes an account, or gives it another password and role; the log tells `by` whom, and never the password.
    Raises ValueError on a short password."""
    if role not in ROLES:
        raise ValueError(f"role {role!r} is none of {ROLES}")
    if len(password) < 12:
        raise ValueError("the password must have 12 characters or more")
    key = (ACCOUNT.c.territory == territory) & (ACCOUNT.c.login == login)
    with database.writing(engine) as connection:
        database.take_turn(connection, territory)
        before = connection.scalar(select(ACCOUNT.c.role).where(key))
        connection.execute(delete(ACCOUNT).where(key))
        connection.execute(
            delete(SESSION).where(SESSION.c.territory == territory, SESSION.c.login == login)
        )  # an old session ends with the old password
        connection.execute(
            insert(ACCOUNT).values(
                territory=territory, login=login, password_hash=_HASHER.hash(password), role=role
            )
        )
        if by is not None:
            act = Act(by.login, "Compte modifié" if before else "Compte créé", login)
            old = {"Rôle": _ROLES[before]} if before else None
            audit.note(
                connection, territory, by.today, act, old, {"Rôle": _ROLES[role], "Mot de passe": "nouveau"}
            )


def sign_in(engine: Engine, territory: str, login: str, password: str, expires_at: int) -> str | None:
    """A new session's secret for the cookie, or None when login or password is wrong."""
    login = login.replace("\0", "\ufffd")  # PostgreSQL takes no NUL, not even to compare with; no login has one
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
        raise ServerError("too_many_attempts", retry_after=seconds_left(now))


def seconds_left(now: int) -> int:
    """Until the next quarter of an hour, when the count begins anew."""
    return QUARTER - now % QUARTER


def note_failure(engine: Engine, territory: str, origin: str, now: int) -> int:
    """Counts one failure of that origin, kept hashed, and forgets earlier quarters. How many it now has."""
    quarter, key = now // QUARTER, hashed(origin)
    mine = (ATTEMPTS.c.territory == territory) & (ATTEMPTS.c.origin == key) & (ATTEMPTS.c.quarter == quarter)
    with database.writing(engine) as connection:
        # One at a time: two first failures at once would both insert.
        database.take_turn(connection, territory)
        connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.quarter < quarter))
        raised = update(ATTEMPTS).where(mine).values(failures=ATTEMPTS.c.failures + 1)
        failures: int | None = connection.execute(raised.returning(ATTEMPTS.c.failures)).scalar()
        if failures is None:
            failures = 1
            connection.execute(
                insert(ATTEMPTS).values(territory=territory, origin=key, quarter=quarter, failures=failures)
            )
    return failures
