"""Sign-ins to the console: accounts, sessions, and the count of failures.

Secrets are random and kept as SHA-256 (256 bits need no slow hash); passwords, which people choose, as Argon2id.
Every credential is limited in failures (PRIVACY, Access): an attempt is counted before anything is computed
(`brakes.py`), apart for a browser that somebody has signed in from (`browsers.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Engine, delete, insert, select, update

from shared.models.tables import Service
from sync_server.access import brakes, browsers, passwords, sessions
from sync_server.access.brakes import Brake, Tried
from sync_server.access.roles import NAMES, ROLES
from sync_server.access.second_factor import factors
from sync_server.errors import ServerError
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.tables import Account, table

ACCOUNT, SERVICE = table(Account), table(Service)
NO_SERVICE = (
    "Un compte de service partenaire nomme son service de l’annuaire (--service) ; un autre n’en nomme pas."
)
UNKNOWN_SERVICE = (
    "Le service « {service} » n’est pas dans l’annuaire. Son identifiant est dans l’adresse de sa fiche."
)
NO_ROLE = "Ce rôle n’existe pas. Choisissez {roles}."
MINUTE, QUARTER = 60, 15 * 60
"""Seconds."""
LIFTED = "Attente de connexion levée"
PASSWORDS_AT_ONCE = 2
"""Passwords computed at a time."""
_COMPUTING = threading.BoundedSemaphore(PASSWORDS_AT_ONCE)
Result = TypeVar("Result")
_HASHER = PasswordHasher(time_cost=10, memory_cost=7 * 1024, parallelism=1)
"""7 MB, and twice the passes that OWASP asks for with so few: two at a time, they add little to what an idle
server takes (docs/benchmarks-attacks.md)."""
_NOBODY = _HASHER.hash("nobody")  # verified for an unknown login, so that the time taken tells nothing


@dataclass(frozen=True, slots=True)
class Second:
    """The code of a second factor as it was typed, and the key of the accounts."""

    code: str
    key: str


NO_CODE = Second("", "")


@dataclass(frozen=True, slots=True)
class Limit:
    """Where an attempt comes from, when, and how many may fail before the next one waits. `known` is the hash by
    which its browser is known for that login, empty for any other (`browsers.find`)."""

    origin: str
    now: int
    most: int
    known: str = ""

    @property
    def own(self) -> Brake:
        """Return how the count of one credential from one place makes wait."""
        return Brake(self.most, first=5, longest=QUARTER, leak=QUARTER)

    def count_as(self, login: str) -> list[Tried]:
        """Return the attempt's own count, first, and those it shares with others: one that failed elsewhere never
        makes a known browser wait, nor one account another, save a few seconds where a whole address or the whole
        world guesses; and of the world, those who have hardly failed only where others like them do."""
        if self.known:
            return [Tried(("known", self.known), self.own, login)]
        origin, around = brakes.classify(self.origin), brakes.neighbourhood("sign-ins", self.origin)
        world = Brake(10 * self.most, first=1, longest=MINUTE, leak=MINUTE)
        return [
            Tried(("login from", login, origin), self.own, login),
            around,
            Tried(("from", origin), Brake(3 * self.most, first=1, longest=30, leak=MINUTE)),
            Tried(("login", login), world, login, around),
            Tried(("all sign-ins",), Brake(50 * self.most, first=1, longest=5, leak=10), apart=around),
        ]


def create_account(
    engine: Engine,
    territory: str,
    login: str,
    password: str,
    role: str,
    by: Actor | None = None,
    service: str = "",
    temporary_until: int = 0,
) -> None:
    """Make an account, or give it another password and role: its second factor goes, as its sessions. `by` is
    written to the audit log; the password is not. `service` is whose slips a partner confirms, by its id in the
    directory; until its owner changes it, the password is good up to `temporary_until`, in seconds since 1970, 0
    for ever. Raises ValueError, in French, on a password, a role or a service that is refused."""
    passwords.check_new(password, login)
    key = sessions.is_account(territory, login)
    password_hash = hash_password(password)  # before the transaction: no tablet waits for it
    with database.writing(engine) as connection:
        check_role(connection, territory, role, service)
        database.lock_territory(connection, territory)
        before = connection.scalar(select(ACCOUNT.c.role).where(key))
        connection.execute(delete(ACCOUNT).where(key))
        sessions.end_all(connection, territory, login)  # with the old password
        browsers.forget(connection, territory, login)
        kept = {"password_hash": password_hash, "temporary_until": temporary_until}
        made = insert(ACCOUNT).values(territory=territory, login=login, role=role, service_id=service or None)
        connection.execute(made.values(kept))
        if by is not None:
            act = Act("Compte modifié" if before else "Compte créé", login)
            old = {"Rôle": NAMES[before]} if before else None
            new = {"Rôle": NAMES[role], "Mot de passe": "nouveau"} | ({"Service": service} if service else {})
            audit_log.note(connection, by, act, old, new)


def _has_ended(connection: Connection, territory: str, login: str, now: int) -> bool:
    """Tell whether the password is one that the administration gave too long ago."""
    mine = sessions.is_account(territory, login)
    until: int = connection.scalar(select(ACCOUNT.c.temporary_until).where(mine)) or 0
    return 0 < until <= now


def check_role(connection: Connection, territory: str, role: str, service: str) -> None:
    """Require a role that there is, and of a partner alone a service of the directory. Raises ValueError, in
    French."""
    if role not in ROLES:
        raise ValueError(NO_ROLE.format(roles=" ou ".join(ROLES)))
    if (role == "partner") != bool(service):
        raise ValueError(NO_SERVICE)
    if service and service not in dict(list_services(connection, territory)):
        raise ValueError(UNKNOWN_SERVICE.format(service=service))


def list_services(connection: Connection, territory: str) -> list[tuple[str, str]]:
    """List the services of the directory, id and name, by name."""
    c = SERVICE.c
    found = connection.execute(select(c.id, c.name).where(c.territory == territory).order_by(c.name, c.id))
    return [(row.id, row.name) for row in found]


def hash_password(password: str) -> str:
    """Hash a password as it is kept, in its turn."""
    with _COMPUTING:
        return _HASHER.hash(password)


def admit(engine: Engine, territory: str, login: str, limit: Limit) -> Limit:
    """Require that an attempt has not to wait, before it takes a place in the line; return how it is counted. A
    known browser that would have to wait is counted as any other: who stole its cookie, and fails with it, makes
    its owner wait for nothing. Raises ServerError `too_many_attempts`."""
    login = readable(login)
    if limit.known:
        try:
            brakes.check(engine, territory, limit.count_as(login), limit.now)
        except ServerError:
            limit = replace(limit, known="")
    if not limit.known:
        brakes.check(engine, territory, limit.count_as(login), limit.now)
    return limit


def sign_in(
    engine: Engine,
    territory: str,
    login: str,
    password: str,
    expires_at: int,
    limit: Limit | None = None,
    second: Second = NO_CODE,
) -> str | None:
    """Open a session: return its secret for the cookie, or None when login, password or second factor is wrong,
    without telling which. With `limit`, the attempt is counted before the password is looked at
    (`Limit.count_as`), and given back when all is right; an unknown login is counted as a known one.

    Raises ServerError `too_many_attempts`.
    """
    login, now = readable(login), limit.now if limit else expires_at

    def enter(connection: Connection) -> str | None:
        proved = factors.is_on(connection, territory, login)
        if _has_ended(connection, territory, login, now):
            return None
        if proved and not factors.accept(connection, second.key, territory, login, second.code, now):
            return None
        return sessions.open_session(connection, territory, login, expires_at, now, proved=proved)

    return with_password(engine, territory, login, password, limit, enter)


def change_password(engine: Engine, by: Actor, current: str, new: str, limit: Limit, cookie: str) -> bool:
    """Give an account the password that its owner chose; return whether the current one was right. The sessions
    elsewhere end, that of `cookie` goes on; the browsers that were known are known no more. Attempts are counted
    as sign-ins are.

    Raises ValueError, in French, where the new one is refused, and ServerError `too_many_attempts`.
    """
    passwords.check_new(readable(new), by.login)
    if new == current:  # one that the administration gave would go on
        raise ValueError(passwords.NOT_NEW)
    password_hash = hash_password(readable(new))

    def change(connection: Connection) -> bool:
        mine = sessions.is_account(by.territory, by.login)
        connection.execute(update(ACCOUNT).where(mine).values(password_hash=password_hash, temporary_until=0))
        sessions.end_all(connection, by.territory, by.login, but=cookie)
        browsers.forget(connection, by.territory, by.login)
        audit_log.note(connection, by, Act("Mot de passe changé", by.login))
        return True

    return bool(with_password(engine, by.territory, by.login, current, limit, change))


def with_password(
    engine: Engine,
    territory: str,
    login: str,
    password: str,
    limit: Limit | None,
    act: Callable[[Connection], Result | None],
) -> Result | None:
    """Do something that a password allows, in the transaction that gives back its count; None when it is wrong, or
    what it allows was not done."""
    password = readable(password)
    tried, counted = limit.count_as(login) if limit else [], list[Tried]()
    if limit:
        brakes.check(engine, territory, tried, limit.now)  # without a lock: a flood stops here
    with _COMPUTING:  # counted only now: those who wait are no failures yet, and a right password still enters
        if limit:
            with database.writing(engine) as connection:
                counted = brakes.count(connection, territory, tried, limit.now)
        kept = _find_right(engine, territory, login, password)
        if kept is None:
            return None
        renewed = _HASHER.hash(password) if _HASHER.check_needs_rehash(kept) else kept
        with database.writing(engine) as connection:
            if renewed != kept:  # made by an earlier version, with other costs
                mine = (ACCOUNT.c.territory == territory) & (ACCOUNT.c.password_hash == kept)
                connection.execute(update(ACCOUNT).where(mine).values(password_hash=renewed))
            done = act(connection)
            if done is not None:
                brakes.give_back(connection, territory, counted[1:])
                brakes.forget(connection, territory, counted[:1])
            return done


def name_known(engine: Engine, territory: str, login: str) -> str:
    """Return the login if there is such an account, else empty: what is no login may be a password, typed one
    field too early."""
    with database.reading(engine) as connection:
        mine = select(ACCOUNT.c.login).where(sessions.is_account(territory, login))
        return connection.scalar(mine) or ""


def list_waiting(connection: Connection, territory: str, now: int) -> list[str]:
    """List the logins of the accounts that somebody has failed at lately, from wherever it was."""
    logins = connection.scalars(select(ACCOUNT.c.login).where(ACCOUNT.c.territory == territory)).all()
    counted = brakes.list_accounts(connection, territory, now)
    return sorted(login for login in logins if brakes.hash_name(login) in counted)


def lift_waits(engine: Engine, by: Actor, login: str) -> bool:
    """End all the waits of one account, and write who did it to the audit log; return whether there were any."""
    with database.writing(engine) as connection:
        lifted = brakes.lift(connection, by.territory, login)
        if lifted:
            audit_log.note(connection, by, Act(LIFTED, login))
        return lifted


def readable(text: str) -> str:
    """Replace what no database compares with and no password holds: NUL (PostgreSQL), half a surrogate."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _find_right(engine: Engine, territory: str, login: str, password: str) -> str | None:
    """Return the kept hash of that login if the password is right; an unknown login costs as much as a known
    one."""
    with database.reading(engine) as connection:
        kept = connection.scalar(select(ACCOUNT.c.password_hash).where(sessions.is_account(territory, login)))
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except VerificationError:
        return None
    found: str | None = kept
    return found
