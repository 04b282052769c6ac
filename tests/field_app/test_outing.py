"""An outing that goes on past midnight has one day, by whichever way its records are entered."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from field_app.local_store import LocalStore
from field_app.state import drafts, outing, series
from field_app.state.desk import Desk
from field_app.state.drafts import Draft
from field_app.state.follow_ups import FollowUps
from field_app.state.timer import Timer
from tests.field_app.test_follow_ups import referral
from tests.field_app.world import NOW, encounter, kept

EVENING = NOW.replace(hour=23, minute=40)
NIGHT = EVENING + timedelta(minutes=40)
DAY, NEXT = "2026-03-10", "2026-03-11"
KINDS = ("encounter", "presence", "group_session", "partner_contact")


def at(desk: Desk, moment: datetime) -> None:
    desk.clock = lambda: moment


async def saved(desk: Desk) -> Draft:
    draft = await drafts.new("encounter", desk)
    for name, code in (("commune", "90052"), ("place_type", "mairie")):
        await draft.choose(name, code)
    assert await draft.save()
    return draft


@pytest.mark.parametrize("kind", KINDS)
async def test_past_midnight_both_ways_propose_the_day_of_the_outing_and_say_so(desk: Desk, kind: str) -> None:
    at(desk, EVENING)
    following = series.after(await saved(desk), desk, "")
    at(desk, NIGHT)
    new = await drafts.new(kind, desk)
    assert following.fields["day"] == new.fields["day"] == DAY
    assert following.night == new.night == "Nuit du mardi 10/03 : jusqu’à 6 h, la journée de la sortie."
    if "slot" in new.fields:
        assert new.fields["slot"] == "nuit"


async def test_a_copy_made_at_night_is_of_the_outing_too(desk: Desk, store: LocalStore) -> None:
    at(desk, EVENING)
    await saved(desk)
    at(desk, NIGHT)
    [made] = await desk.look()
    assert series.copy_of(made, desk).fields["day"] == DAY


async def test_a_presence_running_since_the_evening_makes_the_outing(desk: Desk) -> None:
    at(desk, EVENING)
    timed = await drafts.new("presence", desk)
    await Timer(_desk=desk).start(timed)
    at(desk, NIGHT)
    assert (await drafts.new("encounter", desk)).fields["day"] == timed.fields["day"] == DAY


async def test_what_became_of_a_referral_at_night_is_noted_for_the_outing(desk: Desk, store: LocalStore) -> None:
    at(desk, EVENING)
    await store.keep(kept(fields=encounter(day=DAY, referrals=[referral(1)])))
    at(desk, NIGHT)
    state = FollowUps(_desk=desk)
    state.take(await store.all())
    assert str(state.day) == DAY
    assert state.night
    state.move_day(1)
    assert (str(state.day), state.night) == (NEXT, "")  # as the worker likes
    state.move_day(1)
    assert str(state.day) == NEXT  # never tomorrow
    state.move_day(-2)
    await state.note(state.items[0], "honoree")
    assert state.message  # the day before the encounter: refused
    state.move_day(1)
    await state.note(state.items[0], "honoree")
    assert state.last is not None
    assert state.last.fields["day"] == DAY


async def test_from_six_the_day_is_that_of_the_clock(desk: Desk) -> None:
    at(desk, EVENING)
    await saved(desk)
    for hour, day in ((5, DAY), (6, NEXT)):
        at(desk, NIGHT.replace(hour=hour, minute=59 if hour == 5 else 0))
        draft = await drafts.new("encounter", desk)
        assert draft.fields["day"] == day
        assert bool(draft.night) == (day == DAY)


async def test_without_an_outing_the_evening_before_the_day_is_that_of_the_clock(
    desk: Desk, store: LocalStore
) -> None:
    at(desk, NIGHT)
    for other in (kept(fields=encounter(day="2026-03-08")), kept(fields=encounter(day=DAY), state="received")):
        await store.keep(other)
    draft = await drafts.new("encounter", desk)
    assert (draft.fields["day"], draft.night) == (NEXT, "")


async def test_once_a_record_is_of_the_new_day_the_outing_is_over(desk: Desk) -> None:
    at(desk, EVENING)
    await saved(desk)
    at(desk, NIGHT.replace(hour=5))
    early = await drafts.new("encounter", desk)
    await early.move_day(1)
    assert (early.fields["day"], early.night) == (NEXT, "")
    assert (await drafts.new("presence", desk)).fields["day"] == NEXT


def test_only_the_day_before_is_explained_and_only_at_night() -> None:
    for hours in range(24):
        now = NOW.replace(hour=hours)
        said = [outing.describe_night(now.date() - timedelta(days), now) for days in range(3)]
        assert [bool(words) for words in said] == [False, hours < outing.ENDS, False]
