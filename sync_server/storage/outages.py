"""Tell a database that does not answer from a fault of ours: the first is waited for, the second is mended."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

_SQLITE = (
    "database is locked", "database table is locked", "unable to open database file", "disk i/o error",
    "attempt to write a readonly database", "interrupted",
)  # fmt: skip
"""What SQLite says of a file that it cannot use now; it calls a wrong statement an OperationalError too."""


_FULL = "database or disk is full"
_PG_FULL = "53100"
"""`disk_full` (PostgreSQL documentation, appendix A)."""


def is_full(error: BaseException) -> bool:
    """Tell whether the database has no room left: it answers, and waiting alone mends nothing."""
    if not isinstance(error, DBAPIError):
        return False
    if _is_of_sqlite(error):
        return _FULL in str(error.orig).lower()
    return getattr(error.orig, "sqlstate", None) == _PG_FULL


def is_outage(error: BaseException) -> bool:
    """Tell whether this is a database that is not there, or has no connection left."""
    if isinstance(error, NoConnectionError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if is_full(error):
        return False
    if _is_of_sqlite(error):
        return any(said in str(error.orig).lower() for said in _SQLITE)
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))


def _is_of_sqlite(error: DBAPIError) -> bool:
    return type(error.orig).__module__ == "sqlite3"
