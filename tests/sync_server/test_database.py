"""The schema: made by migrations alone, the same as the models say, upgraded twice without harm."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from shared.territory import TERRITORY
from sync_server import database, founding
from sync_server.tables import HeldRecord, Territory, table
from tests.sync_server.world import DESK_TABLES, LONG_AGO, encounter, new_id, people, pull, push, statuses


def test_the_migrations_make_exactly_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_upgrading_twice_keeps_every_record(engine: Engine) -> None:
    push(engine, encounter())
    database.upgrade(engine)
    founding.found_territory(engine, TERRITORY, LONG_AGO)
    assert len(people(pull(engine))) == 1
    with database.reading(engine) as connection:
        assert connection.scalars(select(table(Territory).c.code)).all() == [TERRITORY]


DAYS = ("ix_encounter_day", "ix_follow_up_day")


def _back_to_the_first_schema(engine: Engine) -> None:
    with database.writing(engine) as connection:
        database._drop_views(connection)
        for name in ("group_session", "group_session_age", "group_session_gender", "partner_contact"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        for name in ("service_report", "quarantine", *DESK_TABLES):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        for name in ("ix_referral_coupon", "record_by_device", "past_revision_by_device", *DAYS):
            connection.exec_driver_sql(f"DROP INDEX {name}")
        connection.exec_driver_sql("ALTER TABLE referral DROP COLUMN coupon")
        for column in ("restored_seq", "log_number", "log_digest"):
            connection.exec_driver_sql(f"ALTER TABLE territory DROP COLUMN {column}")
        connection.exec_driver_sql("ALTER TABLE record DROP COLUMN again")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")


def test_a_first_server_with_records_is_upgraded_and_loses_none(engine: Engine) -> None:
    met = encounter(referrals=[{"id": new_id(), "service": "mobijob"}])
    push(engine, met)
    _back_to_the_first_schema(engine)
    database.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
        [kept] = connection.exec_driver_sql("SELECT encounter_id, coupon FROM referral").all()
    assert tuple(kept) == (met["id"], None)
    assert [r.fields for r in people(pull(engine))] == [met["fields"]]
    corrected = met["fields"]["referrals"][0] | {"coupon": "a" * 64}
    assert statuses(engine, encounter(met["id"], 2, referrals=[corrected])) == ["accepted"]


def test_the_log_has_one_number_for_each_record(engine: Engine) -> None:
    columns = [index["column_names"] for index in inspect(engine).get_indexes("record") if index["unique"]]
    assert ["territory", "seq"] in columns


def test_sqlite_promises_what_a_receipt_promises(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        return
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_an_error_of_the_database_does_not_tell_the_values(engine: Engine) -> None:
    missing = table(HeldRecord).insert().values(territory="90", id="a-secret")
    with database.writing(engine) as connection, pytest.raises(IntegrityError) as failure:
        connection.execute(missing)
    assert "a-secret" not in str(failure.value).split("DETAIL")[0]


def test_the_territory_has_its_communes_and_its_directory(engine: Engine) -> None:
    with database.reading(engine) as connection:
        epcis = connection.exec_driver_sql(
            "SELECT epci_name, count(*), sum(population) FROM commune GROUP BY epci_name ORDER BY 2 DESC"
        ).all()
        services = connection.exec_driver_sql(
            "SELECT count(*) FROM service WHERE network = 'france-service'"
        ).scalar()
    assert [(name, count) for name, count, _ in epcis] == [
        ("CA Grand Belfort", 52),
        ("CC du Sud Territoire", 27),
        ("CC des Vosges du Sud", 22),
    ]
    assert sum(population for *_, population in epcis) == 140_255
    assert services == 4
