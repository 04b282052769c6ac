"""One database of PostgreSQL serves one test after the other: whatever one did, the next finds it founded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from tests.postgres import Founded, run_on_postgresql


@pytest.fixture(scope="module")
def founded(postgresql: str) -> Iterator[Founded]:
    found = Founded(postgresql, "left_alone")
    found.copy_template()
    yield found
    run_on_postgresql(postgresql, "DROP DATABASE IF EXISTS left_alone WITH (FORCE)")


def read_everything(url: str) -> dict[str, list[str]]:
    """Read every table and view that is there, with its columns and rows."""
    engine = create_engine(url)
    with engine.connect() as connection:
        columns = """SELECT table_name, string_agg(column_name, ',' ORDER BY ordinal_position)
            FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1"""
        found = {name: [said] for name, said in connection.exec_driver_sql(columns)}
        for name, rows in found.items():
            rows += sorted(map(str, connection.exec_driver_sql(f'SELECT * FROM "{name}"')))
    engine.dispose()
    return found


@pytest.mark.parametrize(
    "harm",
    [
        "DELETE FROM commune",
        "UPDATE territory SET seq = 900",
        "ALTER TABLE encounter RENAME TO lost",
        "ALTER TABLE referral ADD COLUMN more text",
        "DROP VIEW fact_commune_year",
        "CREATE VIEW home_figures AS SELECT count(*) AS n FROM encounter",
    ],
)
def test_what_a_test_did_is_gone_for_the_next(founded: Founded, harm: str) -> None:
    before = read_everything(founded.url)
    engine = create_engine(founded.url)
    with engine.begin() as connection:
        connection.exec_driver_sql(harm)
    assert len(before["commune"]) == 102
    founded.set_back()
    assert read_everything(founded.url) == before
    engine.dispose()


def test_a_database_that_a_test_took_away_is_there_for_the_next(founded: Founded) -> None:
    before = read_everything(founded.url)
    run_on_postgresql(founded.server, f"DROP DATABASE {founded.name} WITH (FORCE)")
    founded.set_back()
    assert read_everything(founded.url) == before


def test_a_transaction_left_open_holds_nobody_up(founded: Founded) -> None:
    engine = create_engine(founded.url)
    connection = engine.connect()
    connection.exec_driver_sql("DELETE FROM commune")
    founded.set_back()
    assert len(read_everything(founded.url)["commune"]) == 102
    connection.invalidate()
    connection.close()
    engine.dispose()
