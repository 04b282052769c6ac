"""The day picked in the calendar is the one entered, wherever the tablet is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import flet as ft
import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.widgets.calendar import day_picked
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.flet_headless import Screen, walk

ZONES = ("Europe/Paris", "America/Cayenne", "Indian/Reunion", "Pacific/Noumea", "Pacific/Wallis", "Pacific/Tahiti")


@given(st.dates(date(2024, 1, 1), date(2029, 12, 31)), st.sampled_from(ZONES))
def test_the_day_picked_is_the_day_entered_summer_and_winter_at_home_and_overseas(day: date, zone: str) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    assert day_picked(midnight.astimezone(UTC)) == day


@pytest.mark.parametrize(("tap", "there"), [("Hier", "lundi 09/03/2026"), ("Jour précédent", "lundi 09/03/2026")])
async def test_yesterday_is_one_tap_away_and_today_one_tap_back(home: Screen, tap: str, there: str) -> None:
    await home.tap("Partenariat")
    await home.tap(tap)
    assert home.says(there)
    assert not home.says("mardi 10/03/2026")
    await home.tap("Aujourd’hui")
    assert home.says("mardi 10/03/2026")


async def test_the_calendar_stands_beside_yesterday_in_whichever_line_that_is(home: Screen) -> None:
    await home.tap("Partenariat")
    lines = [c for c in home.all(ft.Row) if home.button("Choisir dans le calendrier") in walk(c)]
    [together] = [line for line in lines if not line.wrap]
    assert home.button("Hier") in walk(together)
    assert together.tight  # in a line that wraps, what is as wide as it can be would stand alone
