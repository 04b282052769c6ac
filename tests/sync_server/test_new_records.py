"""Group sessions, partner contacts, errors reported: kept, corrected, deleted, pulled; no person counted."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect

from shared import coupons
from shared.models import AgeCount, GenderCount, GroupSession, PartnerContact, Referral, ServiceReport
from shared.territory import TERRITORY
from sync_server import database, founding, indicators
from tests.sync_server.test_rows import columns
from tests.sync_server.world import OTHER_TEAM, TODAY, encounter, new_id, people, pull, push, statuses

PLACE = {"action": "jeunes", "day": "2026-03-09", "commune": "90052"}
SESSION = PLACE | {
    "place_type": "centre-social", "headcount": 12, "session_type": "extra-scolaire", "establishment": "Collège",
    "ages": [{"age_band": "16-17", "people": 5}, {"age_band": "18-21", "people": 4}],
    "genders": [{"gender": "femme", "people": 7}],
}  # fmt: skip
CONTACT = PLACE | {"partner_type": "equipe-municipale", "purpose": "presentation"}
REPORT = {"service": "mobijob", "problem": "horaires-faux", "day": "2026-03-09"}
EVERY: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
    "group_session": (SESSION, GroupSession, {"headcount": 30}),
    "partner_contact": (CONTACT, PartnerContact, {"purpose": "coordination"}),
    "service_report": (REPORT, ServiceReport, {"problem": "demenage"}),
}


def record(kind: str, fields: dict[str, Any], record_id: str | None = None, revision: int = 1) -> dict[str, Any]:
    found = {"id": record_id or new_id(), "kind": kind, "revision": revision, "fields": fields}
    return found if revision == 1 else found | {"base_revision": revision - 1}


@pytest.mark.parametrize("kind", EVERY)
def test_it_stands_in_columns_is_corrected_and_deleted(engine: Engine, kind: str) -> None:
    fields, model, change = EVERY[kind]
    first = record(kind, fields)
    assert statuses(engine, first, first) == ["accepted", "duplicate"]
    [held] = columns(engine, model)
    assert held["id"] == first["id"]
    assert str(held["day"]) == "2026-03-09"
    assert statuses(engine, record(kind, fields | change, first["id"], 2)) == ["accepted"]
    [held] = columns(engine, model)
    assert {name: held[name] for name in change} == change
    gone = {"id": first["id"], "kind": kind, "revision": 3, "base_revision": 2, "deleted": True}
    assert statuses(engine, gone) == ["accepted"]
    assert columns(engine, model) == []
    assert columns(engine, AgeCount) == columns(engine, GenderCount) == []


@pytest.mark.parametrize("kind", EVERY)
def test_the_teams_other_tablet_pulls_it_and_no_other_team(engine: Engine, kind: str) -> None:
    sent = record(kind, EVERY[kind][0])
    push(engine, sent)
    [pulled] = people(pull(engine))
    assert (pulled.id, pulled.kind, pulled.fields) == (sent["id"], kind, sent["fields"])
    assert people(pull(engine, OTHER_TEAM)) == []


def test_the_margins_of_a_session_follow_its_corrections(engine: Engine) -> None:
    one, other = record("group_session", SESSION), record("group_session", SESSION)
    push(engine, one, other)
    fewer = SESSION | {"ages": [{"age_band": "22-25", "people": 2}], "genders": []}
    push(engine, record("group_session", fewer, one["id"], 2))
    assert [(row["age_band"], row["people"]) for row in columns(engine, AgeCount, group_session_id=one["id"])] == [
        ("22-25", 2)
    ]
    assert len(columns(engine, AgeCount, group_session_id=other["id"])) == 2
    assert [row["group_session_id"] for row in columns(engine, GenderCount)] == [other["id"]]


def test_a_margin_above_the_headcount_is_refused_by_the_server_too(engine: Engine) -> None:
    [receipt] = push(engine, record("group_session", SESSION | {"headcount": 3}))
    assert receipt.status == "refused"
    assert [reason.code for reason in receipt.reasons] == ["above_headcount", "above_headcount"]


def test_a_session_of_forty_moves_no_count_of_persons_or_contacts(engine: Engine) -> None:
    def counts() -> dict[str, Any]:
        period = indicators.Period(date(2026, 1, 1), date(2026, 12, 31), TODAY)
        with database.reading(engine) as connection:
            return {code: cells[()] for code, cells in indicators.compute(connection, TERRITORY, period).items()}

    push(engine, encounter(action="jeunes", age_band="16-17", first_contact_year="oui"), encounter())
    before = counts()
    push(engine, *(record("group_session", SESSION | {"headcount": 40}) for _ in range(5)))
    assert counts() == before  # R1
    assert before["A3-01"].value == 1


def test_the_hash_of_a_slip_stands_with_its_referral(engine: Engine) -> None:
    digest = coupons.hashed(coupons.new_code())
    push(engine, encounter(referrals=[{"id": new_id(), "service": "mobijob", "coupon": digest}]))
    assert [row["coupon"] for row in columns(engine, Referral)] == [digest]


@pytest.fixture
def bare(engine: Engine) -> Engine:
    """The database with nothing in it."""
    with database.writing(engine) as connection:
        cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
        for view in inspect(connection).get_view_names():
            connection.exec_driver_sql(f'DROP VIEW IF EXISTS "{view}"{cascade}')
        for name in inspect(connection).get_table_names():
            connection.exec_driver_sql(f'DROP TABLE "{name}"')
    return engine


def test_a_server_of_the_first_schema_is_upgraded_with_its_referrals(bare: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(files("sync_server") / "migrations"))
    with database.writing(bare) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO referral (territory, encounter_id, id, service, mode, accepted)"
            " VALUES ('90', 'e', 'r', 'mobijob', 'information', true)"
        )
    database.upgrade(bare)
    founding.found_territory(bare, TERRITORY, TODAY)
    [referral] = columns(bare, Referral)
    assert (referral["id"], referral["coupon"]) == ("r", None)
    assert statuses(bare, record("group_session", SESSION)) == ["accepted"]
