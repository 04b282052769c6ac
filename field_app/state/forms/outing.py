"""The day of an outing: one that goes on past midnight is one outing, and its records have one day.

Until `ENDS` the day before is proposed if something was entered here for it, and nothing yet for the new day; else
the day on the clock. It is proposed and said, never imposed: the worker may choose either.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from field_app.store.local_store import Kept
from shared.french import WEEKDAYS
from shared.models import KINDS

ENDS = 6
"""The hour until which a night belongs to the evening before."""


def day_of(records: Iterable[Kept], now: datetime) -> date:
    """Return the day to propose at that moment for what happens now, by what this tablet holds."""
    today, before = now.date(), now.date() - timedelta(1)
    if now.hour >= ENDS:
        return today
    # Whatever a tablet records is made during an outing; the directory and the lists are not.
    own = (k for k in records if k.kind in KINDS and k.entered_here and k.state != "gone" and not k.deleted)
    days = {str(kept.fields.get("day")) for kept in own}
    return before if str(before) in days and str(today) not in days else today


def describe_night(day: date, now: datetime) -> str:
    """Say why a day is proposed that is over on the clock; empty for any other day, and from `ENDS` on."""
    if now.hour >= ENDS or day != now.date() - timedelta(1):
        return ""
    return f"Nuit du {WEEKDAYS[day.weekday()]} {day:%d/%m} : jusqu’à {ENDS} h, la journée de la sortie."


def describe_day(day: date, now: datetime) -> str:
    """Say for which day a new record counts, where that is not today; empty for today."""
    if day == now.date():
        return ""
    name = f"{WEEKDAYS[day.weekday()]} {day:%d/%m}"
    return describe_night(day, now) or f"Ce n’est pas aujourd’hui : la saisie comptera pour le {name}."
