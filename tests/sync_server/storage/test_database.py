"""The schema: made by migrations alone, the same as the models say, upgraded twice without harm."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from shared.territory import TERRITORY
from sync_server.directory import new_territory, services
from sync_server.storage import database
from sync_server.storage.tables import HeldRecord, Territory, table
from tests.sync_server.world import DESK_TABLES, LONG_AGO, encounter, new_id, people, pull, push, statuses


def test_the_migrations_make_exactly_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_upgrading_twice_keeps_every_record(engine: Engine) -> None:
    push(engine, encounter())
    database.upgrade(engine)
    new_territory.create_territory(engine, TERRITORY, LONG_AGO)
    assert len(people(pull(engine))) == 1
    with database.reading(engine) as connection:
        assert connection.scalars(select(table(Territory).c.code)).all() == [TERRITORY]


DAYS = ("ix_encounter_day", "ix_follow_up_day")
HEADS_OF_0001 = ("encounter", "follow_up", "presence")


def _back_to_the_fifteenth_schema(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE device DROP COLUMN limited_on")
    for name in ("service_id", "totp_secret", "totp_step", "temporary_until"):
        connection.exec_driver_sql(f"ALTER TABLE account DROP COLUMN {name}")
    connection.exec_driver_sql("ALTER TABLE device DROP COLUMN confirmed_on")
    connection.exec_driver_sql("ALTER TABLE enrolment_code DROP COLUMN unconfirmed")
    for column in ("seen_at", "ended", "proved_at"):
        connection.exec_driver_sql(f"ALTER TABLE console_session DROP COLUMN {column}")
    for name in (
        "known_browser",
        "coupon_answer",
        "spent_form",
        "security_entry",
        "security_end",
        "recovery_code",
    ):
        connection.exec_driver_sql(f"DROP TABLE {name}")
    for column in ("languages", "access", "wheelchair"):
        connection.exec_driver_sql(f"ALTER TABLE service DROP COLUMN {column}")


def _back_to_the_first_schema(engine: Engine) -> None:
    with database.writing(engine) as connection:
        database._drop_views(connection)
        for name in ("group_session", "group_session_age", "group_session_gender", "partner_contact"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        for name in ("service_report", "quarantine", "sequence_mark", "fact_view", *DESK_TABLES):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        for name in ("ix_referral_coupon", "record_by_device", "past_revision_by_device", *DAYS):
            connection.exec_driver_sql(f"DROP INDEX {name}")
        connection.exec_driver_sql("ALTER TABLE referral DROP COLUMN coupon")
        for column in ("restored_seq", "log_number", "log_digest", "cursor_secret"):
            connection.exec_driver_sql(f"ALTER TABLE territory DROP COLUMN {column}")
        connection.exec_driver_sql("ALTER TABLE record DROP COLUMN again")
        for column in ("tablet", "after", "replaced_on"):
            connection.exec_driver_sql(f"ALTER TABLE device DROP COLUMN {column}")
        for name in (*HEADS_OF_0001, "past_revision"):
            connection.exec_driver_sql(f"ALTER TABLE {name} DROP COLUMN team")
        connection.exec_driver_sql("ALTER TABLE past_revision DROP COLUMN day")
        for column in ("no_need", "housing"):
            connection.exec_driver_sql(f"ALTER TABLE encounter DROP COLUMN {column}")
        _back_to_the_fifteenth_schema(connection)
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


def test_a_server_of_before_the_questions_of_need_and_housing_answers_them_for_nobody(engine: Engine) -> None:
    old = encounter(day="2026-03-01")
    push(engine, old)
    with database.writing(engine) as connection:
        database._drop_views(connection)
        for column in ("no_need", "housing"):
            connection.exec_driver_sql(f"ALTER TABLE encounter DROP COLUMN {column}")
        _back_to_the_fifteenth_schema(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0014'")
    database.upgrade(engine)
    new = encounter(no_need=True, housing="a-la-rue")
    assert statuses(engine, new) == ["accepted"]
    held = look(engine, "SELECT id, no_need, housing FROM encounter")
    told = {one: (bool(none), housing) for one, none, housing in held}
    assert told == {old["id"]: (False, "inconnu"), new["id"]: (True, "a-la-rue")}
    assert sorted(look(engine, "SELECT housing FROM fact_encounter")) == [("a-la-rue",), ("inconnu",)]


def test_a_directory_of_before_the_languages_keeps_its_services_and_knows_none_of_theirs(engine: Engine) -> None:
    with database.writing(engine) as connection:
        _back_to_the_fifteenth_schema(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0015'")
    database.upgrade(engine)
    with database.reading(engine) as connection:
        held = services.entries(connection, TERRITORY)
    assert len(held) == 35
    assert {(*e.fields.languages, e.fields.access, e.fields.wheelchair) for e in held} == {(None, None)}
    told = {"languages": ["tr", "interprete"], "access": "Bus 1, arrêt Mairie", "wheelchair": "non"}
    with database.writing(engine) as connection:
        new = held[0].fields.model_copy(update=told)
        services.publish(connection, TERRITORY, {held[0].id: new}, LONG_AGO)
        assert services.entries(connection, TERRITORY, [held[0].id])[0].fields == new


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


# Views: ours, and those of others.


def look(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with database.reading(engine) as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def change(engine: Engine, *statements: str) -> None:
    with database.writing(engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@contextmanager
def watched(engine: Engine) -> Iterator[list[str]]:
    """The statements that change the schema, as they are executed."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.split()[0].upper() in ("CREATE", "DROP", "ALTER"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_an_upgrade_without_anything_new_touches_no_view(engine: Engine) -> None:
    change(engine, "CREATE VIEW pg_stat_home AS SELECT count(*) AS n FROM encounter")
    with watched(engine) as seen:
        database.upgrade(engine)
    assert seen == []
    assert look(engine, "SELECT n FROM pg_stat_home") == [(0,)]


