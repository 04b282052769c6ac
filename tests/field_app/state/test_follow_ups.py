"""Suites: referrals, obstacles and rights followed to their end."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from field_app.state import outcomes
from field_app.state.desk import Desk
from field_app.state.follow_ups.follow_ups import PAGE, FollowUps
from field_app.state.follow_ups.followed import DUE, URGENT
from field_app.store.local_store import Kept, LocalStore
from field_app.sync.client import SyncClient
from shared import choices, ids
from shared.models.follow_up import OUTCOME_LIST
from shared.territory import TERRITORY
from sync_server.figures import counts
from sync_server.reports import referrals
from sync_server.storage import database
from tests.field_app.world import NOW, encounter, kept

TODAY = NOW.date()


def an_id(number: int) -> str:
    return ids.new_id(TODAY, 7_000 + number)


def met(days_ago: int = 1, **parts: Any) -> Kept:
    return kept(fields=encounter(day=str(TODAY - timedelta(days_ago)), **parts))


def referral(number: int, **more: Any) -> dict[str, Any]:
    return {"id": an_id(number), "service": "mobijob", **more}


def news(subject: str, day: date, outcome: str, **more: Any) -> Kept:
    fields = {"subject_id": subject, "day": str(day), "outcome": outcome, **more}
    return Kept(ids.new_id(day), "follow_up", fields, "received")


@pytest.fixture
def state(desk: Desk) -> FollowUps:
    return FollowUps(_desk=desk)


async def test_the_newest_comes_first_the_longest_silent_on_demand_and_what_is_over_is_aside(
    state: FollowUps,
) -> None:
    old, older, recent = (met(days, referrals=[referral(days)]) for days in (40, 50, 3))
    done = met(20, referrals=[referral(20)])
    state.take([recent, old, older, done, news(an_id(20), TODAY, "acces-effectif")])
    assert [followed.id for followed in state.items] == [an_id(n) for n in (3, 40, 50)]
    assert state.due == 2
    state.look(closed=True)
    assert [followed.id for followed in state.items] == [an_id(20)]
    state.look(closed=False, only_due=True)
    assert [followed.id for followed in state.items] == [an_id(50), an_id(40)]


@pytest.mark.parametrize(
    ("days", "due", "urgent"), [(9, False, False), (10, True, False), (29, True, False), (30, True, True)]
)
def test_due_after_ten_days_and_urgent_after_thirty(state: FollowUps, days: int, due: bool, urgent: bool) -> None:
    state.take([met(days, referrals=[referral(1)])])
    [followed] = state.items
    assert (followed.due, followed.silent >= URGENT) == (due, urgent)
    assert followed.silent == days
    assert state.due == due


def test_any_news_gives_ten_days_more(state: FollowUps) -> None:
    state.take([met(60, referrals=[referral(1)]), news(an_id(1), TODAY - timedelta(DUE - 1), "rendez-vous-pris")])
    assert state.due == 0
    assert state.items[0].outcome == "Rendez-vous pris"


@pytest.mark.parametrize(
    ("kind", "outcome", "open_"),
    [
        ("referral", "rendez-vous-pris", True),
        ("referral", "honoree", True),  # the person came; the service has not begun (R5)
        ("referral", "non-presentee", True),
        ("referral", "sans-nouvelle", True),
        ("referral", "acces-effectif", False),
        ("referral", "refusee-par-le-service", False),
        ("referral", "refusee-par-la-personne", False),
        ("referral", "sans-suite", False),
        ("obstacle", "en-cours", True),
        ("obstacle", "leve", False),
        ("obstacle", "non-leve", False),
        ("right", "demande-deposee", True),
        ("right", "ouvert", False),
        ("right", "refuse", False),
        ("right", "abandonne", False),
    ],
)
def test_what_ends_a_story_and_what_does_not(state: FollowUps, kind: str, outcome: str, open_: bool) -> None:
    parts: dict[str, dict[str, Any]] = {
        "referral": {"referrals": [referral(1)]},
        "obstacle": {"obstacles": [{"id": an_id(1), "kind": "langue"}]},
        "right": {"rights": [{"id": an_id(1), "right": "rsa"}]},
    }
    state.take([met(**parts[kind]), news(an_id(1), TODAY, outcome, subject_kind=kind)])
    assert [followed.id for followed in state.items] == ([an_id(1)] if open_ else [])
    state.look(closed=True)
    assert [followed.open for followed in state.items] == ([] if open_ else [False])


def test_every_outcome_of_every_list_opens_or_closes_on_purpose() -> None:
    for kind, name in OUTCOME_LIST.items():
        assert outcomes.CLOSING[kind] < set(choices.load(name).by_code)
        assert outcomes.FIRST[kind] in choices.load(name)


def test_drafts_deleted_encounters_and_referrals_declined_are_not_followed(state: FollowUps) -> None:
    draft = kept(state="draft", fields=encounter(referrals=[referral(1)]))
    deleted = kept(deleted=True, fields=encounter(referrals=[referral(2)]))
    declined = met(referrals=[referral(3, accepted=False)])
    state.take([draft, deleted, declined])
    assert state.items == []
    state.take([declined, news(an_id(3), TODAY, "honoree")])  # declined, and went there all the same
    assert [followed.id for followed in state.items] == [an_id(3)]


async def test_one_tap_notes_what_became_of_it(state: FollowUps, store: LocalStore, desk: Desk) -> None:
    await store.keep(met(12, referrals=[referral(1)]))
    state.take(await store.all())
    await state.note(state.items[0], "rendez-vous-pris")
    [made] = [k for k in await store.all() if k.kind == "follow_up"]
    assert made.state == "pending"
    assert made.fields == {
        "subject_id": an_id(1), "subject_kind": "referral", "day": "2026-03-10", "outcome": "rendez-vous-pris",
    }  # fmt: skip
    assert desk.bell.is_set()
    assert state.items[0].outcome == "Rendez-vous pris"
    assert not state.asks_reason
    await state.undo()
    assert [k for k in await store.all() if k.kind == "follow_up"] == []
    assert state.items[0].outcome == "Proposée"


async def test_the_home_screen_counts_this_tablet_s_own_whatever_was_looked_for(state: FollowUps) -> None:
    state.take([met(15, referrals=[referral(1)]), *(colleagues(20, number) for number in (2, 3))])
    assert state.due == 1
    state.open()
    state.look(team=True)
    assert state.due == 3
    await state.leave()
    assert (state.due, state.team) == (1, False)
    state.open()
    assert state.due == 1  # as home said


def colleagues(days_ago: int, number: int) -> Kept:
    """An encounter of a colleague’s, with one referral."""
    day = str(TODAY - timedelta(days_ago))
    fields = encounter(day=day, referrals=[referral(number)])
    return Kept(ids.new_id(TODAY, number), "encounter", fields, "received")


async def test_what_was_noted_says_of_whom_and_goes_when_somebody_else_is_looked_for(
    state: FollowUps, store: LocalStore
) -> None:
    await store.keep(met(12, referrals=[referral(1)], gender="femme", age_band="40-59"))
    state.take(await store.all())
    for elsewhere in (partial(state.look, team=True), partial(state.look_for, "delle")):
        state.open()
        await state.note(state.items[0], "rendez-vous-pris")
        assert state.last_name == "Mobijob (MIFE 90) · Femme · 40-59 ans"
        elsewhere()
        assert (state.last, state.message) == (None, "")
        state.look(team=False)
        state.look_for("")
        assert state.items[0].outcome == "Rendez-vous pris"  # noted all the same


async def test_a_failure_may_be_explained_in_the_same_record(state: FollowUps, store: LocalStore) -> None:
    await store.keep(met(12, referrals=[referral(1)]))
    state.take(await store.all())
    await state.note(state.items[0], "non-presentee")
    assert state.asks_reason
    await state.explain("non-mobile")
    [made] = [k for k in await store.all() if k.kind == "follow_up"]
    assert made.fields["reason"] == "non-mobile"
    await state.explain("non-mobile")
    [made] = [k for k in await store.all() if k.kind == "follow_up"]
    assert "reason" not in made.fields
    await state.leave()
    assert not state.asks_reason


async def test_an_outcome_is_backdated_but_not_before_the_encounter(state: FollowUps, store: LocalStore) -> None:
    await store.keep(met(2, referrals=[referral(1)]))
    state.take(await store.all())
    state.move_day(-1)
    state.move_day(3)  # never beyond today
    assert state.day == TODAY
    state.move_day(-3)
    await state.note(state.items[0], "honoree")
    assert "la suite est avant la rencontre" in state.message
    assert [k for k in await store.all() if k.kind == "follow_up"] == []
    state.move_day(1)
    await state.note(state.items[0], "honoree")
    assert state.message == ""
    assert state.items[0].news.day == TODAY - timedelta(2)


async def test_what_the_service_said_reads_as_its_word(state: FollowUps) -> None:
    state.take([met(5, referrals=[referral(1)]), news(an_id(1), TODAY, "honoree", reported_by="service")])
    assert state.items[0].news.reported_by == "service"


async def test_a_long_list_is_drawn_a_page_at_a_time(state: FollowUps) -> None:
    state.take([met(5, referrals=[referral(n)]) for n in range(PAGE + 3)])
    assert (len(state.items), state.most) == (PAGE + 3, PAGE)
    state.show_more()
    assert state.most >= len(state.items)
    state.look(kind="obstacle")
    assert (state.items, state.most) == ([], PAGE)
    state.look(kind="obstacle")  # again: all
    assert len(state.items) == PAGE + 3


def test_a_card_says_whom_it_is_about_before_anything_is_noted(state: FollowUps) -> None:
    theme = "remobilisation--lien-social"
    state.take([met(1, age_band="18-21", gender="femme", referrals=[referral(1, theme=theme)])])
    [card] = state.cards
    [followed] = card.subjects
    assert card.where == "Giromagny · Mairie · hier"
    assert card.who == "Femme · 18-21 ans"
    assert followed.context == "Lien social · Information"
    assert state.name(followed) == "Mobijob (MIFE 90)"


OUTCOMES = st.sampled_from(list(choices.load("outcome_referral").by_code))
STORY = st.lists(st.tuples(st.integers(0, 9), OUTCOMES), min_size=1, max_size=6)


@given(STORY, st.randoms(use_true_random=False))
def test_the_furthest_stands_whatever_the_order_of_arrival(
    story: list[tuple[int, str]], chance: random.Random
) -> None:
    records = [news(an_id(1), TODAY - timedelta(ago), outcome) for ago, outcome in story]
    first = outcomes.latest(records, TODAY)[an_id(1)]
    chance.shuffle(records)
    assert outcomes.latest(records, TODAY)[an_id(1)] == first
    ranks = choices.ranks("outcome_referral")
    assert first.outcome == max((outcome for _, outcome in story), key=lambda code: ranks[code])
    assert first.day == TODAY - timedelta(min(ago for ago, outcome in story if outcome == first.outcome))
    assert first.last_heard == TODAY - timedelta(min(ago for ago, _ in story))


def test_a_visit_is_not_undone_nor_asked_for_again_by_sans_nouvelle(state: FollowUps) -> None:
    told = [
        news(an_id(1), TODAY - timedelta(50), "honoree"),
        news(an_id(1), TODAY - timedelta(40), "sans-nouvelle"),
    ]
    state.take([met(60, referrals=[referral(1)]), met(2, referrals=[referral(2)]), *told])
    [waiting, visited] = state.items
    assert (waiting.id, visited.id) == (an_id(2), an_id(1))
    assert (visited.outcome, visited.news.day, visited.silent) == ("Honorée", TODAY - timedelta(50), 40)
    assert (visited.open, visited.due, visited.urgent, state.due) == (True, False, False, 0)
    proposed = [choice.code for choice in visited.proposed]
    assert "sans-nouvelle" not in proposed
    assert "acces-effectif" in proposed
    assert "sans-nouvelle" in [choice.code for choice in waiting.proposed]


@pytest.mark.parametrize(
    ("kind", "told", "outcome", "open_", "since"),
    [
        ("referral", ["acces-effectif", "sans-nouvelle"], "Accès effectif", False, ""),
        ("referral", ["acces-effectif", "rendez-vous-pris"], "Accès effectif", False, "Rendez-vous pris"),
        ("referral", ["sans-suite", "sans-nouvelle"], "Sans suite", False, ""),
        ("referral", ["sans-suite", "rendez-vous-pris"], "Sans suite", True, "Rendez-vous pris"),
        ("referral", ["non-presentee", "rendez-vous-pris"], "Non présentée", True, "Rendez-vous pris"),
        ("referral", ["honoree", "refusee-par-le-service"], "Honorée", False, "Refusée par le service"),
        ("obstacle", ["leve", "en-cours"], "Réglé (frein levé)", False, "En cours"),
        ("obstacle", ["non-leve", "en-cours"], "Pas réglé (frein non levé)", True, "En cours"),
        ("right", ["ouvert", "inconnu"], "Ouvert", False, ""),
        ("right", ["refuse", "demande-deposee"], "Refusé", True, "Demande déposée"),
    ],
)
def test_a_story_opens_again_when_something_new_begins_and_not_after_it_ended_well(
    state: FollowUps, kind: str, told: list[str], outcome: str, open_: bool, since: str
) -> None:
    part = {"referral": referral(1), "obstacle": {"id": an_id(1), "kind": "langue"}}.get(
        kind, {"id": an_id(1), "right": "rsa"}
    )
    stories = [news(an_id(1), TODAY - timedelta(9 - n), one, subject_kind=kind) for n, one in enumerate(told)]
    state.take([met(12, **{f"{kind}s": [part]}), *stories])
    state.look(closed=not open_)
    [followed] = state.items
    assert (followed.outcome, followed.open, followed.since) == (outcome, open_, since)


@pytest.mark.parametrize("first", list(choices.load("outcome_referral").by_code))
async def test_the_server_reads_the_same_outcome(
    store: LocalStore, client: SyncClient, server_engine: Engine, first: str
) -> None:
    """Of each outcome followed by each other: what the tablet shows is what the server counts."""
    seconds = list(choices.load("outcome_referral").by_code)
    for number, second in enumerate(seconds):
        await store.keep(met(9, referrals=[referral(number)]))
        for ago, outcome in ((8, first), (4, second)):
            fields = {"subject_id": an_id(number), "day": str(TODAY - timedelta(ago)), "outcome": outcome}
            await store.keep(Kept(ids.new_id(TODAY), "follow_up", fields, "pending"))
    await client.run(store)
    for cut_off in (TODAY - timedelta(5), TODAY):
        mine = outcomes.latest(await store.all(), cut_off)
        counted = Counter(mine[an_id(number)].outcome for number in range(len(seconds)))
        period = counts.Period(TODAY - timedelta(30), TODAY, cut_off)
        with database.reading(server_engine) as connection:
            found = counts.compute(connection, TERRITORY, period)
        assert found["A4-09"][()].value == len(seconds) - counted["refusee-par-la-personne"]
        assert found["A4-10"][()].numerator == counted["honoree"] + counted["acces-effectif"]
        assert found["A4-11"][()].value == counted["acces-effectif"]
        assert found["A4-10"][()].unknown == sum(counted[one] for one in referrals.WITHOUT_OUTCOME)
