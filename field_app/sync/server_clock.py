"""Compare the tablet's clock with the server's: a record takes its day from it, and a wrong one is not seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from shared import french

if TYPE_CHECKING:
    import httpx

TOLERANCE = timedelta(minutes=15)
"""How far the two may differ unsaid: less changes no day and hardly a time slot."""
_ADVICE = (
    "Réglez la date et l’heure dans les réglages de la tablette, puis vérifiez dans le journal la date des "
    "dernières saisies."
)
_UNITS = (("jour", timedelta(days=1)), ("heure", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


def read_date(text: str) -> datetime | None:
    """Read the moment of a header `Date` or `Retry-After` (RFC 9110); None for nonsense."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def measure_gap(answer: httpx.Response, asked: datetime, now: datetime) -> timedelta | None:
    """Return how far the tablet is ahead of the server, negative when it is behind; None where the answer bears no
    date. It was `asked` at that moment and answered `now`, both by the tablet's clock: the server's moment lies
    between them, so that a slow link is no gap."""
    theirs = read_date(answer.headers.get("Date", ""))
    if theirs is None:
        return None
    return max(asked - theirs, timedelta()) if theirs <= now else now - theirs


def describe_gap(gap: timedelta, now: datetime) -> str:
    """Say that the clock, which shows `now`, is wrong by that much and what to do; empty within `TOLERANCE`."""
    if abs(gap) <= TOLERANCE:
        return ""
    way = "avance" if gap > timedelta() else "retarde"
    one, unit = next(each for each in _UNITS if abs(gap) >= each[1] * 23 / 24)  # 1 day 23 h 59 are « 2 jours »
    much = french.format_count(round(abs(gap) / unit), one)
    return f"L’horloge de cette tablette {way} de {much} : elle marque le {now:%d/%m/%Y à %H:%M}. {_ADVICE}"
