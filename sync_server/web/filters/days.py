"""A day as an address or a form says it: the one place that reads one, so that none leads to a broken page."""

from __future__ import annotations

from datetime import date

from sync_server.errors import ServerError

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
"""Beyond, nothing was recorded; and what is counted from a day (the period before, sixty days) would leave the
calendar."""


def day(text: str) -> date | None:
    """Return that day, None of an empty text. Raises ServerError for what is no day, or one beyond the bounds."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ServerError("bad_period") from None
    if not EARLIEST <= found <= LATEST:
        raise ServerError("bad_day")
    return found