def test_views_that_changed_are_made_anew_and_no_view_of_others_is_touched(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(
        engine,
        "CREATE VIEW aaa_home AS SELECT count(*) AS n FROM encounter",
        "CREATE VIEW fact_of_my_own AS SELECT count(*) AS n FROM presence",
    )
    shipped = database.views()
    changed = [one.replace("SELECT e.territory,", "SELECT 1 AS one, e.territory,") for one in shipped]
    monkeypatch.setattr(database, "views", lambda: [*changed, "CREATE VIEW fact_new AS SELECT 2 AS two"])
    database.upgrade(engine)
    assert look(engine, "SELECT one FROM fact_encounter") == []
    assert look(engine, "SELECT two FROM fact_new") == [(2,)]
    monkeypatch.setattr(database, "views", lambda: shipped)
    database.upgrade(engine)
    assert "fact_new" not in inspect(engine).get_view_names()  # ours, and no longer wanted
    assert {"aaa_home", "fact_of_my_own"} <= set(inspect(engine).get_view_names())
    assert look(engine, "SELECT n FROM fact_of_my_own") == [(0,)]


def test_a_view_of_ours_that_somebody_dropped_comes_back(engine: Engine) -> None:
    change(engine, "DROP VIEW fact_commune_year")
    database.upgrade(engine)
    assert look(engine, "SELECT count(*) FROM fact_commune_year") == [(0,)]


def test_a_view_of_others_upon_ours_is_kept_or_named(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    push(engine, encounter())
    change(engine, "CREATE VIEW home_figures AS SELECT count(*) AS n FROM fact_encounter")
    database.upgrade(engine)
    shipped = database.views()
    changed = [one.replace("SELECT e.territory,", "SELECT 1 AS one, e.territory,") for one in shipped]
    monkeypatch.setattr(database, "views", lambda: changed)
    if engine.dialect.name == "sqlite":
        database.upgrade(engine)
        assert look(engine, "SELECT one FROM fact_encounter") == [(1,)]
    else:
        with pytest.raises(ValueError, match=r"quelqu’un d’autre.*home_figures.*rien n’a été changé"):
            database.upgrade(engine)
    assert look(engine, "SELECT n FROM home_figures") == [(1,)]
    assert len(people(pull(engine))) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_view_that_an_extension_owns_stops_no_start(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `pg_stat_statements` has one: it cannot be dropped by itself."""
    change(
        engine,
        "CREATE EXTENSION IF NOT EXISTS plpgsql",
        "CREATE VIEW pg_stat_pretended AS SELECT 1 AS one",
        "ALTER EXTENSION plpgsql ADD VIEW pg_stat_pretended",
    )
    with pytest.raises(DBAPIError, match="requires it"):
        change(engine, "DROP VIEW pg_stat_pretended CASCADE")
    shipped = database.views()
    monkeypatch.setattr(database, "views", lambda: shipped[:-1])
    database.upgrade(engine)
    assert look(engine, "SELECT one FROM pg_stat_pretended") == [(1,)]


# Two that start at once.


def _upgraded_by_a_process(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sync_server", "upgrade"],
        env=os.environ | {"DATABASE_URL": url},
        stderr=subprocess.PIPE,
    )


def test_two_processes_that_start_at_once_take_turns(unused: Engine) -> None:
    url = unused.url.render_as_string(hide_password=False)
    processes = [_upgraded_by_a_process(url) for _ in range(2)]
    said = [process.communicate(timeout=120)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert look(unused, "SELECT code FROM territory") == [(TERRITORY,)]
    assert look(unused, "SELECT count(*) FROM commune") == [(101,)]


def test_eight_that_upgrade_and_found_at_once_make_one_server(unused: Engine) -> None:
    url = unused.url.render_as_string(hide_password=False)
    start = threading.Barrier(8)

    def begin() -> bool:
        engine = database.connect(url)
        try:
            start.wait()
            database.upgrade(engine)
            return new_territory.create_territory(engine, TERRITORY, LONG_AGO)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(8) as together:
        founded = [one.result() for one in [together.submit(begin) for _ in range(8)]]
    assert sorted(founded) == [False] * 7 + [True]
    assert look(unused, "SELECT count(*) FROM fact_encounter") == [(0,)]
    assert look(unused, "SELECT count(*) FROM commune") == [(101,)]


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1_000, 1_001])
def test_a_long_list_is_cut_into_what_a_statement_takes_and_nothing_is_left_out(count: int) -> None:
    parts = list(database.in_chunks(range(count)))
    assert [item for part in parts for item in part] == list(range(count))
    assert all(0 < len(part) <= database.PER_STATEMENT for part in parts)
    assert len(parts) == -(-count // database.PER_STATEMENT)
