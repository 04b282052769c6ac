"""Compare the tablet's clock with the server's: a record takes its day from it, and a wrong one is not seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared import french

if TYPE_CHECKING:
    import httpx

TOLERANCE = timedelta(minutes=15)
"""How far the two may differ unsaid: less changes no day and hardly a time slot."""
_ADVICE = (
    "Réglez la date, l’heure et le fuseau horaire dans les réglages de la tablette, puis vérifiez dans le journal "
    "la date des dernières saisies."
)
_UNITS = (("jour", timedelta(days=1)), ("heure", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


def read_date(text: str) -> datetime | None:
    """Read the moment of a header `Date` or `Retry-After` (RFC 9110); None for nonsense."""
    from email.utils import parsedate_to_datetime  # at its first use: the app starts without

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


def follow_gap(gap: timedelta, seen: datetime, now: datetime) -> timedelta:
    """Return how far the tablet is ahead `now`, by its own clock; the server said `seen` when it was measured.

    Time does not go back: the tablet is ahead by no more than what went by since, and behind when less than
    nothing did. A clock that was set right meanwhile is believed at once, without a server.
    """
    most = now - seen
    return gap if timedelta() < gap <= most else min(most, timedelta())


def describe_gap(gap: timedelta, now: datetime) -> str:
    """Say that the clock, which shows `now`, is wrong by that much and what to do; empty within `TOLERANCE`."""
    if abs(gap) <= TOLERANCE:
        return ""
    way = "avance" if gap > timedelta() else "retarde"
    # From 23 hours on in days, rounded: the seconds of a network make 1 day 23 h 59 of two days.
    one, unit = next(each for each in _UNITS if abs(gap) >= each[1] * 23 / 24)
    much = french.format_count(round(abs(gap) / unit), one)
    return f"L’horloge de cette tablette {way} de {much} : elle marque le {now:%d/%m/%Y à %H:%M}. {_ADVICE}"
