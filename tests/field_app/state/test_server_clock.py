"""A tablet whose clock is wrong says so: after an answer of the server, and at a start without any network."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.directory import Directory
from field_app.state.desk import Desk
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.local_store import LocalStore
from field_app.sync.enrolment import Enrolment
from field_app.sync.server_clock import TOLERANCE, describe_gap, measure_gap
from tests.field_app.world import Silent, over

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SECONDS = st.integers(0, 20)


class Dated(httpx.AsyncBaseTransport):
    """The real server, whose clock is so far from this machine's."""

    def __init__(self, through: httpx.AsyncBaseTransport, away: timedelta) -> None:
        self._through, self.away = through, away

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._through.handle_async_request(request)
        answer.headers["Date"] = format_datetime(datetime.now(UTC) + self.away)
        return answer


def answered(date: str) -> httpx.Response:
    return httpx.Response(200, headers=[(b"Date", date.encode("utf-8"))])


@given(ahead=st.integers(-90_000, 90_000), there=SECONDS, back=SECONDS)
def test_a_slow_network_is_no_wrong_clock(ahead: int, there: int, back: int) -> None:
    asked = NOON + timedelta(seconds=ahead)
    answer = answered(format_datetime(NOON + timedelta(seconds=there), usegmt=True))
    gap = measure_gap(answer, asked, asked + timedelta(seconds=there + back))
    assert gap is not None
    assert abs(gap) <= abs(timedelta(seconds=ahead))
    assert abs(timedelta(seconds=ahead)) - abs(gap) <= timedelta(seconds=there + back)
    assert not gap or (gap > timedelta()) == (ahead > 0)


@pytest.mark.parametrize("date", ["", "hier", "Wed, 99 Foo 2026 25:61:00 GMT", "9" * 400])
def test_an_answer_without_a_date_says_nothing_of_the_clock(date: str) -> None:
    assert measure_gap(answered(date), NOON, NOON) is None


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (timedelta(days=2, hours=3), "avance de 2 jours"), (timedelta(days=-1), "retarde de 1 jour"),
        (timedelta(hours=-3), "retarde de 3 heures"),
        (timedelta(hours=47, minutes=59), "avance de 2 jours"), (timedelta(hours=13), "avance de 13 heures"),
        (TOLERANCE + timedelta(seconds=1), "avance de 15 minutes"),
        (timedelta(days=-10_000), "retarde de 10 000 jours"),
    ],
)  # fmt: skip
def test_a_wrong_clock_is_told_with_what_to_do(gap: timedelta, said: str) -> None:
    words = describe_gap(gap, NOON)
    assert words.startswith(f"L’horloge de cette tablette {said} : elle marque le 10/03/2026 à 12:00. Réglez")


@pytest.mark.parametrize("gap", [timedelta(), TOLERANCE, -TOLERANCE])
def test_a_clock_that_is_right_enough_is_not_spoken_of(gap: timedelta) -> None:
    assert describe_gap(gap, NOON) == ""


async def test_a_tablet_behind_is_told_until_its_clock_is_set(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    server = Dated(transport, timedelta(days=2))
    status = SyncStatus(_desk=Desk(store, Directory(), enrolment, ports=over(server)))
    await status.run()
    assert "retarde de 2 jours" in status.clock
    server.away = timedelta()
    await status.run()
    assert (status.clock, status.error) == ("", "")


async def test_a_battery_that_took_the_clock_with_it_is_noticed_without_a_network(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport
) -> None:
    desk = Desk(store, Directory(), enrolment, ports=over(Dated(transport, timedelta())))
    await SyncStatus(_desk=desk).run()
    asleep = replace(desk, clock=lambda: datetime(2020, 1, 1, 12, tzinfo=UTC), ports=over(Silent()))
    reopened = SyncStatus(_desk=asleep)
    await reopened.look()
    assert "elle marque le 01/01/2020" in reopened.clock
    reopened._desk.clock = lambda: datetime.now(UTC)  # set right by hand, still without a network
    await reopened.look()
    assert reopened.clock == ""
    awake = SyncStatus(_desk=replace(asleep, clock=lambda: datetime.now(UTC) + timedelta(days=30)))
    await awake.look()
    assert awake.clock == ""  # a month later there is nothing to compare with


@pytest.mark.parametrize("days", [2, -2])
@pytest.mark.parametrize("later", [timedelta(minutes=1), timedelta(hours=2)])
async def test_a_clock_set_right_without_a_network_is_believed(
    store: LocalStore, enrolment: Enrolment, transport: httpx.AsyncBaseTransport, days: int, later: timedelta
) -> None:
    off = timedelta(days)
    clock = lambda: datetime.now(UTC) + off  # noqa: E731  # the tablet's, moved by hand below
    real = Dated(transport, -off)  # measured by this machine's clock, which stands for the tablet's
    desk = Desk(store, Directory(), enrolment, clock, ports=over(real))
    status = SyncStatus(_desk=desk)
    await status.run()
    assert f"{'avance' if days > 0 else 'retarde'} de 2 jours" in status.clock
    again = SyncStatus(_desk=replace(desk, ports=over(Silent())))  # started again, with no network
    await again.look()
    assert again.clock == status.clock
    for shown in (status, again):
        shown._desk.clock = lambda: datetime.now(UTC) + later  # the right time, a while after
        await shown.look()
        assert shown.clock == ""
