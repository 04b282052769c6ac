"""The browsers from which somebody has signed in before: a failure elsewhere never makes them wait (OWASP,
« device cookies »).

The cookie holds one random token for each account, kept hashed with its login. It opens nothing: whoever shows it
is only counted apart from everybody else when a password is wrong.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from sync_server.access.brakes import hash_name
from sync_server.storage import database
from sync_server.storage.tables import KnownBrowser, table

BROWSER = table(KnownBrowser)
DAYS = 180
"""A browser that nobody signed in from for so long is one of the others again."""
MOST_TOKENS = 5
"""Accounts that one browser is known for: the secretary's office has one computer."""
LONGEST = 300
"""Characters of the cookie that are looked at."""


def find(engine: Engine, territory: str, login: str, shown: str, today: date) -> str:
    """Return the hash of the token by which this browser is known for that login; empty for any other."""
    if not shown:
        return ""
    with database.reading(engine) as connection:
        return _find(connection, territory, login, shown, today)


def remember(engine: Engine, territory: str, login: str, shown: str, today: date) -> str:
    """Note that somebody signed in from this browser; return its cookie, of the tokens it showed and that login's.

    A token that is not this login's already is never made so: nobody plants a cookie to be known by."""
    tokens = _tokens(shown)
    with database.writing(engine) as connection:
        c = BROWSER.c
        expired = (c.territory == territory) & (c.seen_on < today - timedelta(days=DAYS))
        connection.execute(delete(BROWSER).where(expired))
        if known := _find(connection, territory, login, shown, today):
            mine = (c.territory == territory) & (c.token_hash == known)
            connection.execute(update(BROWSER).where(mine).values(seen_on=today))
        else:
            tokens = [secrets.token_urlsafe(32), *tokens]
            made = {"territory": territory, "token_hash": hash_name(tokens[0]), "login": login, "seen_on": today}
            connection.execute(insert(BROWSER).values(made))
    return ".".join(tokens[:MOST_TOKENS])


def forget(connection: Connection, territory: str, login: str) -> None:
    """Forget all the browsers of that login: with a new password, each is to prove itself again."""
    connection.execute(delete(BROWSER).where(BROWSER.c.territory == territory, BROWSER.c.login == login))


def _find(connection: Connection, territory: str, login: str, shown: str, today: date) -> str:
    c = BROWSER.c
    mine = (c.territory == territory) & (c.login == login) & (c.seen_on >= today - timedelta(days=DAYS))
    hashes = [hash_name(token) for token in _tokens(shown)]
    return connection.scalar(select(c.token_hash).where(mine, c.token_hash.in_(hashes))) or ""


def _tokens(shown: str) -> list[str]:
    """List the tokens of a cookie, as many as one may hold; whatever else it says is none."""
    return [token for token in shown[:LONGEST].split(".") if token][:MOST_TOKENS]
