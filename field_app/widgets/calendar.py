"""Pick a day: by the taps that a worker makes most, or in a calendar."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

import flet as ft

from field_app import theme, widgets
from shared import french

OLDEST = timedelta(400)
"""How far back the calendar opens: an encounter is entered within days, a paper list within the year."""


class Dated(Protocol):
    """What has a day that a worker moves or chooses, never after today."""

    @property
    def day(self) -> date:
        """Return the day that stands there."""

    @property
    def today(self) -> date:
        """Return the day on the device."""

    @property
    def night(self) -> str:
        """Return why the day is not the calendar’s; empty otherwise."""

    def move_day(self, days: int) -> Awaitable[None] | None:
        """Move it by whole days."""

    def choose_day(self, day: date) -> Awaitable[None] | None:
        """Choose it."""


def pick_day(
    title: str, day: date, first: date, last: date, choose: Callable[[date], Awaitable[None] | None]
) -> None:
    """Open the calendar on that day, from the first to the last that may be chosen."""

    async def chosen(event: ft.Event[ft.DatePicker]) -> None:
        found = event.control.value
        if isinstance(found, datetime):
            await widgets.finish(choose(day_picked(found)))

    ft.context.page.show_dialog(
        ft.DatePicker(
            value=_noon(min(max(day, first), last)),
            first_date=_noon(first),
            last_date=_noon(last),
            help_text=title,
            cancel_text="Annuler",
            confirm_text="Choisir",
            on_change=widgets.typed(chosen),
        )
    )


def day_picked(moment: datetime) -> date:
    """Return the day that was picked, of the moment that the client says: midnight where the tablet is, written in
    UTC. In Belfort that is an hour or two of the day before, in Cayenne three hours of the same: half a day later
    is in that day wherever France is."""
    return (moment + timedelta(hours=12)).date()


def _noon(day: date) -> datetime:
    """Return the middle of a day: midnight may be the day before in the zone of the client."""
    return datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001  # a day of the calendar, wherever it is


def day_stepper(title: str, dated: Dated, problem: str = "") -> ft.Control:
    """Draw a day, the taps that move it, and the calendar."""
    day, today = dated.day, dated.today
    yesterday = today - timedelta(1)
    choose = dated.choose_day
    pick = partial(pick_day, title, day, min(day, today - OLDEST), today, choose)
    middle = ft.CrossAxisAlignment.CENTER
    # One place of the line: on a phone the calendar must not stand alone in the next.
    other = widgets.row(
        widgets.button("Hier", partial(choose, yesterday)) if day == today else None,
        widgets.button("Aujourd’hui", partial(choose, today)) if day < today else None,
        widgets.step(ft.Icons.CALENDAR_MONTH, "Choisir dans le calendrier", pick),
        tight=True,
        vertical_alignment=middle,
    )
    stepper = widgets.row(
        widgets.step(ft.Icons.CHEVRON_LEFT, "Jour précédent", partial(dated.move_day, -1)),
        widgets.line(french.format_weekday(day), theme.LEAD),
        widgets.step(ft.Icons.CHEVRON_RIGHT, "Jour suivant", partial(dated.move_day, 1)),
        other,
        wrap=True,
        vertical_alignment=middle,
    )
    night = widgets.line(dated.night, color=theme.MUTED) if dated.night else None
    return widgets.group(title, stepper, night, problem=problem)
