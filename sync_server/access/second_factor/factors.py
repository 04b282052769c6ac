"""Second factors in the database: secrets sealed, codes taken once, recovery codes as HMACs.

The key is in a file outside the database (ACCOUNTS_KEY_FILE): whoever reads the database alone can make no code.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from sqlalchemy import Connection, delete, func, insert, select, update

from shared.coupons import ALPHABET
from sync_server.access import sealed_text
from sync_server.access.second_factor import totp
from sync_server.access.sessions import is_account
from sync_server.settings import Settings
from sync_server.storage import key_files
from sync_server.storage.tables import Account, RecoveryCode, table

ACCOUNT, CODE = table(Account), table(RecoveryCode)
CODES, LENGTH = 10, 12
"""Recovery codes at a time, and letters of each: 60 bits."""
_SECRET = "second factor"  # noqa: S105  # nosec B105  # what the key seals
_SETTING = "accounts_key_file"


def open_key(settings: Settings) -> str:
    """Read the key of the accounts, made where there is none. Raises ValueError, in French, on a file that is no
    key."""
    path = key_files.find_path(settings, _SETTING, f"comptes-{settings.territory}.cle")
    return key_files.open_key(path, _SETTING).hex()


def turn_on(connection: Connection, key: str, territory: str, login: str, secret: bytes, step: int) -> list[str]:
    """Give an account its second factor, proved by the code of that time step; return its recovery codes, which
    are kept nowhere."""
    sealed = sealed_text.seal(_SECRET, key, secret, f"{territory}:{login}")
    kept = {"totp_secret": sealed, "totp_step": step}
    connection.execute(update(ACCOUNT).where(is_account(territory, login)).values(kept))
    return renew_codes(connection, key, territory, login)


def turn_off(connection: Connection, territory: str, login: str) -> bool:
    """Take the second factor of an account away, with its recovery codes; return whether it had one."""
    had = connection.scalar(select(ACCOUNT.c.totp_secret).where(is_account(territory, login)))
    connection.execute(update(ACCOUNT).where(is_account(territory, login)).values(totp_secret="", totp_step=0))  # nosec B106  # emptied
    connection.execute(delete(CODE).where(CODE.c.territory == territory, CODE.c.login == login))
    return bool(had)


def renew_codes(connection: Connection, key: str, territory: str, login: str) -> list[str]:
    """Make other recovery codes; those of before are good for nothing."""
    connection.execute(delete(CODE).where(CODE.c.territory == territory, CODE.c.login == login))
    made = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    rows = [{"territory": territory, "login": login, "code_hash": _hash(key, login, code)} for code in made]
    connection.execute(insert(CODE), rows)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in made]


def count_codes(connection: Connection, territory: str, login: str) -> int:
    """Count the recovery codes that an account has left."""
    mine = (CODE.c.territory == territory) & (CODE.c.login == login)
    return connection.scalar(select(func.count()).select_from(CODE).where(mine)) or 0


def is_on(connection: Connection, territory: str, login: str) -> bool:
    """Tell whether an account has a second factor."""
    return bool(connection.scalar(select(ACCOUNT.c.totp_secret).where(is_account(territory, login))))


def accept(connection: Connection, key: str, territory: str, login: str, code: str, now: int) -> bool:
    """Take a code of an account that has a second factor: one of the application, never twice, or one to recover
    with, which is gone then. Two requests with the same code: one is taken."""
    sealed = connection.scalar(select(ACCOUNT.c.totp_secret).where(is_account(territory, login)))
    if not sealed:
        return False
    try:
        secret = sealed_text.unseal(_SECRET, key, sealed, f"{territory}:{login}")
    except ValueError:  # another key: recovery codes, made with it too, are lost as well
        return False
    step = totp.find_step(secret, code, now)
    if step is not None:
        unused = is_account(territory, login) & (ACCOUNT.c.totp_step < step)
        return connection.execute(update(ACCOUNT).where(unused).values(totp_step=step)).rowcount == 1
    plain = "".join(c for c in code.upper() if c.isalnum())
    spent = delete(CODE).where(
        CODE.c.territory == territory, CODE.c.login == login, CODE.c.code_hash == _hash(key, login, plain)
    )
    return connection.execute(spent).rowcount == 1


def _hash(key: str, login: str, code: str) -> str:
    return hmac.new(bytes.fromhex(key), f"recovery:{login}:{code}".encode(), sha256).hexdigest()
