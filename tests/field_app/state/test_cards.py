"""Suites as a worker finds them: whose, which first, what to do today, what a service answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.state.desk import Desk
from field_app.state.follow_ups.cards import ANSWER_DAYS
from field_app.state.follow_ups.follow_ups import PAGE, FollowUps
from field_app.state.forms import begin
from field_app.state.private_note import FURTHEST, STEPS, describe_step, open_note
from field_app.store.local_store import Kept, LocalStore
from field_app.store.private_notes import KEPT_DAYS, Note, PrivateNotes
from shared import french
from tests.field_app.state.test_follow_ups import TODAY, an_id, met, news, referral
from tests.field_app.world import NOW

COAT = "manteau rouge, vue au marché"
TOMORROW, YESTERDAY = TODAY + timedelta(1), TODAY - timedelta(1)


@pytest.fixture
def state(desk: Desk) -> FollowUps:
    return FollowUps(_desk=desk)


def services(state: FollowUps) -> list[str]:
    return [followed.id for followed in state.items]


def from_colleague(kept: Kept) -> Kept:
    return replace(kept, state="received")


async def leave(state: FollowUps, store: LocalStore) -> None:
    """Leave the screen, as the session does."""
    if await state.leave():
        state.take(await store.all())


def whole_life() -> Iterator[Kept]:
    """One encounter with a referral, an obstacle and a right."""
    yield met(
        4,
        age_band="26-59",
        gender="femme",
        household="isole",
        referrals=[referral(1), referral(2) | {"service": "esd"}],
        obstacles=[{"id": an_id(3), "kind": "langue"}],
        rights=[{"id": an_id(4), "right": "rsa"}],
    )


def test_all_that_concerns_one_person_stands_on_one_card(state: FollowUps) -> None:
    state.take(list(whole_life()))
    [card] = state.cards
    assert [s.kind for s in card.subjects] == ["referral", "referral", "obstacle", "right"]


def test_a_referral_over_stays_quietly_beside_the_one_that_waits(state: FollowUps) -> None:
    state.take([*whole_life(), news(an_id(1), TODAY, "acces-effectif")])
    [card] = state.cards
    over, waits, *_ = card.subjects
    assert (over.open, over.usual, waits.open) == (False, [], True)
    state.look(closed=True)
    assert state.cards == []


def test_after_a_visit_only_the_access_is_in_reach(state: FollowUps) -> None:
    state.take([*whole_life(), news(an_id(1), TODAY, "honoree")])
    visited, waits, *_ = state.cards[0].subjects
    assert [c.code for c in visited.usual] == ["acces-effectif"]
    assert [c.code for c in waits.usual] == ["rendez-vous-pris", "honoree", "acces-effectif", "non-presentee"]
    assert {"sans-suite", "refusee-par-le-service"} < {c.code for c in waits.proposed}


def test_my_own_come_first_and_those_of_the_team_on_demand(state: FollowUps) -> None:
    mine, theirs = met(3, referrals=[referral(1)]), from_colleague(met(40, referrals=[referral(2)]))
    state.take([mine, theirs])
    assert (services(state), state.due) == ([an_id(1)], 0)
    state.look(team=True)
    assert services(state) == [an_id(1), an_id(2)]
    assert [card.mine for card in state.cards] == [True, False]


def test_the_number_to_remind_is_what_its_filter_would_show(state: FollowUps) -> None:
    """« À relancer (0) » stood above « Urgent : sans nouvelle depuis 90 jours »."""
    own = met(40, referrals=[referral(1), referral(2)], obstacles=[{"id": an_id(3), "kind": "langue"}])
    theirs = from_colleague(met(90, referrals=[referral(4)]))
    state.take([own, theirs, met(2, referrals=[referral(5)])])
    for filters, due in (
        ({}, 3), ({"team": True}, 4), ({"kind": "referral"}, 3), ({"team": False}, 2), ({"closed": True}, 0),
    ):  # fmt: skip
        state.look(**filters)
        assert state.due == due
        state.look(only_due=True)
        shown = [s for s in state.items if s.due and state.kind in ("", s.kind)]
        assert (len(shown), state.due) == (due, due)
        assert bool(state.cards) == bool(due)
        state.look(only_due=False)


def test_a_search_counts_what_it_finds(state: FollowUps) -> None:
    state.take([met(40, referrals=[referral(1)]), met(40, commune="90033", referrals=[referral(2)])])
    state.look_for("delle")
    assert state.due == 1


async def test_a_colleague_s_referral_is_noted_here(state: FollowUps, store: LocalStore) -> None:
    await store.keep(from_colleague(met(3, referrals=[referral(1)])))
    state.take(await store.all())
    state.look(team=True)
    await state.note(state.items[0], "honoree")
    [made] = [k for k in await store.all() if k.kind == "follow_up"]
    assert (made.fields["subject_id"], made.state) == (an_id(1), "pending")


def test_today_s_referral_is_the_first_card_among_two_hundred(state: FollowUps) -> None:
    old = [met(days, referrals=[referral(days)]) for days in range(1, 200)]
    today = met(0, referrals=[referral(900)])
    state.take([*old, today])
    assert services(state)[0] == an_id(900)
    assert state.due > PAGE


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("manteau", [1]),
        ("MARCHE", [1]),
        ("rouge marché", [1]),
        ("esd", [2]),
        ("langue delle", [2]),
        ("mobijob", [1]),
        ("delle", [2]),
        ("giro", [1]),
        ("lien social", [1]),
        ("langue", [2]),
        ("anteau", []),
        ("manteau delle", []),
        ("  ", [2, 1]),
    ],
)
async def test_a_card_is_found_by_repere_service_commune_or_need(
    state: FollowUps, notes: PrivateNotes, words: str, found: list[int]
) -> None:
    one = met(3, referrals=[referral(1, theme="remobilisation--lien-social")])
    two = met(2, commune="90033", referrals=[], obstacles=[{"id": an_id(2), "kind": "langue"}])
    two = replace(two, fields=two.fields | {"referrals": [{"id": an_id(3), "service": "esd"}]})
    await notes.put_text(one.id, COAT, TODAY)
    state.take([one, two])
    state.look_for(words)
    assert [int(card.id == two.id) + 1 for card in state.cards] == found


async def test_the_next_step_comes_on_its_day_and_goes_once_it_is_done(
    state: FollowUps, store: LocalStore, desk: Desk
) -> None:
    kept = met(20, age_band="18-21", referrals=[referral(1)])
    await store.keep(kept)
    await store.keep(met(1, referrals=[referral(2)]))
    state.take(await store.all())
    note = state.private_note(state.cards[1])
    await note.choose_step("rappeler")
    assert note.step == "Rappeler demain"
    await note.choose_day(TODAY + timedelta(3))
    assert note.step == "Rappeler vendredi 13 mars"
    await leave(state, store)
    assert state.waiting == []
    now = desk.clock()
    desk.clock = lambda: now + timedelta(3)
    state.follow_day()
    assert [card.reminder for card in state.waiting] == ["Rappeler aujourd’hui · 18-21 ans · Giromagny"]
    assert state.cards[0].id == kept.id  # before the newer one
    await state.private_note(state.cards[0]).end_step()
    await leave(state, store)
    assert (state.waiting, state.cards[0].id == kept.id) == ([], False)


async def test_a_step_late_is_told_as_late_and_stands_above_all(
    state: FollowUps, store: LocalStore, notes: PrivateNotes
) -> None:
    records = [met(n, referrals=[referral(n)]) for n in (1, 5, 9)]
    for kept, (step, day) in zip(records, [("", ""), ("revoir", TODAY), ("relancer", YESTERDAY)], strict=True):
        await notes.put_step(kept.id, step, str(day), TODAY)
        await store.keep(kept)
    state.take(await store.all())
    assert [card.step for card in state.cards] == ["Relancer le service · prévu hier", "Revoir aujourd’hui", ""]


async def test_a_person_without_any_referral_is_called_back_all_the_same(
    state: FollowUps, store: LocalStore, notes: PrivateNotes, desk: Desk
) -> None:
    draft = await begin.new("encounter", desk)
    for name, value in (("commune", "90052"), ("place_type", "mairie")):
        await draft.choose(name, value)
    await draft.toggle("needs", "theme", "remobilisation--lien-social")
    await draft.private_note.put(COAT)
    await draft.private_note.choose_step("rappeler")
    assert await draft.save()
    state.take(await store.all())
    [card] = state.cards
    assert (card.subjects, card.note.text, card.step) == ((), COAT, "Rappeler demain")
    await state.private_note(card).end_step()
    await leave(state, store)
    assert state.cards == []
    assert notes.get(card.id, TODAY).text == ""  # nothing is followed any more


async def test_the_same_step_again_takes_it_back_and_no_day_is_past_nor_too_far(
    desk: Desk, notes: PrivateNotes
) -> None:
    note = open_note(an_id(1), desk)
    await note.choose_step("revoir")
    await note.choose_day(YESTERDAY)
    assert note.step_day == TODAY
    await note.choose_day(TODAY + timedelta(400))
    assert note.step_day == TODAY + timedelta(FURTHEST)
    await notes.put_text(an_id(2), COAT, TODAY - timedelta(KEPT_DAYS - 3))
    old = open_note(an_id(2), desk)
    await old.choose_step("revoir")
    await old.choose_day(TODAY + timedelta(10))
    assert old.step_day == TODAY + timedelta(3)  # later, the note itself is gone
    await note.choose_step("revoir")
    assert (note.step, notes.get(an_id(1), TODAY)) == ("", Note(str(TODAY)))


async def test_reperes_kept_by_referral_become_that_of_the_encounter(
    state: FollowUps, notes: PrivateNotes, store: LocalStore
) -> None:
    """As tablets kept them before, one a referral. Whichever closes, none is lost nor younger for it."""
    kept = met(60, referrals=[referral(1), referral(2), referral(3)])
    await store.keep(kept)
    long_ago = TODAY - timedelta(KEPT_DAYS)
    for number, text, day in ((1, COAT, TODAY), (2, "chien noir", long_ago)):
        await notes.put_text(an_id(number), text, day)
    await notes.put_code(an_id(1), "abc", TODAY)
    for _ in range(2):  # interrupted, it is done again at the next opening
        await state.look_up(await store.all())
    state.take([*await store.all(), news(an_id(1), TODAY, "sans-suite")])
    [card] = state.cards
    assert card.note.text == f"{COAT} / chien noir"
    assert [notes.get(an_id(n), TODAY).text for n in (1, 2)] == ["", ""]
    state._desk.clock = lambda: NOW + timedelta(1)
    state.take(await store.all())
    assert state.cards[0].note.text == ""  # as old as the oldest


async def test_a_step_is_sealed_and_read_again_after_a_restart(
    notes: PrivateNotes, store: LocalStore, desk: Desk
) -> None:
    await open_note(an_id(1), desk).choose_step("accompagner")
    rows = store._connection.execute("SELECT ciphertext FROM private").fetchall()
    assert len(rows) == 1
    assert b"accompagner" not in rows[0][0]
    again = PrivateNotes(store._connection, store.vault)
    await again.load()
    assert again.get(an_id(1), TODAY).step == "accompagner"
    assert again.get(an_id(1), TODAY).step_day == str(TOMORROW)


async def test_what_a_service_answered_is_announced_until_it_was_read(
    state: FollowUps, store: LocalStore, desk: Desk
) -> None:
    await store.keep(met(5, referrals=[referral(1)]))
    await store.keep(met(1, referrals=[referral(2)]))
    await store.keep(from_colleague(met(6, referrals=[referral(3)])))
    for number, outcome in ((1, "acces-effectif"), (3, "honoree")):
        await store.keep(news(an_id(number), TODAY, outcome, reported_by="service"))
    await state.look_up(await store.all())
    state.take(await store.all())
    assert [state.answers(card) for card in state.waiting] == [["Mobijob (MIFE 90) : Accès effectif"]]
    await leave(state, store)  # another screen was left: nobody read it
    assert len(state.waiting) == 1
    state.open()
    assert services(state)[0] == an_id(1)  # above the newer one, though it is over
    state.look_for("nothing of the kind")
    await leave(state, store)  # it was not on the screen
    assert len(state.waiting) == 1
    state.open()
    await leave(state, store)
    assert (state.waiting, services(state)) == ([], [an_id(2)])
    again = FollowUps(_desk=desk)
    await again.look_up(await store.all())
    again.take(await store.all())
    assert again.waiting == []


def test_what_a_service_answered_is_told_in_its_own_words(state: FollowUps) -> None:
    """The worker knew more already."""
    known = news(an_id(1), TODAY - timedelta(1), "acces-effectif")
    state.take([met(5, referrals=[referral(1)]), known, news(an_id(1), TODAY, "honoree", reported_by="service")])
    [card] = state.waiting
    assert (state.answers(card), card.subjects[0].outcome) == (["Mobijob (MIFE 90) : Honorée"], "Accès effectif")


async def test_an_answer_is_read_before_the_steps_of_the_day(state: FollowUps, notes: PrivateNotes) -> None:
    many = [met(n + 2, referrals=[referral(n)]) for n in range(PAGE + 2)]
    for kept in many:
        await notes.put_step(kept.id, "rappeler", str(TODAY), TODAY)
    answered = met(50, referrals=[referral(900)])
    state.take([*many, answered, news(an_id(900), TODAY, "honoree", reported_by="service")])
    assert state.cards[0].id == answered.id


async def test_a_step_for_a_colleague_s_person_is_told_here_too(state: FollowUps, notes: PrivateNotes) -> None:
    theirs = from_colleague(met(3, referrals=[referral(1)]))
    state.take([theirs])
    state.look(team=True)
    await state.private_note(state.cards[0]).choose_step("rappeler")
    await state.private_note(state.cards[0]).choose_day(TODAY)
    await state.leave()
    state.take([theirs])
    assert [card.id for card in state.waiting] == [theirs.id]
    state.open()
    assert [(card.id, card.entered_here) for card in state.cards] == [(theirs.id, False)]


def test_an_old_answer_is_no_news(state: FollowUps) -> None:
    for days, told in ((ANSWER_DAYS, 1), (ANSWER_DAYS + 1, 0)):
        answer = news(an_id(1), TODAY - timedelta(days), "honoree", reported_by="service")
        state.take([met(60, referrals=[referral(1)]), answer])
        assert len(state.waiting) == told


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.sampled_from(sorted(STEPS)))
def test_a_step_says_what_and_when_on_any_day(day: date, step: str) -> None:
    said = describe_step(Note(str(TODAY), step=step, step_day=str(day)), TODAY)
    assert said.startswith(STEPS[step])
    assert said.endswith(french.format_near_day(day, TODAY))
    assert ("prévu" in said) is (day < TODAY)
