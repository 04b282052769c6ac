"""Sign-ins to the console: accounts, sessions, and the count of failures.

Secrets are random and kept as SHA-256 (256 bits need no slow hash); passwords, which people choose, as Argon2id.
Every credential is limited in failures (PRIVACY, Access): an attempt is counted before anything is computed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select, update

from sync_server.errors import ServerError
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.tables import ROLES, Account, Attempts, ConsoleSession, Territory, table

ACCOUNT, ATTEMPTS, SESSION, TERRITORY = (table(m) for m in (Account, Attempts, ConsoleSession, Territory))
SHORTEST = 12
"""Characters of a password, at least."""
TOO_SHORT = (
    f"Le mot de passe doit avoir {SHORTEST} caractères ou plus. Choisissez-en un plus long, puis recommencez."
)
NO_ROLE = "Ce rôle n’existe pas. Choisissez {roles}."
QUARTER = 15 * 60
"""Seconds over which failures are counted."""

_ROLES = dict(zip(ROLES, ("coordination", "lecture", "administration"), strict=True))
"""In the words of the log."""
PASSWORDS_AT_ONCE = 2
"""Passwords computed at a time: each takes 64 MB and every core."""
_COMPUTING = threading.BoundedSemaphore(PASSWORDS_AT_ONCE)
_HASHER = PasswordHasher()  # the library's defaults are RFC 9106's low-memory profile, above OWASP's minimum
_NOBODY = _HASHER.hash("nobody")  # verified for an unknown login, so that the time taken tells nothing


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is at the console; `csrf` must come back with every form."""

    login: str
    role: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Limit:
    """Where an attempt comes from, when, and how many may fail in that quarter of an hour."""

    origin: str
    now: int
    most: int


def hash_secret(secret: str) -> str:
    """Hash a random secret, as it is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def create_account(
    engine: Engine, territory: str, login: str, password: str, role: str, by: Actor | None = None
) -> None:
    """Make an account, or give it another password and role. `by` is written to the audit log; the password is
    not. Raises ValueError, in French, on a short password."""
    if role not in ROLES:
        raise ValueError(NO_ROLE.format(roles=" ou ".join(ROLES)))
    if len(password) < SHORTEST:
        raise ValueError(TOO_SHORT)
    key = (ACCOUNT.c.territory == territory) & (ACCOUNT.c.login == login)
    with _COMPUTING:  # before the transaction: no tablet waits for it
        password_hash = _HASHER.hash(password)
    with database.writing(engine) as connection:
        database.lock_territory(connection, territory)
        before = connection.scalar(select(ACCOUNT.c.role).where(key))
        connection.execute(delete(ACCOUNT).where(key))
        connection.execute(
            delete(SESSION).where(SESSION.c.territory == territory, SESSION.c.login == login)
        )  # an old session ends with the old password
        connection.execute(
            insert(ACCOUNT).values(territory=territory, login=login, password_hash=password_hash, role=role)
        )
        if by is not None:
            act = Act("Compte modifié" if before else "Compte créé", login)
            old = {"Rôle": _ROLES[before]} if before else None
            audit_log.note(connection, by, act, old, {"Rôle": _ROLES[role], "Mot de passe": "nouveau"})


def sign_in(
    engine: Engine, territory: str, login: str, password: str, expires_at: int, limit: Limit | None = None
) -> str | None:
    """Open a session: return its secret for the cookie, or None when login or password is wrong. With `limit`, the
    attempt is counted for its origin and for its login before the password is looked at, and given back when it is
    right.

    Raises ServerError `too_many_attempts`.
    """
    login, password = readable(login), readable(password)
    tried = (limit.origin, f"login:{login}") if limit else ()
    if limit:
        check_attempts(engine, territory, tried, limit)  # without a lock: a flood stops here
    with _COMPUTING:  # counted only now: those who wait are no failures yet, and a right password still enters
        if limit:
            with database.writing(engine) as connection:
                count_attempt(connection, territory, tried, limit)
        if not _is_right(engine, territory, login, password):
            return None
        with database.writing(engine) as connection:
            if limit:
                give_back(connection, territory, tried, limit)
            return _open_session(connection, territory, login, expires_at)


def _open_session(connection: Connection, territory: str, login: str, expires_at: int) -> str:
    secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    made = {"token_hash": hash_secret(secret), "login": login, "csrf": csrf, "expires_at": expires_at}
    connection.execute(insert(SESSION).values(territory=territory, **made))
    return secret


def readable(text: str) -> str:
    """Replace what no database compares with and no password holds: NUL (PostgreSQL), half a surrogate."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _is_right(engine: Engine, territory: str, login: str, password: str) -> bool:
    """Tell whether that password is the login's; an unknown login costs as much as a known one."""
    with database.reading(engine) as connection:
        kept = connection.scalar(
            select(ACCOUNT.c.password_hash).where(ACCOUNT.c.territory == territory, ACCOUNT.c.login == login)
        )
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except VerificationError:
        return False
    return kept is not None


