"""A presence that is timed: a start on the tablet, minutes in the record."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from field_app.state.desk import Desk
from field_app.state.figures import Figures
from field_app.state.follow_ups.follow_ups import FollowUps
from field_app.state.forms import begin, timer
from field_app.state.forms.drafts import Draft
from field_app.state.forms.timer import JUMPED, Timer
from field_app.state.journal import Journal
from field_app.state.services import Services
from field_app.state.session import Session
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.local_store import LocalStore
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import NOW, full
from tests.flet_headless import Screen


@pytest.mark.parametrize(
    ("elapsed", "minutes"), [(0, 1), (2, 1), (3, 5), (62, 60), (63, 65), (12 * 60, 720), (13 * 60, 780)]
)
def test_the_minutes_are_rounded_to_five_and_at_least_one(elapsed: int, minutes: int) -> None:
    odd = timer.AT_ONCE if minutes == 1 else ""
    assert timer.lasted(NOW, NOW + timedelta(minutes=elapsed)) == (minutes, odd)


def test_a_clock_that_jumped_is_said_and_a_duration_still_proposed() -> None:
    assert timer.lasted(NOW, NOW - timedelta(hours=3)) == (1, timer.JUMPED)
    assert timer.lasted(NOW, NOW + timedelta(days=3)) == (timer.LONGEST, timer.TOO_LONG)


def test_a_night_when_the_clocks_change_lasts_what_it_lasted() -> None:
    start, end = datetime.fromisoformat("2026-03-29T01:30+01:00"), datetime.fromisoformat("2026-03-29T03:30+02:00")
    assert timer.lasted(start, end) == (60, "")


def test_the_stepper_goes_by_quarters_and_stops_at_both_ends() -> None:
    assert [timer.stepped(m, 1) for m in (1, 15, 62, 1440)] == [15, 30, 75, 1440]
    assert [timer.stepped(m, -1) for m in (1, 15, 62, 75)] == [1, 1, 60, 60]


def test_durations_are_spoken_as_people_say_them() -> None:
    assert [timer.spoken(m) for m in (45, 60, 65, 90)] == ["45 min", "1 h", "1 h 05", "1 h 30"]


async def test_the_start_survives_a_restart_and_is_in_no_record(desk: Desk, store: LocalStore) -> None:
    draft = await begin.new("presence", desk)
    await Timer(_desk=desk).start(draft)
    again = Timer(_desk=desk)
    found = await store.all()
    await again.look(found)
    assert (again.draft, again.moment) == (draft.id, "14 h 00")
    assert all("since" not in k.fields and "14:00" not in str(k.fields) for k in found)


async def test_the_end_fills_the_minutes_and_a_long_one_warns(desk: Desk) -> None:
    draft = await begin.new("presence", desk)
    timed = Timer(_desk=desk)
    await timed.start(draft)
    desk.clock = lambda: NOW + timedelta(hours=13)
    await timed.stop(draft)
    assert (draft.fields["minutes"], timed.draft) == (780, "")
    await draft.put("commune", "90052")
    await draft.put("place_type", "mairie")
    assert any("12 heures" in p.message for p in draft.problems)


async def test_a_presence_thrown_away_is_no_longer_under_way_and_put_back_it_is(
    desk: Desk, store: LocalStore
) -> None:
    draft = await begin.new("presence", desk)
    timed = Timer(_desk=desk)
    await timed.start(draft)
    thrown = await draft.discard()
    await timed.look(await store.all())
    assert timed.draft == ""
    assert thrown is not None
    await store.restore(thrown)
    await timed.look(await store.all())
    assert timed.draft == draft.id


async def test_a_start_of_another_day_says_its_day(desk: Desk) -> None:
    timed = Timer("x", "2026-03-09T22:05+01:00", _desk=desk)
    assert timed.moment == "le 09/03 à 22 h 05"


async def test_a_full_memory_is_said_and_no_timer_pretends_to_run(desk: Desk, store: LocalStore) -> None:
    timed, draft = Timer(_desk=desk), await begin.new("presence", desk)
    with full(store):
        await timed.start(draft)
    assert timed.draft == ""
    assert "mémoire" in timed.said


async def timed_presence(desk: Desk) -> tuple[Session, Draft]:
    session = Session(_desk=desk, timer=Timer(_desk=desk))
    session.sync, session.journal = SyncStatus(_desk=desk), Journal(_desk=desk)
    session.services, session.follow_ups = Services(_desk=desk), FollowUps(_desk=desk)
    session.figures = Figures(_desk=desk)
    session.draft = draft = await begin.new("presence", desk)
    await draft.put("commune", "90052")
    await draft.put("place_type", "mairie")
    await session.timer.start(draft)
    desk.clock = lambda: NOW + timedelta(minutes=134)
    return session, draft


async def test_saved_while_it_runs_a_presence_lasts_what_it_lasted(desk: Desk, store: LocalStore) -> None:
    session, _ = await timed_presence(desk)
    await session.save()
    [kept] = await store.all()
    assert (kept.state, kept.fields["minutes"], session.screen) == ("pending", 135, "home")


async def test_minutes_entered_by_hand_while_it_runs_are_right(desk: Desk, store: LocalStore) -> None:
    session, draft = await timed_presence(desk)
    await draft.put("minutes", 90)
    session.timer = Timer(_desk=desk)  # the app was closed meanwhile
    await session.timer.look(await store.all())
    await session.save()
    [kept] = await store.all()
    assert (kept.state, kept.fields["minutes"]) == ("pending", 90)


async def test_an_odd_duration_is_looked_at_before_it_is_saved(desk: Desk, store: LocalStore) -> None:
    session, draft = await timed_presence(desk)
    desk.clock = lambda: NOW - timedelta(hours=1)
    await session.save()
    [kept] = await store.all()
    assert (kept.state, session.draft, session.timer.said) == ("draft", draft, JUMPED)
    await session.save()
    [kept] = await store.all()
    assert kept.state == "pending"


async def begin_on_screen(home: Screen) -> None:
    await home.tap("Présence")
    for name in ("Delle", "Espace public"):
        await home.choose(name)
    await home.tap("Commencer")


async def test_ended_by_its_button_a_presence_is_saved_at_once(home: Screen) -> None:
    await begin_on_screen(home)
    session_of(home)._opened.clock = lambda: NOW + timedelta(minutes=134)
    await home.tap("Terminer et enregistrer")
    assert home.says("Présence enregistrée")
    with pytest.raises(StopIteration):
        home.button("Présence en cours depuis 14 h 00")
    await home.tap("Journal des saisies")
    assert home.says("2 h 15")
    assert not home.says("Brouillon")


@pytest.mark.parametrize(("after", "asks"), [(0, True), (2, True), (3, False)])
async def test_ended_within_a_minute_or_two_it_asks_before_it_is_saved(
    home: Screen, after: int, asks: bool
) -> None:
    await begin_on_screen(home)
    session_of(home)._opened.clock = lambda: NOW + timedelta(minutes=after)
    await home.tap("Terminer et enregistrer")
    assert (home.says(timer.AT_ONCE), home.says("Présence enregistrée")) == (asks, not asks)


async def test_under_way_it_is_no_draft_on_the_home_screen_nor_in_the_journal(home: Screen) -> None:
    await begin_on_screen(home)
    await home.tap("Retour à l’accueil")
    assert home.button("Présence en cours depuis 14 h 00")
    with pytest.raises(StopIteration):
        home.button("1 brouillon à terminer")
    await home.tap("Journal des saisies")
    assert home.says("En cours (1)")
    assert not home.says("Brouillon")
    await home.tap("Reprendre")
    assert home.says("En cours depuis 14 h 00")


async def test_beside_a_true_draft_only_that_one_is_listed_as_such(home: Screen) -> None:
    await begin_on_screen(home)
    await home.tap("Retour à l’accueil")
    await home.tap("Nouvelle rencontre")
    await home.choose("Femme")
    await home.tap("Retour à l’accueil")
    await home.tap("1 brouillon à terminer")
    assert home.says("Rencontre · ")
    assert not home.says("Présence · ")
    await home.choose("Brouillon (1)")  # all again
    assert home.says("Présence · Delle")
