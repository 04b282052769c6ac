"""Tell a database that does not answer from a fault of ours: the first is waited for, the second is mended."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

_SQLITE = (
    "database is locked", "database table is locked", "unable to open database file", "disk i/o error",
    "database or disk is full", "attempt to write a readonly database", "interrupted",
)  # fmt: skip
"""What SQLite says of a file that it cannot use now; it calls a wrong statement an OperationalError too."""


def is_outage(error: BaseException) -> bool:
    """Tell whether this is a database that is not there, is full, or has no connection left."""
    if isinstance(error, NoConnectionError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if type(error.orig).__module__ == "sqlite3":
        return any(said in str(error.orig).lower() for said in _SQLITE)
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
