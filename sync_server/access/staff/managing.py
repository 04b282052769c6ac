"""List, open, change and close the accounts of the console: each an act in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, select, update

from sync_server.access import accounts, browsers, passwords, sessions
from sync_server.access.roles import NAMES
from sync_server.access.second_factor import factors
from sync_server.access.sessions import is_account
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.tables import Account, table

ACCOUNT = table(Account)
LONGEST_LOGIN = 100
FIRST_LASTS = 7 * 24 * 3600
"""Seconds for which a password that the administration gave opens the account, until its owner chooses one."""
BAD_LOGIN = "L’identifiant a de 1 à 100 caractères, sans espace au début ni à la fin. Choisissez-en un autre."
TAKEN = "Cet identifiant existe déjà. Choisissez-en un autre, ou changez le compte qui le porte."
UNKNOWN = "Ce compte n’existe plus. Rechargez la page."
YOURSELF = "C’est votre propre compte : une autre personne de l’administration le change, ou la ligne de commande."


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """An account as the administration sees it; `service` is empty but for a partner."""

    login: str
    role: str
    service: str
    has_factor: bool

    @property
    def role_name(self) -> str:
        """Return the role in words."""
        return NAMES[self.role]


def list_accounts(connection: Connection, territory: str) -> list[ListedAccount]:
    """List the accounts by their login."""
    found = select(ACCOUNT).where(ACCOUNT.c.territory == territory).order_by(ACCOUNT.c.login)
    return [_read(row) for row in connection.execute(found)]


def open_account(engine: Engine, by: Actor, login: str, role: str, service: str, now: int) -> str:
    """Open an account, and return its first password, which is kept nowhere and lasts until its owner chooses
    another, `FIRST_LASTS` at most. Raises ValueError, in French."""
    if not login or login != login.strip() or len(login) > LONGEST_LOGIN or not login.isprintable():
        raise ValueError(BAD_LOGIN)
    with database.reading(engine) as connection:
        if _find(connection, by.territory, login) is not None:
            raise ValueError(TAKEN)
    password = passwords.make()
    accounts.create_account(engine, by.territory, login, password, role, by, service, now + FIRST_LASTS)
    return password


def renew_password(engine: Engine, by: Actor, login: str, now: int) -> str:
    """Give an account another first password, and return it; its sessions end, its second factor stays. Raises
    ValueError, in French."""
    password = passwords.make()
    given = {"password_hash": accounts.hash_password(password), "temporary_until": now + FIRST_LASTS}
    with database.writing(engine) as connection:
        _take_hold(connection, by, login)
        connection.execute(update(ACCOUNT).where(is_account(by.territory, login)).values(given))
        browsers.forget(connection, by.territory, login)
        audit_log.note(connection, by, Act("Mot de passe renouvelé", login))
    return password


def change_role(engine: Engine, by: Actor, login: str, role: str, service: str) -> None:
    """Give an account another role; its sessions end. Raises ValueError, in French."""
    with database.writing(engine) as connection:
        accounts.check_role(connection, by.territory, role, service)
        before = _take_hold(connection, by, login)
        given = {"role": role, "service_id": service or None}
        connection.execute(update(ACCOUNT).where(is_account(by.territory, login)).values(given))
        old = {"Rôle": before.role_name, "Service": before.service}
        audit_log.note(connection, by, Act("Rôle changé", login), old, {"Rôle": NAMES[role], "Service": service})


def close_account(engine: Engine, by: Actor, login: str) -> None:
    """Close an account for good: its sessions end, its second factor goes. Raises ValueError, in French."""
    with database.writing(engine) as connection:
        _take_hold(connection, by, login)
        factors.turn_off(connection, by.territory, login)
        browsers.forget(connection, by.territory, login)
        connection.execute(delete(ACCOUNT).where(is_account(by.territory, login)))
        audit_log.note(connection, by, Act("Compte fermé", login))


def _take_hold(connection: Connection, by: Actor, login: str) -> ListedAccount:
    """Return an account that is to be changed, of somebody else, and end its sessions. Takes the territory's
    turn. Raises ValueError, in French."""
    if login == by.login:
        raise ValueError(YOURSELF)
    database.lock_territory(connection, by.territory)
    found = _find(connection, by.territory, login)
    if found is None:
        raise ValueError(UNKNOWN)
    sessions.end_all(connection, by.territory, login)
    return found


def _find(connection: Connection, territory: str, login: str) -> ListedAccount | None:
    row = connection.execute(select(ACCOUNT).where(is_account(territory, login))).first()
    return _read(row) if row else None


def _read(row: Row[Any]) -> ListedAccount:
    return ListedAccount(row.login, row.role, row.service_id or "", bool(row.totp_secret))
