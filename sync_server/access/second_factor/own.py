"""Turn one's own second factor on and off, give it once more, make other recovery codes.

Each change asks for the password too, and counts tries as sign-ins are counted: whoever found a session open
changes nothing with it.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from sync_server.access import accounts, brakes, sessions
from sync_server.access.accounts import Limit, Second
from sync_server.access.brakes import Tried
from sync_server.access.second_factor import factors, totp
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor

ON, OFF = "Double vérification activée", "Double vérification retirée"


def turn_on(
    engine: Engine, by: Actor, password: str, secret: bytes, second: Second, limit: Limit
) -> list[str] | None:
    """Give one's account the second factor of that secret, proved by a code of it, and return its recovery codes;
    None where password or code is wrong. Raises ServerError `too_many_attempts`."""

    def act(connection: Connection) -> list[str] | None:
        step = totp.find_step(secret, second.code, limit.now)
        if step is None or factors.is_on(connection, by.territory, by.login):
            return None
        audit_log.note(connection, by, Act(ON, by.login))
        return factors.turn_on(connection, second.key, by.territory, by.login, secret, step)

    return accounts.with_password(engine, by.territory, by.login, password, limit, act)


def renew_codes(engine: Engine, by: Actor, password: str, second: Second, limit: Limit) -> list[str] | None:
    """Make other recovery codes, and return them; None where password or code is wrong. Raises ServerError
    `too_many_attempts`."""

    def act(connection: Connection) -> list[str] | None:
        if not factors.accept(connection, second.key, by.territory, by.login, second.code, limit.now):
            return None
        audit_log.note(connection, by, Act("Codes de secours renouvelés", by.login))
        return factors.renew_codes(connection, second.key, by.territory, by.login)

    return accounts.with_password(engine, by.territory, by.login, password, limit, act)


def turn_off(engine: Engine, by: Actor, password: str, second: Second, limit: Limit) -> bool:
    """Take one's second factor away; return whether password and code were right. Raises ServerError
    `too_many_attempts`."""

    def act(connection: Connection) -> bool | None:
        if not factors.accept(connection, second.key, by.territory, by.login, second.code, limit.now):
            return None
        audit_log.note(connection, by, Act(OFF, by.login))
        return factors.turn_off(connection, by.territory, by.login)

    return bool(accounts.with_password(engine, by.territory, by.login, password, limit, act))


def prove(engine: Engine, by: Actor, second: Second, limit: Limit, cookie: str) -> bool:
    """Take the code of one's second factor once more, for the session of that cookie; return whether it was right.
    Tries are counted by account. Raises ServerError `too_many_attempts`."""
    tried = [Tried(("second factor", by.login), limit.own, by.login)]
    with database.writing(engine) as connection:
        counted = brakes.count(connection, by.territory, tried, limit.now)
        if not factors.accept(connection, second.key, by.territory, by.login, second.code, limit.now):
            return False
        brakes.give_back(connection, by.territory, counted)
        sessions.note_proved(connection, by.territory, cookie, limit.now)
        return True


def remove(engine: Engine, by: Actor, login: str) -> bool:
    """Take away the second factor of somebody who lost it, and end their sessions; return whether it was."""
    with database.writing(engine) as connection:
        database.lock_territory(connection, by.territory)
        removed = factors.turn_off(connection, by.territory, login)
        if removed:
            sessions.end_all(connection, by.territory, login)
            audit_log.note(connection, by, Act(OFF, login))
        return removed
