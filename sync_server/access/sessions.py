"""Sessions of the console: who is signed in, from when to when; a session left alone ends.

Secrets are random and kept as SHA-256: 256 bits need no slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select, update

from sync_server.storage import database
from sync_server.storage.tables import Account, ConsoleSession, table

ACCOUNT, SESSION = table(Account), table(ConsoleSession)
MINUTE = 60
"""Seconds."""
KNOWN_AFTER = 24 * 3600
"""Seconds for which a session is known after its end: what was typed in it comes back to its account."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is at the console; `csrf` must come back with every form, `seen_at` is when they last asked for
    something, to the minute, and `proved_at` when they last gave their second factor (`has_factor`); `service` is
    that of a partner; `temporary`: their password is one that the administration gave."""

    login: str
    role: str
    csrf: str
    seen_at: int = 0
    proved_at: int = 0
    has_factor: bool = False
    service: str = ""
    temporary: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, in seconds since 1970, and for how many seconds a session may be left alone."""

    now: int
    idle: int


def hash_secret(secret: str) -> str:
    """Hash a random secret, as it is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_account(territory: str, login: str) -> ColumnElement[bool]:
    """Build the condition of the account of that login."""
    return (ACCOUNT.c.territory == territory) & (ACCOUNT.c.login == login)


def open_session(
    connection: Connection, territory: str, login: str, expires_at: int, now: int, proved: bool = False
) -> str:
    """Open a session and return its secret, for the cookie; `proved` by a second factor."""
    secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    made = {"token_hash": hash_secret(secret), "login": login, "csrf": csrf, "expires_at": expires_at}
    made |= {"seen_at": now, "ended": False, "proved_at": now if proved else 0}
    connection.execute(insert(SESSION).values(territory=territory, **made))
    return secret


def find_session(connection: Connection, territory: str, secret: str, moment: Moment) -> SignedIn | None:
    """Find who holds this session, as long as it lasts and is not left alone."""
    return _find_session(connection, territory, hash_secret(secret), _lasts(moment))


def find_ended_session(connection: Connection, territory: str, session: str, moment: Moment) -> SignedIn | None:
    """Find who held the session of that id, once it has ended, for a day."""
    known = SESSION.c.expires_at > moment.now - KNOWN_AFTER
    return _find_session(connection, territory, session, known & ~_lasts(moment))


def is_known(connection: Connection, territory: str, secret: str, now: int) -> bool:
    """Tell whether somebody held this session, under way or ended, until a day after its last hour."""
    mine = (SESSION.c.territory == territory) & (SESSION.c.token_hash == hash_secret(secret))
    known = select(SESSION.c.login).where(mine, SESSION.c.expires_at > now - KNOWN_AFTER)
    return connection.execute(known).first() is not None


def _lasts(moment: Moment) -> ColumnElement[bool]:
    c = SESSION.c
    return ~c.ended & (c.expires_at > moment.now) & (c.seen_at > moment.now - moment.idle)


def _find_session(
    connection: Connection, territory: str, session: str, which: ColumnElement[bool]
) -> SignedIn | None:
    joined = SESSION.join(
        ACCOUNT, (ACCOUNT.c.territory == SESSION.c.territory) & (ACCOUNT.c.login == SESSION.c.login)
    )
    row = connection.execute(
        select(
            ACCOUNT.c.login,
            ACCOUNT.c.role,
            ACCOUNT.c.service_id,
            ACCOUNT.c.totp_secret,
            ACCOUNT.c.temporary_until,
            SESSION.c.csrf,
            SESSION.c.seen_at,
            SESSION.c.proved_at,
        )
        .select_from(joined)
        .where(SESSION.c.territory == territory, SESSION.c.token_hash == session)
        .where(which)
    ).first()
    if row is None:
        return None
    has_factor, service = bool(row.totp_secret), row.service_id or ""
    temporary = row.temporary_until > 0
    return SignedIn(row.login, row.role, row.csrf, row.seen_at, row.proved_at, has_factor, service, temporary)


def note_seen(engine: Engine, territory: str, secret: str, who: SignedIn, now: int) -> None:
    """Note that the session is in use, once a minute at most."""
    if now - who.seen_at < MINUTE:
        return
    with database.writing(engine) as connection:
        mine = (SESSION.c.territory == territory) & (SESSION.c.token_hash == hash_secret(secret))
        connection.execute(update(SESSION).where(mine).values(seen_at=now))


def note_proved(connection: Connection, territory: str, secret: str, now: int) -> None:
    """Note that whoever holds the session has just given their second factor."""
    mine = (SESSION.c.territory == territory) & (SESSION.c.token_hash == hash_secret(secret))
    connection.execute(update(SESSION).where(mine).values(proved_at=now))


def sign_out(engine: Engine, territory: str, secret: str, now: int) -> None:
    """End this session, and clear away those that have expired a day ago: until then, what was typed in one comes
    back to its account."""
    mine = SESSION.c.territory == territory
    with database.writing(engine) as connection:
        connection.execute(
            update(SESSION).where(mine, SESSION.c.token_hash == hash_secret(secret)).values(ended=True)
        )
        connection.execute(delete(SESSION).where(mine, SESSION.c.expires_at <= now - KNOWN_AFTER))


def same(one: str, other: str) -> bool:
    """Compare two secrets without telling by the time taken how alike they are."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session under way, as its owner is shown it: `id` is the hash of its secret and opens nothing; times in
    seconds since 1970."""

    id: str
    seen_at: int
    expires_at: int
    own: bool


def list_open(
    connection: Connection, territory: str, login: str, secret: str, moment: Moment
) -> list[OpenSession]:
    """List the sessions of an account that are under way, the last used first; `own` is that of `secret`."""
    c = SESSION.c
    mine = select(c.token_hash, c.seen_at, c.expires_at).where(c.territory == territory, c.login == login)
    found = connection.execute(mine.where(_lasts(moment)).order_by(c.seen_at.desc(), c.token_hash)).all()
    own = hash_secret(secret)
    return [OpenSession(row.token_hash, row.seen_at, row.expires_at, row.token_hash == own) for row in found]


def end_one(engine: Engine, territory: str, login: str, session: str) -> None:
    """End a session of that account, by its id; one of another account stays."""
    c = SESSION.c
    mine = (c.territory == territory) & (c.login == login) & (c.token_hash == session)
    with database.writing(engine) as connection:
        connection.execute(update(SESSION).where(mine).values(ended=True))


def end_all(connection: Connection, territory: str, login: str, but: str = "") -> None:
    """End every session of that account, save the one whose secret is `but`."""
    c = SESSION.c
    mine = (c.territory == territory) & (c.login == login) & (c.token_hash != hash_secret(but))
    connection.execute(update(SESSION).where(mine).values(ended=True))
