"""An outing that goes on past midnight has one day, by whichever way its records are entered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from field_app.state.desk import Desk
from field_app.state.follow_ups.follow_ups import FollowUps
from field_app.state.forms import begin, outing, series
from field_app.state.forms.drafts import Draft
from field_app.state.forms.timer import Timer
from field_app.state.services import Services
from field_app.state.session import Session
from field_app.store.kept import State
from field_app.store.local_store import LocalStore
from shared.french import WEEKDAYS
from tests.field_app.state.test_follow_ups import referral
from tests.field_app.world import NOW, encounter, kept

EVENING = NOW.replace(hour=23, minute=40)
NIGHT = EVENING + timedelta(minutes=40)
DAY, NEXT = "2026-03-10", "2026-03-11"
MORNING = NIGHT.replace(hour=6, minute=10)
OUTING_KINDS = ("encounter", "presence", "group_session", "partner_contact")


def at(desk: Desk, moment: datetime) -> None:
    desk.clock = lambda: moment


async def saved(desk: Desk) -> Draft:
    draft = await begin.new("encounter", desk)
    for name, code in (("commune", "90052"), ("place_type", "mairie")):
        await draft.choose(name, code)
    assert await draft.save()
    return draft


@pytest.mark.parametrize("kind", OUTING_KINDS)
async def test_past_midnight_both_ways_propose_the_day_of_the_outing_and_say_so(desk: Desk, kind: str) -> None:
    at(desk, EVENING)
    following = series.after(await saved(desk), desk, "")
    at(desk, NIGHT)
    new = await begin.new(kind, desk)
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
    timed = await begin.new("presence", desk)
    await Timer(_desk=desk).start(timed)
    at(desk, NIGHT)
    assert (await begin.new("encounter", desk)).fields["day"] == timed.fields["day"] == DAY


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
        draft = await begin.new("encounter", desk)
        assert draft.fields["day"] == day
        assert bool(draft.night) == (day == DAY)


async def test_without_an_outing_the_evening_before_the_day_is_that_of_the_clock(
    desk: Desk, store: LocalStore
) -> None:
    at(desk, NIGHT)
    for other in (kept(fields=encounter(day="2026-03-08")), kept(fields=encounter(day=DAY), state="received")):
        await store.keep(other)
    draft = await begin.new("encounter", desk)
    assert (draft.fields["day"], draft.night) == (NEXT, "")


async def test_once_a_record_is_of_the_new_day_the_outing_is_over(desk: Desk) -> None:
    at(desk, EVENING)
    await saved(desk)
    at(desk, NIGHT.replace(hour=5))
    early = await begin.new("encounter", desk)
    await early.move_day(1)
    assert (early.fields["day"], early.night) == (NEXT, "")
    assert (await begin.new("presence", desk)).fields["day"] == NEXT


def test_only_the_day_before_is_explained_and_only_at_night() -> None:
    for hours in range(24):
        now = NOW.replace(hour=hours)
        said = [outing.describe_night(now.date() - timedelta(days), now) for days in range(3)]
        assert [bool(words) for words in said] == [False, hours < outing.ENDS, False]


Tap = Callable[[Draft], Awaitable[None]]
OPENED = ["suivante", "nouvelle", "dupliquer"]


async def open_untouched(way: str, desk: Desk) -> Draft:
    """A form of the evening in which nothing was entered, by one of the ways there are to it."""
    at(desk, EVENING)
    before = await saved(desk)
    [made] = await desk.look()
    if way == "suivante":
        return series.after(before, desk, "")
    return series.copy_of(made, desk) if way == "dupliquer" else await begin.new("encounter", desk)


@pytest.mark.parametrize("way", OPENED)
async def test_a_form_left_open_overnight_is_of_the_new_day_once_the_outing_is_over(desk: Desk, way: str) -> None:
    draft = await open_untouched(way, desk)
    at(desk, NIGHT)
    draft.follow_day()
    assert (draft.fields["day"], bool(draft.night)) == (DAY, True)
    at(desk, MORNING)
    for name, code in (("commune", "90052"), ("place_type", "mairie")):
        await draft.choose(name, code)
    assert (draft.fields["day"], draft.fields["slot"], draft.night) == (NEXT, "matin", "")
    assert await draft.save()
    assert sorted(k.fields["day"] for k in await desk.look()) == [DAY, NEXT]


async def test_a_form_left_open_overnight_and_saved_as_it_is_is_of_the_new_day(
    desk: Desk, store: LocalStore
) -> None:
    following = await open_untouched("suivante", desk)
    at(desk, MORNING)
    assert await following.save()
    found = await store.get(following.id)
    assert found is not None
    assert found.fields["day"] == NEXT


async def test_whatever_the_first_tap_of_the_morning_is_the_day_is_that_of_the_morning(desk: Desk) -> None:
    theme = "mobilite--acceder-a-un-vehicule"
    taps: tuple[Tap, ...] = (
        lambda d: d.choose("gender", "femme"),
        lambda d: d.toggle("needs", "theme", theme),
        series.take_profile,
        lambda d: d.choose("slot", "soiree"),
    )
    for first in taps:
        following = await open_untouched("nouvelle", desk)
        at(desk, MORNING)
        await first(following)
        assert following.fields["day"] == NEXT
        await desk.store.forget(following.id)
        for record in await desk.look():
            await desk.store.forget(record.id)
    assert following.fields["slot"] == "soiree"


async def test_a_day_chosen_by_hand_stays_and_so_does_that_of_what_was_begun(desk: Desk) -> None:
    taps: tuple[tuple[Tap, str], ...] = (
        (lambda d: d.move_day(-1), "2026-03-09"),
        (lambda d: d.choose("gender", "femme"), DAY),
    )
    for tap, day in taps:
        at(desk, EVENING)
        draft = await begin.new("encounter", desk)
        await tap(draft)
        at(desk, MORNING)
        draft.follow_day()
        assert draft.fields["day"] == day
        words = f"{WEEKDAYS[draft.day.weekday()]} {draft.day:%d/%m}"
        assert draft.night == f"Ce n’est pas aujourd’hui : la saisie comptera pour le {words}."


async def test_in_the_morning_the_evening_before_is_one_tap_away_and_stays(desk: Desk) -> None:
    draft = await open_untouched("suivante", desk)
    at(desk, MORNING)
    await draft.move_day(-1)
    await draft.choose("gender", "femme")
    assert draft.fields["day"] == DAY


async def test_a_series_of_another_day_stays_of_that_day(desk: Desk) -> None:
    at(desk, EVENING)
    draft = await begin.new("encounter", desk)
    await draft.move_day(-3)
    following = series.after(draft, desk, "")
    at(desk, MORNING)
    following.follow_day()
    assert following.fields["day"] == draft.fields["day"] == "2026-03-07"


async def test_an_evening_of_suites_alone_is_an_outing(desk: Desk, store: LocalStore) -> None:
    await store.keep(kept(fields=encounter(day="2026-03-02", referrals=[referral(1)])))
    at(desk, EVENING)
    state = FollowUps(_desk=desk)
    state.take(await store.all())
    await state.note(state.items[0], "honoree")
    assert state.last is not None
    at(desk, NIGHT)
    assert (str(state.day), state.night != "") == (DAY, True)
    assert (await begin.new("encounter", desk)).fields["day"] == DAY


@pytest.mark.parametrize("state", ["received", "pending"])
async def test_a_colleagues_evening_is_no_outing_of_mine(desk: Desk, store: LocalStore, state: State) -> None:
    """Sent again for a server that lost it (`pending`), it is still a colleague's."""
    await store.keep(kept(fields=encounter(day=DAY), state=state, from_colleague=state == "pending"))
    at(desk, NIGHT)
    assert (await begin.new("encounter", desk)).fields["day"] == NEXT


