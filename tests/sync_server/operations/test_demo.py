"""What a newcomer finds in the demonstration: a territory where people have worked, and said to be invented."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from shared import choices, personal_data, territory
from shared.models.tables import Service
from shared.territory import TERRITORY
from sync_server.desk import attention
from sync_server.directory import new_territory, services
from sync_server.figures import counts, declarations
from sync_server.figures.counts import Period
from sync_server.intake import store
from sync_server.intake.store import RECORD
from sync_server.operations import demo
from sync_server.records import quality
from sync_server.records.quality_checks import Scope
from sync_server.reports import frozen, pact_changes
from sync_server.steering import budget, deprived_communes, goals, trajectory
from sync_server.storage import audit_log, database, local_codes
from sync_server.storage.audit_log import Actor
from sync_server.storage.desk_tables import Review
from sync_server.storage.tables import Team, table
from tests.sync_server.world import of_kind, push

TODAY = date(2026, 11, 26)
COUNT = 900
REVIEW = table(Review).c


def filled(engine: Engine, count: int = COUNT, today: date = TODAY) -> Engine:
    demo.fill(engine, TERRITORY, count, today)
    return engine


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One demonstration for every test that changes nothing in it."""
    engine = database.connect(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'server.db'}")
    database.upgrade(engine)
    new_territory.create_territory(engine, TERRITORY, TODAY)
    yield filled(engine)
    engine.dispose()


@pytest.fixture
def connection(looked_at: Engine) -> Iterator[Connection]:
    with database.reading(looked_at) as connection:
        yield connection


def test_it_fills_each_database_alike_and_marks_it(engine: Engine) -> None:
    filled(engine, 150)
    with database.reading(engine) as connection:
        assert store.is_synthetic(connection, TERRITORY)
        assert audit_log.broken_at(connection, TERRITORY) is None
        kinds = Counter(connection.scalars(select(RECORD.c.kind)))
    assert kinds["service_report"] == 2
    assert (
        sum(kinds.values()) - kinds["service"] - kinds["choice"] == 150 + 7
    )  # and what the coordinator's days added
    assert set(kinds) >= {"encounter", "follow_up", "presence", "group_session", "partner_contact"}


def test_the_same_day_gives_the_same_records_and_the_same_log(looked_at: Engine, engine: Engine) -> None:
    def told(one: Engine) -> tuple[set[tuple[str, int, str]], str]:
        with database.reading(one) as connection:
            c = RECORD.c
            records = {tuple(r) for r in connection.execute(select(c.id, c.revision, c.digest))}
            return records, audit_log.entries(connection, TERRITORY, most=1)[0].digest

    assert told(filled(engine)) == told(looked_at)


def test_records_already_there_stop_it_before_anything_is_written(engine: Engine) -> None:
    push(engine, of_kind("encounter"))
    with pytest.raises(ValueError, match="contient déjà des saisies"):
        filled(engine, 10)
    with database.reading(engine) as connection:
        assert not store.is_synthetic(connection, TERRITORY)
        assert connection.execute(select(table(Team))).all() == []


def test_a_target_already_typed_stops_it_too(engine: Engine) -> None:
    actor = Actor(TERRITORY, "coordination", TODAY)
    with database.writing(engine) as connection:
        deprived_communes.save_marks(connection, actor, 2024, ["90052"], [])
    with pytest.raises(ValueError, match="Donnez une base vide"):
        filled(engine, 10)


def test_with_hardly_a_record_the_desk_is_still_whole(engine: Engine) -> None:
    filled(engine, 3)
    with database.reading(engine) as connection:
        assert len(goals.goals(connection, TERRITORY)) > 20


@pytest.mark.parametrize("today", [date(2025, 1, 4), date(2026, 3, 10), date(2027, 12, 30)])
def test_on_another_day_nothing_is_done_in_the_days_to_come(engine: Engine, today: date) -> None:
    filled(engine, 40, today)
    with database.reading(engine) as connection:
        days = [entry.day for entry in audit_log.entries(connection, TERRITORY)]
        received = list(connection.scalars(select(RECORD.c.received_on).where(RECORD.c.kind != "service")))
    assert max(days) <= today
    assert max(received) <= today


def test_most_indicators_have_targets_in_every_state_a_coordinator_may_see(connection: Connection) -> None:
    found = goals.goals(connection, TERRITORY)
    assert len(found) > 0.7 * len(declarations.load())
    assert {values["trajectory"] for values in found.values()} == set(choices.load("trajectory").by_code)
    figures = counts.compute(connection, TERRITORY, Period(date(2026, 1, 1), TODAY, TODAY))
    states = set()
    for code, indicator in declarations.load().items():
        plan = goals.plan_of(found.get(code), goals.input_type(indicator) != "rate")
        states.add(trajectory.find_progress(plan, figures[code][()].value, TODAY))
    assert len(states) >= 3


def test_the_national_indicators_are_said_to_be_invented_and_have_the_years_that_ended(
    connection: Connection,
) -> None:
    found = goals.nationals(connection, TERRITORY)
    assert len(found) == 2
    for values in found.values():
        assert "inventé" in values["label"]
        assert values["v2025"] is not None
        assert values["v2026"] is None


def test_the_money_of_a_year_is_executed_once_it_ended(connection: Connection) -> None:
    found = budget.funding(connection, TERRITORY)
    assert set(found) == set(choices.load("action").by_code)
    for values in found.values():
        assert all(values[f"planned{year}"] for year in trajectory.YEARS)
        assert 0.6 < values["executed2024"] / values["planned2024"] < 1
        assert not values.get("executed2026")


