"""« Mes chiffres »: counted by hand, and by the server for the same records."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from field_app.screens import figures
from field_app.state.desk import Desk
from field_app.state.figures import SPANS, Counts, Figures, bounds, count, describe_day
from field_app.store.local_store import Kept, LocalStore
from field_app.sync.client import SyncClient
from shared import ids
from shared.territory import TERRITORY, services
from sync_server.figures import counts
from sync_server.figures.counts import Figure, Period
from sync_server.storage import database
from tests.field_app.screens.test_screens import home, screen  # noqa: F401  # the fixtures of the screens
from tests.field_app.world import NOW, encounter, kept
from tests.flet_headless import Screen

LINK = "remobilisation--lien-social"
TODAY = NOW.date()
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def referral(number: int, **more: Any) -> dict[str, Any]:
    return {"id": ids.new_id(TODAY, number), "service": f"service-{number}"} | more


def follow_up(subject: dict[str, Any], day: str, outcome: str, **changes: Any) -> Kept:
    fields = {"subject_id": subject["id"], "day": day, "outcome": outcome}
    return kept(kind="follow_up", fields=fields, **changes)


def presence(minutes: int, agents: int, **more: Any) -> Kept:
    return kept(kind="presence", fields=encounter(minutes=minutes, agents=agents) | more)


def the_month() -> list[Kept]:
    """Three contacts, two presences, four referrals of which one was declined at once."""
    one, two, three, four = (referral(n, accepted=n != 4) for n in range(1, 5))
    for made, service in zip((one, two, three, four), SERVICES, strict=True):
        made["service"] = service
    return [
        kept(fields=encounter(first_contact_year="oui", needs=[{"theme": LINK}], referrals=[one, two])),
        kept(fields=encounter(first_contact_year="ne-sait-pas", day="2026-03-01", referrals=[three, four])),
        kept(fields=encounter(first_contact_year="non", first_contact_ever="non", day="2026-03-10")),
        kept(fields=encounter(first_contact_year="oui", day="2026-02-28")),
        presence(45, 2),
        presence(60, 1, day="2026-03-10"),
        follow_up(one, "2026-03-09", "honoree"),
        follow_up(one, "2026-03-10", "acces-effectif"),
        follow_up(two, "2026-03-10", "refusee-par-la-personne"),
    ]


SERVICES = tuple(sorted(service["id"] for service in services())[:4])


def test_the_month_counted_by_hand() -> None:
    assert count(the_month(), *MARCH, TODAY) == Counts(
        contacts=3,
        persons=(1, 2),
        needs=1,
        outcomes=(("proposee", 1), ("refusee-par-la-personne", 2), ("acces-effectif", 1)),
        agent_minutes=150,
    )
    assert count(the_month(), *MARCH, TODAY).referrals == 2
    assert count(the_month(), date(2026, 2, 1), date(2026, 2, 28), TODAY).contacts == 1


def test_only_what_was_made_here_and_kept_is_counted() -> None:
    others = [kept(state="draft"), kept(state="received"), kept(deleted=True)]
    mine = [kept(state="sent"), kept(state="to_correct"), kept()]
    assert count([*others, *mine], *MARCH, TODAY).contacts == 3


def test_what_the_server_refused_is_counted_and_said() -> None:
    waiting = [kept(), kept(state="sent"), kept(state="to_correct"), presence(60, 1)]
    refused = Kept("x", "presence", encounter(minutes=30, agents=1), "to_correct")
    unread = kept(state="to_correct", fields={"day": "2026-03-09"})  # no longer reads as an encounter: not counted
    elsewhere = kept(state="to_correct", fields=encounter(day="2026-02-09"))
    month = count([*waiting, refused, unread, elsewhere], *MARCH, TODAY)
    assert (month.contacts, month.to_correct("encounter"), month.to_correct("presence")) == (3, 1, 1)
    said = {name: (number, meaning) for name, number, meaning in figures._said(month)}
    assert said["Contacts"][0] == "3 dont 1 à corriger"
    assert said["Heures de présence"] == ("1 h 30", "durée × nombre d’agents, dont 1 saisie à corriger")
    assert said["Séances collectives"][0] == "0"
    assert figures._refused(count(the_month(), *MARCH, TODAY)) is None


def test_a_colleague_s_follow_up_says_what_became_of_my_referral() -> None:
    sent = referral(1)
    found = [kept(fields=encounter(referrals=[sent])), follow_up(sent, "2026-03-10", "honoree", state="received")]
    assert count(found, *MARCH, TODAY).outcomes == (("honoree", 1),)


@pytest.mark.parametrize("beside", ["rendez-vous-pris", "sans-nouvelle", "non-presentee", "sans-suite"])
def test_on_one_day_the_outcome_furthest_along_stands_and_tomorrow_s_is_not_known(beside: str) -> None:
    sent = referral(1)
    found = [
        kept(fields=encounter(referrals=[sent])),
        follow_up(sent, "2026-03-10", "acces-effectif"),
        follow_up(sent, "2026-03-10", beside),
        follow_up(sent, "2026-03-11", "sans-suite"),
    ]
    assert count(found, *MARCH, TODAY).outcomes == (("acces-effectif", 1),)


def test_sessions_and_partners_stand_apart_from_contacts() -> None:
    partner = {"action": "trait-dunion", "day": "2026-03-09", "commune": "90052", "partner_type": "ccas"}
    found = [
        kept(kind="group_session", fields=encounter(headcount=12)),
        kept(kind="group_session", fields=encounter(headcount=5)),
        kept(kind="partner_contact", fields=partner),
    ]
    assert count(found, *MARCH, TODAY) == Counts(sessions=2, headcount=17, partners=1)


@pytest.mark.parametrize("fields", [{"day": "jamais"}, {"day": "2026-03-09", "needs": 3}, {}])
def test_a_record_to_correct_that_cannot_be_read_is_left_out_and_breaks_nothing(fields: dict[str, Any]) -> None:
    assert count([kept(state="to_correct", fields=fields)], *MARCH, TODAY) == Counts()


async def as_the_server_counts(client: SyncClient, store: LocalStore, engine: Engine) -> dict[str, Figure]:
    await client.run(store)
    assert {k.state for k in await store.all() if k.kind != "service"} == {"sent"}
    with database.reading(engine) as connection:
        period = Period(date(2026, 3, 1), date(2026, 3, 31), TODAY)
        return {c: f[()] for c, f in counts.compute(connection, TERRITORY, period).items()}


async def test_the_server_counts_the_same_contacts_persons_hours_and_needs(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    for record in the_month():
        if record.kind != "follow_up":
            record.fields.pop("referrals", None)
            await store.keep(record)
    theirs = await as_the_server_counts(client, store, server_engine)
    mine = count(await store.all(), *MARCH, TODAY)
    assert (theirs["A4-01"].value, theirs["A4-01"].high) == mine.persons == (1, 2)
    assert theirs["A4-02"].value == mine.contacts == 3
    assert theirs["A4-05"].value == mine.agent_minutes / 60 == 2.5
    assert theirs["A4-06"].value == mine.needs == 1


async def test_the_server_counts_the_same_referrals(
    store: LocalStore, client: SyncClient, server_engine: Engine
) -> None:
    for record in the_month():
        await store.keep(record)
    theirs = await as_the_server_counts(client, store, server_engine)
    assert theirs["A4-09"].value == count(await store.all(), *MARCH, TODAY).referrals == 2


def test_the_months_before_are_reached_and_the_next_one_is_not(desk: Desk) -> None:
    figures = Figures(_desk=desk)
    figures.take(the_month())
    figures.show("month")
    assert (figures.title, figures.counts.contacts) == ("mars 2026", 3)
    figures.move(1)
    assert figures.title == "mars 2026"
    figures.move(-1)
    assert (figures.title, figures.counts.contacts) == ("février 2026", 1)
    figures.move(-2)
    assert figures.title == "décembre 2025"


def test_a_day_and_a_week_are_counted_as_the_month_is(desk: Desk) -> None:
    figures = Figures(_desk=desk)
    figures.take(the_month())
    said = []
    for span in ("day", "week", "month"):
        figures.show(span)
        for _ in range(3):
            said.append((figures.title, figures.counts.contacts, figures.counts.agent_minutes))
            figures.move(-1)
    assert said == [
        ("aujourd’hui", 1, 60), ("hier", 1, 90), ("dimanche 8 mars", 0, 0),
        ("semaine du 9 au 15 mars 2026", 2, 150), ("semaine du 2 au 8 mars 2026", 0, 0),
        ("semaine du 23 février au 1er mars 2026", 2, 0),
        ("mars 2026", 3, 150), ("février 2026", 1, 0), ("janvier 2026", 0, 0),
    ]  # fmt: skip


@given(st.dates(date(2023, 1, 1), date(2028, 12, 31)), st.integers(0, 40))
def test_days_weeks_and_months_follow_each_other_without_gap(day: date, back: int) -> None:
    for span in SPANS:
        first, last = bounds(span, back, day)
        assert first <= last
        assert bounds(span, back + 1, day)[1] == first - timedelta(1)
        assert back or first <= day <= last
    assert bounds("week", back, day)[0].weekday() == 0
    assert bounds("month", back, day)[0].day == 1


def test_a_month_is_the_sum_of_its_days() -> None:
    month, days = count(the_month(), *MARCH, TODAY), [
        count(the_month(), *bounds("day", back, MARCH[1]), TODAY) for back in range(31)
    ]  # fmt: skip
    assert (month.contacts, month.needs, month.agent_minutes, month.referrals) == tuple(
        sum(getattr(day, name) for day in days) for name in ("contacts", "needs", "agent_minutes", "referrals")
    )


def test_the_day_is_told_in_words_without_what_is_no_record_of_it() -> None:
    group = kept(kind="group_session", fields=encounter(headcount=4, day="2026-03-10"))
    partner = kept(kind="partner_contact", fields=encounter(day="2026-03-10"))
    others = [
        kept(fields=encounter(day="2026-03-10"), **state)
        for state in ({"state": "draft"}, {"state": "received"}, {"state": "to_correct"}, {"deleted": True})
    ]
    made = [*the_month(), group, partner, *others]
    assert describe_day(made, TODAY, TODAY) == (
        "Aujourd’hui : 1 rencontre, 2 suites notées, 1 séance collective, 1 présence, 1 contact partenaire"
    )
    assert describe_day(made, date(2026, 3, 1), TODAY) == (
        "Sortie de dimanche 01/03/2026 : 1 rencontre, 1 orientation"  # the other was declined at once
    )
    assert describe_day(made, date(2026, 3, 2), TODAY) == ""


async def test_the_home_screen_tells_the_day_at_its_end(home: Screen) -> None:  # noqa: F811  # the fixture
    assert not home.says("Aujourd’hui :")
    for _ in range(2):
        await home.tap("Nouvelle rencontre")
        if not home.says("Giromagny · Mairie"):
            await home.choose("Giromagny")
            await home.choose("Mairie")
        await home.tap("Enregistrer")
    assert home.says("Aujourd’hui : 2 rencontres")
