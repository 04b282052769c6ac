"""The clocks of the device."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from tests.conformance.suite.subject import Subject

WINTER, SUMMER = datetime(2026, 1, 15, 23, 30, tzinfo=UTC), datetime(2026, 7, 15, 22, 30, tzinfo=UTC)


async def the_day_is_that_of_the_wall_clock_in_paris(subject: Subject) -> None:
    before = datetime.now(UTC)
    now = subject.ports.clock()
    assert timedelta(0) <= now - before < timedelta(seconds=5)
    assert now.utcoffset() in (timedelta(hours=1), timedelta(hours=2))
    for moment, hours, day in ((WINTER, 1, 16), (SUMMER, 2, 16)):  # past midnight there, not yet in Greenwich
        local = moment.astimezone()
        assert (local.utcoffset(), local.day) == (timedelta(hours=hours), day)


async def the_change_of_hour_falls_where_it_does_in_paris(subject: Subject) -> None:
    for change, hours in ((datetime(2026, 3, 29, 1, tzinfo=UTC), 1), (datetime(2026, 10, 25, 1, tzinfo=UTC), 2)):
        before, after = (change - timedelta(seconds=1)).astimezone(), change.astimezone()
        assert (before.utcoffset(), after.utcoffset()) == (timedelta(hours=hours), timedelta(hours=3 - hours))


async def seconds_only_go_on(subject: Subject) -> None:
    before = subject.ports.monotonic()
    await asyncio.sleep(0.05)
    assert 0.04 < subject.ports.monotonic() - before < 5


CHECKS = (the_day_is_that_of_the_wall_clock_in_paris, the_change_of_hour_falls_where_it_does_in_paris,
          seconds_only_go_on)  # fmt: skip