def test_a_deadline_is_late_one_is_near_and_those_of_the_past_are_done(connection: Connection) -> None:
    found = budget.deadlines(connection, TERRITORY)
    assert len(found) == 7
    late = [due for due in found if due.day < TODAY and due.done_on is None]
    assert [due.day for due in late] == [TODAY - timedelta(8)]
    assert [due.day for due in found if TODAY <= due.day < TODAY + timedelta(60)] == [TODAY + timedelta(24)]
    assert all(due.done_on <= due.day for due in found if due.done_on)


def test_the_dashboard_asks_for_attention(connection: Connection) -> None:
    texts = " ".join(notice.text for notice in attention.notices(connection, TERRITORY, TODAY))
    assert "en retard" in texts
    assert "sans nouvelle" in texts
    assert "à vérifier" in texts


def test_the_checks_point_at_a_few_records_of_the_month(connection: Connection) -> None:
    scope = Scope(TERRITORY, TODAY, TODAY - timedelta(30), TODAY)
    flags = {flag.check.code: flag.count for flag in quality.flags(connection, scope)}
    assert (flags["effectif"], flags["minutes"]) == (1, 1)
    assert flags["doublon"] >= 2


def test_some_records_are_to_look_at_again_and_some_are_validated(connection: Connection) -> None:
    states = Counter(connection.scalars(select(REVIEW.state).where(REVIEW.note == "")))
    assert states["validee"] >= 3
    notes = connection.scalars(select(REVIEW.note).where(REVIEW.state == "a-revoir")).all()
    assert len(notes) == 2
    assert all(personal_data.found_in(note) is None and "Exemple" in note for note in notes)


def test_some_services_are_verified_and_one_report_waits(connection: Connection) -> None:
    verified = connection.scalars(select(table(Service).c.verified_on)).all()
    assert 8 <= sum(day is not None for day in verified) < len(verified)
    waiting = {entry.id: entry.reports for entry in services.entries(connection, TERRITORY) if entry.reports}
    assert waiting == {"armee-du-salut": 1}


def test_communes_are_marked_at_t0_and_fewer_each_year(connection: Connection) -> None:
    marked = [len(deprived_communes.list_marked(connection, TERRITORY, year)) for year in (2024, 2025, 2026)]
    assert marked == [12, 9, 6]


def test_a_local_choice_is_in_its_list(connection: Connection) -> None:
    assert [(name, choice.label) for name, choice in local_codes.list_codes(connection, TERRITORY)] == [
        ("place_type", "Skate-park")
    ]


def test_two_frozen_reports_of_one_year_differ_by_what_was_corrected(connection: Connection) -> None:
    after, before = (
        frozen.read_frozen(connection, TERRITORY, h["id"]) for h in frozen.list_frozen(connection, TERRITORY)
    )
    assert (before.heading["frozen_on"], after.heading["frozen_on"]) == (date(2026, 2, 3), date(2026, 3, 16))
    assert before.body["synthetic"]
    changed = {change.where for change in pact_changes.compare(before.body, after.body)}
    assert any("A4-13" in where for where in changed)  # the accompaniments that had been forgotten


def test_the_log_tells_all_of_it_in_the_order_of_days(connection: Connection) -> None:
    entries = audit_log.entries(connection, TERRITORY)
    days = [entry.day for entry in entries]
    assert days == sorted(days, reverse=True)
    acts = {entry.act for entry in entries}
    assert acts >= {
        "Ajout", "Modification", "Rapport figé", "Service modifié", "Signalement traité", "Saisie corrigée",
        "Saisie supprimée", "Saisie à revoir", "Saisie validée", "Choix local ajouté",
        "Communes dépourvues modifiées",
    }  # fmt: skip
    assert audit_log.broken_at(connection, TERRITORY) is None


def test_records_came_in_the_order_of_their_reception(connection: Connection) -> None:
    c = RECORD.c
    came = connection.scalars(select(c.received_on).where(c.kind.in_(["encounter", "presence"])).order_by(c.seq))
    days = list(came)
    assert days == sorted(days)


def test_each_team_has_the_records_of_its_action(connection: Connection) -> None:
    c = RECORD.c
    rows = connection.execute(select(c.team, c.body).where(c.kind == "encounter", ~c.deleted))
    found = {(row.team, json.loads(row.body)["action"]) for row in rows}
    assert found == {("trait-dunion", "trait-dunion"), ("animation", "jeunes")}


def test_what_is_typed_says_it_is_invented_and_names_nobody() -> None:
    typed = demo.load_typed()
    comments = [texts["comment"] for texts in (*typed["goals"].values(), *typed["nationals"])]
    money = [text for texts in typed["funding"].values() for name, text in texts.items() if "comment" in name]
    assert all("invent" in text for text in comments + money)
    assert all(personal_data.found_in(text) is None for text in comments + money)


def test_only_an_invented_service_tells_languages_and_a_way_in(connection: Connection) -> None:
    """Of a true one nobody asked: the demonstration may not answer for it."""
    true = {service["id"] for service in territory.services()}
    told = [
        e for e in services.entries(connection, TERRITORY)
        if e.fields.languages or e.fields.access or e.fields.wheelchair
    ]  # fmt: skip
    (invented,) = told
    assert invented.id not in true
    assert "inventé" in invented.fields.name
    assert "inventé" in (invented.fields.status or "")
    assert all((invented.fields.languages, invented.fields.access, invented.fields.wheelchair))
    assert invented.fields.verified_on is not None


def test_what_is_typed_names_indicators_communes_and_services_that_exist() -> None:
    typed = demo.load_typed()
    assert set(typed["goals"]) <= set(declarations.load())
    assert set(typed["directory"]["deprived"]) <= set(territory.communes()) - {"90010"}  # Belfort was covered
    assert set(typed["directory"]["verified"]) <= {service["id"] for service in territory.services()}
