"""Trajectories: what the pact's targets ask for on a day, and how far a figure is from it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.steering.trajectory import (
    BEFORE,
    YEARS,
    Plan,
    Progress,
    aim,
    attainment,
    expected,
    find_progress,
    gap,
)

_values = st.integers(0, 100_000).map(float)
_days = st.dates(date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31))
_plans = st.builds(
    Plan,
    st.sampled_from(["progressive", "paliers", "libre"]),
    st.none() | _values,
    st.dictionaries(st.sampled_from(YEARS), _values),
    st.booleans(),
    st.sampled_from([None, False, True]),
)
RATE = Plan("progressive", 0.25, {2024: 0.30, 2025: 0.40, 2026: 0.50, 2027: 0.60}, gathers=False)


def test_a_rate_that_must_rise_goes_in_a_straight_line_from_one_target_to_the_next() -> None:
    assert expected(RATE, date(2025, 12, 31)) == pytest.approx(0.40)
    assert expected(RATE, date(2026, 12, 31)) == pytest.approx(0.50)
    assert expected(RATE, date(2026, 7, 1)) == pytest.approx(0.40 + 0.10 * 182 / 365)
    assert expected(RATE, date(2024, 6, 30)) == pytest.approx(0.25 + 0.05 * 182 / 366)  # 2024 has 366 days


def test_contacts_start_from_zero_each_first_of_january() -> None:
    plan = Plan("progressive", 100, {2025: 730, 2026: 365})
    assert expected(plan, date(2026, 1, 1)) == pytest.approx(1)
    assert expected(plan, date(2026, 3, 10)) == pytest.approx(31 + 28 + 10)
    assert expected(plan, date(2025, 12, 31)) == 730


def test_by_steps_the_whole_year_has_its_target_and_a_year_left_empty_keeps_the_step() -> None:
    plan = Plan("paliers", 0.2, {2024: 0.3, 2026: 0.5}, gathers=False)
    assert [expected(plan, date(y, 2, 3)) for y in YEARS] == [0.3, 0.3, 0.5, 0.5]


def test_a_free_trajectory_asks_for_nothing_before_the_last_day_of_the_year() -> None:
    plan = Plan("libre", None, {2026: 50}, lower=False)
    assert expected(plan, date(2026, 12, 30)) is None
    assert expected(plan, date(2026, 12, 31)) == 50
    assert find_progress(plan, 10, date(2026, 6, 1)) is Progress.FREE
    assert find_progress(plan, 10, date(2026, 12, 31)) is Progress.LATE


def test_years_left_empty_lie_on_the_line_between_t0_and_the_final_target() -> None:
    plan = Plan("progressive", 100, {2027: 500})
    assert [aim(plan, y) for y in YEARS] == [200, 300, 400, 500]
    assert aim(plan, BEFORE) is None
    assert aim(plan, 2028) is None


def test_a_share_without_news_that_must_fall_is_reached_from_above() -> None:
    plan = Plan("progressive", 0.40, {2026: 0.20, 2027: 0.10}, gathers=False)
    assert plan.falls
    assert find_progress(plan, 0.15, date(2026, 6, 1)) is Progress.REACHED
    assert find_progress(plan, 0.90, date(2026, 6, 1)) is Progress.LATE
    assert attainment(plan, 0.30, 2026) == pytest.approx(0.5)
    assert attainment(plan, 0.20, 2026) == pytest.approx(1)


@pytest.mark.parametrize("start", [None, 0.0, 0.2])
def test_half_of_the_referrals_without_news_is_never_a_target_of_a_fifth_reached(start: float | None) -> None:
    """A4-12 at 51,6 % for a target of 20 %, whatever was typed as T0, or nothing."""
    plan = Plan("progressive", start, {2026: 0.20}, gathers=False, lower=True)
    for day in (date(2026, 1, 1), date(2026, 11, 26), date(2026, 12, 31)):
        assert find_progress(plan, 0.516, day) is Progress.LATE
        assert find_progress(plan, 0.20, day) is Progress.REACHED
    assert attainment(plan, 0.516, 2026) is None  # there is no fall of which to have done a part
    assert attainment(Plan("progressive", 0.60, {2026: 0.20}, False, lower=True), 0.50, 2026) == pytest.approx(
        0.25
    )


def test_fewer_contacts_aimed_at_than_at_the_start_does_not_make_fewer_better() -> None:
    plan = Plan("progressive", 500, {2026: 400}, lower=False)
    assert find_progress(plan, 100, date(2026, 12, 31)) is Progress.LATE
    assert find_progress(plan, 450, date(2026, 12, 31)) is Progress.REACHED
    assert attainment(plan, 100, 2026) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("start", "targets", "falls"),
    [
        (0.3, {2027: 0.2}, True),
        (0.2, {2025: 0.1, 2027: 0.3}, False),
        (0.2, {2027: 0.2}, None),
        (None, {2027: 0.2}, None),
        (0.2, {}, None),
    ],
)
def test_a_direction_that_nobody_said_is_read_from_t0_to_the_last_target_or_is_not_known(
    start: float | None, targets: dict[int, float], falls: bool | None
) -> None:
    plan = Plan("progressive", start, targets, gathers=False)
    assert plan.falls is falls
    if falls is None and targets:
        assert find_progress(plan, 0.25, date(2027, 6, 1)) is Progress.NO_WAY
        assert attainment(plan, 0.25, 2027) is None


def test_a_count_that_must_fall_is_not_reached_because_the_year_has_just_begun() -> None:
    plan = Plan("progressive", 200, {2026: 100})
    assert find_progress(plan, 0, date(2026, 1, 2)) is Progress.ON_COURSE
    assert find_progress(plan, 90, date(2026, 2, 1)) is Progress.LATE
    assert find_progress(plan, 90, date(2026, 12, 31)) is Progress.REACHED


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, Progress.LATE),
        (79, Progress.LATE),
        (80, Progress.WATCH),
        (100, Progress.ON_COURSE),
        (365, Progress.REACHED),
    ],
)
def test_on_the_hundredth_day_a_hundred_contacts_of_365_are_expected(value: float, said: Progress) -> None:
    assert find_progress(Plan(targets={2026: 365}, lower=False), value, date(2026, 1, 1) + timedelta(99)) is said


def test_without_a_target_there_is_no_gap_and_no_attainment() -> None:
    assert attainment(Plan(start=10), 5, 2026) is None
    assert attainment(Plan(targets={2026: 0}), 5, 2026) is None
    assert (gap(5, None), gap(None, 5), gap(5, 8)) == (None, None, -3)
    assert find_progress(Plan(), 5, date(2026, 3, 1)) is Progress.NO_TARGET
    assert find_progress(RATE, None, date(2026, 3, 1)) is Progress.NO_VALUE


@given(_plans, st.sampled_from(YEARS))
def test_on_the_last_day_of_the_year_what_is_expected_is_the_target(plan: Plan, year: int) -> None:
    assert expected(plan, date(year, 12, 31)) == aim(plan, year)


@given(_plans, _days)
def test_what_is_expected_lies_between_what_surrounds_it(plan: Plan, day: date) -> None:
    due = expected(plan, day)
    if due is not None:
        known = [0.0, *plan.targets.values(), plan.start or 0.0]
        assert min(known) - 1e-6 <= due <= max(known) + 1e-6


@given(_plans, _days)
def test_a_count_expected_never_shrinks_within_a_year(plan: Plan, day: date) -> None:
    if plan.gathers and (due := expected(plan, day)) is not None and (day.month, day.day) != (12, 31):
        later = expected(plan, day + timedelta(1))
        assert later is not None
        assert later >= due


@given(_plans, _values, _days)
def test_a_figure_on_its_target_is_a_hundred_percent_with_no_gap(plan: Plan, value: float, day: date) -> None:
    target = aim(plan, day.year)
    full = attainment(plan, target, day.year)
    assert full is None or full == pytest.approx(1)
    assert gap(target, target) in (0, None)
    assert (attainment(plan, value, day.year) is None) == (full is None)


@given(_plans, _values, _values, _days)
def test_doing_better_is_never_told_as_worse(plan: Plan, one: float, other: float, day: date) -> None:
    order = [
        Progress.NO_TARGET,
        Progress.NO_WAY,
        Progress.FREE,
        Progress.LATE,
        Progress.WATCH,
        Progress.ON_COURSE,
        Progress.REACHED,
    ]
    worse, better = sorted((one, other), reverse=bool(plan.falls))
    assert order.index(find_progress(plan, worse, day)) <= order.index(find_progress(plan, better, day))