async def test_an_error_of_the_directory_reported_at_night_is_of_the_outing(desk: Desk, store: LocalStore) -> None:
    at(desk, EVENING)
    await saved(desk)
    await desk.look()
    at(desk, NIGHT)
    services = Services(_desk=desk)
    services.show("mobijob")
    await services.report("telephone-faux")
    [report] = [k for k in await store.all() if k.kind == "service_report"]
    assert report.fields["day"] == DAY


async def test_a_day_of_the_suites_chosen_at_night_is_never_a_day_to_come(desk: Desk, store: LocalStore) -> None:
    at(desk, EVENING)
    await store.keep(kept(fields=encounter(day=DAY, referrals=[referral(1)])))
    at(desk, NIGHT)
    state = FollowUps(_desk=desk)
    state.take(await store.all())
    state.move_day(1)
    for moment in (NIGHT, MORNING):
        at(desk, moment)
        assert str(state.day) == NEXT
    state.move_day(-3)
    at(desk, MORNING + timedelta(1))
    assert str(state.day) == "2026-03-08"  # as the worker chose it
    at(desk, EVENING.replace(day=7))  # the clock of the tablet was put right
    assert str(state.day) == "2026-03-07"


async def test_the_suites_left_open_overnight_are_noted_for_the_new_day(desk: Desk, store: LocalStore) -> None:
    at(desk, EVENING)
    await store.keep(kept(fields=encounter(day="2026-03-01", referrals=[referral(1)])))
    state = FollowUps(_desk=desk)
    state.take(await store.all())
    assert state.due == 0
    at(desk, MORNING)
    state.follow_day()
    assert (str(state.day), state.due) == (NEXT, 1)


async def test_the_form_that_is_open_changes_its_day_without_a_tap(desk: Desk) -> None:
    session = Session(_desk=desk)
    session.draft, session.screen = await open_untouched("suivante", desk), "draft"
    at(desk, MORNING)
    session.lock.touch()
    await session.check_idle()
    assert session.draft.fields["day"] == NEXT
