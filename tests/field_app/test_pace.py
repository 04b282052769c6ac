"""How a tablet treats its link: patience that grows, and ends as soon as something moves."""

from __future__ import annotations

from field_app.pace import Pace


def after(failures: int, retry_after: float = 0.0) -> Pace:
    return Pace(failures=failures, retry_after=retry_after)


def test_retries_come_less_and_less_often_never_together_and_never_stop() -> None:
    longest = [max(after(n).delay() for _ in range(200)) for n in range(12)]
    assert longest[:6] == sorted(longest[:6])  # then it has reached five minutes
    assert 250 < longest[-1] <= 300
    assert len({after(3).delay() for _ in range(50)}) > 40
    assert after(10_000).delay() <= 300


def test_a_link_that_stays_broken_is_tried_every_minute_a_server_that_answers_badly_every_five() -> None:
    pace = after(20)
    pace.gave_up(offline=True)
    assert 30 <= min(pace.delay() for _ in range(200)) <= max(pace.delay() for _ in range(200)) <= 60
    pace.gave_up()
    assert 150 <= min(pace.delay() for _ in range(200)) <= max(pace.delay() for _ in range(200)) <= 300
    pace.gave_up(retry_after=900, offline=True)
    assert pace.delay() >= 900


def test_a_server_that_asks_for_patience_gets_it() -> None:
    assert after(1, retry_after=900).delay() >= 900


def test_each_sync_that_moves_nothing_makes_it_more_patient() -> None:
    pace = Pace()
    for expected in (1, 2, 3):
        pace.gave_up(offline=True)
        assert pace.failures == expected


def test_a_link_that_broke_after_it_moved_something_is_tried_again_soon() -> None:
    pace = after(8)
    pace.moved()
    pace.gave_up(offline=True)
    assert pace.failures == 1
    pace.gave_up(offline=True)  # nothing moved since
    assert pace.failures == 2


def test_a_server_that_refuses_is_not_a_bad_link_whatever_moved_before() -> None:
    pace = after(3)
    pace.moved()
    pace.gave_up(retry_after=60)
    assert (pace.failures, pace.retry_after) == (4, 60)


def test_a_sync_that_went_well_forgets_the_failures() -> None:
    pace = after(5, retry_after=60)
    pace.went_well()
    assert (pace.failures, pace.retry_after) == (0, 0.0)
