"""The coordinator's first page on a Monday: trajectories, the month, and what asks for attention."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, insert, update

from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.desk import attention, dashboard
from sync_server.figures import counts, declarations
from sync_server.figures.compiler import Period
from sync_server.steering import budget, goals
from sync_server.storage import database
from sync_server.storage.tables import Account, Device, table
from tests.sync_server.world import TODAY, encounter, follow_up, new_id, of_kind, push

PAGE = "/console/tableau-de-bord"


def aim_at(engine: Engine, code: str, **values: Any) -> None:
    thing = goals.GoalOf(declarations.load()[code])
    empty = {f.name: None for f in thing.fields(None)} | {"trajectory": "progressive", "owner": "", "comment": ""}
    with database.writing(engine) as connection:
        thing.keep(connection, TERRITORY, empty | values)


def met(engine: Engine, *days: date) -> None:
    push(engine, *(encounter(day=str(day), first_contact_year="oui") for day in days))


def referred(engine: Engine, day: date, *outcomes: tuple[date, str], accepted: bool = True) -> None:
    referral = {"id": new_id(), "service": "mobijob", "theme": "mobilite--acceder-a-un-vehicule"}
    one = encounter(day=str(day), referrals=[referral if accepted else referral | {"accepted": False}])
    one["fields"]["needs"] = [{"theme": referral["theme"]}]
    found = push(engine, one, *(follow_up(str(referral["id"]), str(d), outcome) for d, outcome in outcomes))
    assert {receipt.status for receipt in found} == {"accepted"}, found


def tablet(engine: Engine, team: str, seen: date, revoked: date | None = None) -> None:
    with database.writing(engine) as connection:
        connection.execute(
            insert(table(Device)).values(
                territory=TERRITORY, id=new_id(), team=team, token_hash=new_id(), enrolled_on=seen, seen_on=seen,
                confirmed_on=seen, revoked_on=revoked,
            )
        )  # fmt: skip


def board(engine: Engine, today: date = TODAY) -> dashboard.Dashboard:
    with database.reading(engine) as connection:
        return dashboard.dashboard(connection, TERRITORY, today)


def standing(engine: Engine, code: str) -> dashboard.Standing:
    return next(s for action in board(engine).actions for s in action.standings if s.code == code)


def told(engine: Engine) -> list[str]:
    with database.reading(engine) as connection:
        return [notice.text for notice in attention.notices(connection, TERRITORY, TODAY)]


def test_the_year_so_far_stands_beside_its_target_in_words(coordinator: TestClient, engine: Engine) -> None:
    aim_at(engine, "A4-01", y2026=73)  # 69 days of 365: 13,8 expected
    met(engine, *[date(2026, 2, 3)] * 12)
    s = standing(engine, "A4-01")
    assert (s.value, s.target, s.due) == ("12 personnes", "73", "14")
    assert (s.attainment, s.state, s.tone) == ("16,4\u202f%", "À surveiller", "watch")
    assert "À surveiller" in coordinator.get(PAGE).text
    met(engine, date(2026, 2, 4), date(2026, 2, 5))
    assert standing(engine, "A4-01").state == "En bonne voie"
    met(engine, *[date(2025, 12, 31)] * 60)  # another year's
    assert standing(engine, "A4-01").state == "En bonne voie"
    met(engine, *[date(2026, 3, 1)] * 59)
    assert standing(engine, "A4-01").state == "Cible atteinte"


def test_before_any_target_the_first_indicators_show_with_nothing_invented(engine: Engine) -> None:
    for action in board(engine).actions:
        assert len(action.standings) == dashboard.KEY
        assert {(s.target, s.attainment, s.state) for s in action.standings} == {("—", "—", "Sans cible")}
        assert action.aimless >= dashboard.KEY


def test_a_rate_stands_beside_its_target_in_percent(coordinator: TestClient, engine: Engine) -> None:
    aim_at(engine, "A4-10", t0=0.25, y2026=0.75)
    referred(engine, date(2026, 2, 2), (date(2026, 2, 9), "honoree"))
    referred(engine, date(2026, 2, 3))
    s = standing(engine, "A4-10")
    assert (s.value, s.target, s.attainment, s.state) == (
        "50\u202f%", "75\u202f%", "66,7\u202f%", "À surveiller"
    )  # fmt: skip
    assert s.made_of == "1\u00a0sur\u00a02 ; issue inconnue 50\u202f%"
    assert f"({s.made_of})" in coordinator.get(PAGE).text
    assert {s.made_of for a in board(engine).actions for s in a.standings if s.code != "A4-10"} == {""}


def test_referrals_without_news_above_their_target_are_late_even_without_a_t0(engine: Engine) -> None:
    referred(engine, date(2026, 1, 5))
    referred(engine, date(2026, 1, 5), (date(2026, 1, 9), "honoree"))
    for start in (None, 0.0, 0.2):
        aim_at(engine, "A4-12", t0=start, y2026=0.2)
        s = standing(engine, "A4-12")
        assert (s.target, s.attainment, s.state, s.tone) == ("20\u202f% au plus", "—", "En retard", "bad")
    aim_at(engine, "A4-12", t0=0.8, y2026=0.2)
    assert standing(engine, "A4-12").attainment == "50\u202f%"


def test_the_first_ten_days_of_march_stand_beside_the_first_ten_of_february(engine: Engine) -> None:
    met(engine, date(2026, 3, 1), date(2026, 3, 10), date(2026, 2, 10), date(2026, 2, 11), date(2026, 1, 31))
    changes = {c.code: c for action in board(engine).actions for c in action.changes}
    assert (changes["A4-02"].before, changes["A4-02"].now, changes["A4-02"].difference) == ("1", "2", "+1")
    assert "A4-10" not in changes  # a rate of this month's referrals says nothing yet
    assert "A3-02" not in changes  # nothing in either


@pytest.mark.parametrize(
    ("today", "earlier"),
    [
        (date(2026, 1, 5), (date(2025, 12, 1), date(2025, 12, 5))),
        (date(2026, 3, 30), (date(2026, 2, 1), date(2026, 2, 28))),
        (date(2026, 2, 28), (date(2026, 1, 1), date(2026, 1, 31))),
        (date(2028, 2, 28), (date(2028, 1, 1), date(2028, 1, 28))),
    ],
)
def test_a_month_is_compared_with_as_many_days(today: date, earlier: tuple[date, date]) -> None:
    month, before = dashboard.months(today)
    assert (month.first, month.last) == (today.replace(day=1), today)
    assert (before.first, before.last) == earlier


def test_referrals_of_which_nothing_was_heard_are_counted_at_30_and_60_days(engine: Engine) -> None:
    long_ago, lately = TODAY - timedelta(61), TODAY - timedelta(31)
    referred(engine, long_ago)
    referred(engine, lately)
    referred(engine, TODAY - timedelta(30))  # not over 30
    referred(engine, lately, accepted=False)
    referred(engine, long_ago, (lately, "honoree"))
    referred(engine, TODAY - timedelta(400))
    assert [line for line in told(engine) if "nouvelle" in line] == [
        "2 orientations sans nouvelle depuis plus de 30 jours, dont 1 depuis plus de 60 jours"
    ]  # fmt: skip


def test_the_dashboard_the_referrals_and_the_indicator_count_the_same_without_news(
    coordinator: TestClient, engine: Engine
) -> None:
    long_ago, lately = TODAY - timedelta(61), TODAY - timedelta(31)
    referred(engine, long_ago, (lately, "rendez-vous-pris"))
    referred(engine, long_ago, (long_ago, "rendez-vous-pris"), (lately, "acces-effectif"))
    referred(engine, long_ago, (lately, "refusee-par-la-personne"))
    referred(engine, TODAY - timedelta(60), (lately, "sans-nouvelle"))
    referred(engine, lately)
    page = html.unescape(coordinator.get(PAGE).text)
    assert "3 orientations sans nouvelle depuis plus de 30 jours, dont 1 depuis plus de 60 jours" in page
    assert "Dernière suite connue : proposée, rendez-vous pris ou sans nouvelle" in page
    [there] = re.findall(r'href="(/console/orientations\?du=[^"]+)"', page)
    listed = coordinator.get(there).text
    ages = re.findall(r'<th scope="row">([^<]*jours[^<]*)</th><td class="number">(\d+)', listed)
    assert ages == [("30 jours ou moins", "0"), ("31 à 60 jours", "2"), ("plus de 60 jours", "1")]
    with database.reading(engine) as connection:
        period = Period(TODAY - timedelta(365), TODAY, TODAY)
        assert counts.compute(connection, TERRITORY, period)["A4-12"][()].numerator == 1


def test_silent_tablets_are_told_by_team_and_the_revoked_are_not(coordinator: TestClient, engine: Engine) -> None:
    for team, name in (("delle", "Équipe de Delle"), ("giro", "Équipe de Giromagny")):
        devices.create_team(engine, TERRITORY, team, name, "trait-dunion")
    tablet(engine, "delle", TODAY - timedelta(20))
    tablet(engine, "delle", TODAY - timedelta(15))
    tablet(engine, "giro", TODAY - timedelta(14))
    tablet(engine, "giro", TODAY - timedelta(90), revoked=TODAY)
    assert told(engine) == ["Équipe de Delle : 2 tablettes muettes, la plus ancienne depuis le 18/02/2026"]
    assert "Équipe de Delle" in coordinator.get(PAGE).text


def test_what_waits_in_quarantine_comes_first_with_the_way_there(coordinator: TestClient, engine: Engine) -> None:
    referred(engine, TODAY - timedelta(40))
    push(engine, encounter(day="2027-01-01"))
    first, second = told(engine)
    assert first == "1 saisie non prise attend sur tablette"
    assert second.startswith("1 orientation sans nouvelle")
    page = coordinator.get(PAGE).text
    assert '<a href="/console/a-revoir">Voir ces saisies</a>' in page


def test_deadlines_of_the_next_60_days_and_late_ones_are_told(coordinator: TestClient, engine: Engine) -> None:
    due = {"a": TODAY + timedelta(60), "b": TODAY + timedelta(61), "c": TODAY - timedelta(1), "d": TODAY}
    with database.writing(engine) as connection:
        for letter, day in due.items():
            done = TODAY if letter == "d" else None
            values = {"label": f"Bilan {letter}", "day": day, "done_on": done}
            budget.DeadlineOf(letter * 36).keep(connection, TERRITORY, values)
    assert told(engine) == [
        "Échéance « Bilan c » : en retard, attendue le 09/03/2026",
        "Échéance « Bilan a » : pour le 09/05/2026",
    ]
    page = coordinator.get(PAGE).text
    assert f'href="/console/objectifs/echeances/{"a" * 36}"' in page


def test_a_calm_day_says_so(coordinator: TestClient) -> None:
    assert "Rien : aucune saisie en attente" in coordinator.get(PAGE).text


def test_no_line_leads_to_a_page_that_is_not_there(coordinator: TestClient, engine: Engine) -> None:
    referred(engine, TODAY - timedelta(40))
    for path in set(re.findall(r'href="(/console[^"]*)"', coordinator.get(PAGE).text)):
        assert coordinator.get(path.replace("&amp;", "&")).status_code == 200, path


def test_a_presence_of_an_impossible_length_is_told_once_with_the_way_to_it(engine: Engine) -> None:
    push(engine, of_kind("presence", minutes=1_440, agents=20))
    [line] = told(engine)
    assert line == "1 saisie est à vérifier sur les 30 derniers jours"


def test_the_page_asks_the_database_a_bounded_number_of_questions(engine: Engine) -> None:
    """What is not a counting of indicators: the same few, whatever there is to tell."""
    for number in range(30):
        referred(engine, TODAY - timedelta(31 + number))
        tablet(engine, f"t{number}", TODAY - timedelta(20))
        devices.create_team(engine, TERRITORY, f"t{number}", f"Équipe {number}", "trait-dunion")
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cur, statement, *_: asked.append(statement))
    assert len(told(engine)) == 31
    assert len([statement for statement in asked if statement.startswith("SELECT")]) <= 25


@pytest.mark.parametrize("role", ["administrator", "reader"])
def test_only_the_coordinator_has_it(coordinator: TestClient, engine: Engine, role: str) -> None:
    with database.writing(engine) as connection:
        connection.execute(update(table(Account)).values(role=role))
    assert coordinator.get(PAGE).status_code == 403
