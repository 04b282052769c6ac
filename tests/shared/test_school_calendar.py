"""The school holidays of zone A: each period as the ministry publishes it, and nothing said beyond."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from shared import choices, hours
from shared.territory import school_calendar
from shared.territory.school_calendar import IN, OUT, UNDECIDED

LESSONS_AGAIN = {
    "2023-2024": ["2023-11-06", "2024-01-08", "2024-03-04", "2024-04-29", "2024-09-02"],
    "2024-2025": ["2024-11-04", "2025-01-06", "2025-03-10", "2025-05-05", "2025-09-01"],
    "2025-2026": ["2025-11-03", "2026-01-05", "2026-02-23", "2026-04-20", "2026-09-01"],
    "2026-2027": ["2026-11-02", "2027-01-04", "2027-03-01", "2027-04-26"],
}
"""« Reprise des cours » of zone A, in the order of the year: Toussaint, Noël, hiver, printemps, été."""
LESSONS_END = {
    "2023-2024": ["2023-10-21", "2023-12-23", "2024-02-17", "2024-04-13", "2024-07-06"],
    "2024-2025": ["2024-10-19", "2024-12-21", "2025-02-22", "2025-04-19", "2025-07-05"],
    "2025-2026": ["2025-10-18", "2025-12-20", "2026-02-07", "2026-04-04", "2026-07-04"],
    "2026-2027": ["2026-10-17", "2026-12-19", "2027-02-13", "2027-04-10"],
}
"""« Fin des cours » of zone A, the Saturday."""
NAMES = ("de la Toussaint", "de Noël", "d’hiver", "de printemps", "d’été")
ONE = timedelta(1)


def on(day: str, by: timedelta = timedelta()) -> tuple[str, str] | None:
    found = school_calendar.find(date.fromisoformat(day) + by)
    return (found.code, found.period) if found else None


@pytest.mark.parametrize("year", LESSONS_END)
def test_the_holidays_begin_on_the_saturday_and_end_the_day_before_lessons_begin_again(year: str) -> None:
    for name, end, again in zip(NAMES, LESSONS_END[year], LESSONS_AGAIN[year], strict=False):
        holidays = (IN, f"vacances {name}")
        assert [on(end, -ONE), on(end), on(again, -ONE), on(again)] == [(OUT, ""), holidays, holidays, (OUT, "")]


def test_beyond_the_calendar_nothing_is_said() -> None:
    assert [on("2023-09-03"), on("2023-09-04"), on("2027-07-02"), on("2027-07-03")] == [
        None, (OUT, ""), (OUT, ""), None,
    ]  # fmt: skip


def test_the_days_after_ascension_are_left_to_the_worker_every_year() -> None:
    for year in range(2024, 2028):
        friday = hours.easter(year) + timedelta(40)
        assert on(str(friday)) == (UNDECIDED, "pont de l’Ascension")
        assert on(str(friday), ONE) == (UNDECIDED, "pont de l’Ascension")
        assert on(str(friday), 2 * ONE) == (OUT, "")


def test_periods_follow_each_other_within_the_calendar_and_begin_on_a_saturday() -> None:
    calendar = school_calendar.load()
    periods = calendar["holidays"]
    assert len(periods) == sum(len(days) for days in LESSONS_END.values())
    assert all(p["first"].weekday() == 5 for p in periods)
    assert all(13 <= (p["last"] - p["first"]).days <= 60 for p in periods)
    days = [day for p in periods for day in (p["first"], p["last"])]
    assert all(before < after for before, after in pairwise([calendar["first"], *days, calendar["last"]]))


def test_it_answers_in_the_codes_of_the_list() -> None:
    assert {IN, OUT, UNDECIDED} == set(choices.load("school_holidays").by_code)
    assert school_calendar.load()["zone"] == "A"