def find_session(connection: Connection, territory: str, secret: str, now: int) -> SignedIn | None:
    """Find who holds this session, as long as it lasts."""
    joined = SESSION.join(
        ACCOUNT, (ACCOUNT.c.territory == SESSION.c.territory) & (ACCOUNT.c.login == SESSION.c.login)
    )
    row = connection.execute(
        select(ACCOUNT.c.login, ACCOUNT.c.role, SESSION.c.csrf)
        .select_from(joined)
        .where(SESSION.c.territory == territory, SESSION.c.token_hash == hash_secret(secret))
        .where(SESSION.c.expires_at > now)
    ).first()
    return SignedIn(row.login, row.role, row.csrf) if row else None


def sign_out(engine: Engine, territory: str, secret: str, now: int) -> None:
    """End this session, and clear away those that have expired."""
    with database.writing(engine) as connection:
        ended = (SESSION.c.token_hash == hash_secret(secret)) | (SESSION.c.expires_at <= now)
        connection.execute(delete(SESSION).where(SESSION.c.territory == territory, ended))


def same(one: str, other: str) -> bool:
    """Compare two secrets without telling by the time taken how alike they are."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def check_attempts(engine: Engine, territory: str, tried: Iterable[str], limit: Limit) -> None:
    """Require that none of `tried` failed too often in this quarter of an hour. Raises `too_many_attempts`."""
    with database.reading(engine) as connection:
        _check(connection, territory, tried, limit)


def count_attempt(connection: Connection, territory: str, tried: Iterable[str], limit: Limit) -> None:
    """Count an attempt as a failure of each of `tried`, kept hashed, until `give_back`, and forget earlier
    quarters. Takes the territory's turn: what is counted here nobody else can count at the same time.

    Raises ServerError `too_many_attempts`, and counts nothing then.
    """
    quarter = limit.now // QUARTER
    database.lock_territory(connection, territory)
    _check(connection, territory, tried, limit)
    connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.quarter < quarter))
    for one in tried:
        mine = _of(territory, one, quarter)
        if not connection.execute(update(ATTEMPTS).where(mine).values(failures=ATTEMPTS.c.failures + 1)).rowcount:
            first = {"territory": territory, "origin": hash_secret(one), "quarter": quarter, "failures": 1}
            connection.execute(insert(ATTEMPTS).values(first))


def give_back(connection: Connection, territory: str, tried: Iterable[str], limit: Limit) -> None:
    """Take back what `count_attempt` counted: it was no failure."""
    database.lock_territory(connection, territory)
    for one in tried:
        mine = _of(territory, one, limit.now // QUARTER) & (ATTEMPTS.c.failures > 0)
        connection.execute(update(ATTEMPTS).where(mine).values(failures=ATTEMPTS.c.failures - 1))


def _check(connection: Connection, territory: str, tried: Iterable[str], limit: Limit) -> None:
    for one in tried:
        mine = _of(territory, one, limit.now // QUARTER)
        if (connection.scalar(select(ATTEMPTS.c.failures).where(mine)) or 0) >= limit.most:
            raise ServerError("too_many_attempts", retry_after=QUARTER - limit.now % QUARTER)


def _of(territory: str, tried: str, quarter: int) -> ColumnElement[bool]:
    c = ATTEMPTS.c
    return (c.territory == territory) & (c.origin == hash_secret(tried)) & (c.quarter == quarter)
