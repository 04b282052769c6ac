"""The audit log: whoever rewrites history is found out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from tests.sync_server.world import TODAY


@pytest.fixture
def three_acts(engine: Engine) -> Engine:
    for value in (1, 2, 3):
        with database.writing(engine) as connection:
            act = Act("Objectif modifié", "A4-01 2026")
            audit_log.note(
                connection, Actor(TERRITORY, "coordination", TODAY), act, {"value": value - 1}, {"value": value}
            )
    return engine


def broken_at(engine: Engine) -> int | None:
    with database.reading(engine) as connection:
        return audit_log.broken_at(connection, TERRITORY)


def test_each_act_is_kept_with_what_it_changed(three_acts: Engine) -> None:
    with database.reading(three_acts) as connection:
        latest, *_ = found = audit_log.entries(connection, TERRITORY)
    assert [entry.number for entry in found] == [3, 2, 1]
    assert (latest.login, latest.before, latest.after) == ("coordination", '{"value": 2}', '{"value": 3}')
    assert broken_at(three_acts) is None


@pytest.mark.parametrize(
    ("tampering", "seen_at"),
    [
        ("UPDATE audit_entry SET after = '{\"value\": 9}' WHERE number = 2", 2),
        ("UPDATE audit_entry SET login = 'autre' WHERE number = 1", 1),
        ("DELETE FROM audit_entry WHERE number = 2", 2),
        ("DELETE FROM audit_entry WHERE number = 1", 1),
        ("UPDATE audit_entry SET day = '2020-01-01' WHERE number = 3", 3),
        ("DELETE FROM audit_entry WHERE number = 3", 3),
        ("DELETE FROM audit_entry WHERE number > 1", 2),
        ("DELETE FROM audit_entry", 1),
    ],
)
def test_an_entry_changed_or_taken_out_breaks_the_chain(three_acts: Engine, tampering: str, seen_at: int) -> None:
    with database.writing(three_acts) as connection:
        connection.exec_driver_sql(tampering)
    assert broken_at(three_acts) == seen_at


def test_entries_cut_off_at_the_end_stay_missing_and_their_numbers_are_given_to_no_other(
    three_acts: Engine,
) -> None:
    with database.writing(three_acts) as connection:
        connection.exec_driver_sql("DELETE FROM audit_entry WHERE number > 1")
    with database.writing(three_acts) as connection:
        audit_log.note(connection, Actor(TERRITORY, "coordination", TODAY), Act("Objectif modifié", "A4-02"))
    with database.reading(three_acts) as connection:
        assert [entry.number for entry in audit_log.entries(connection, TERRITORY)] == [4, 1]
    assert broken_at(three_acts) == 2


def test_a_change_that_fails_leaves_no_entry(engine: Engine) -> None:
    def half_done() -> None:
        with database.writing(engine) as connection:
            audit_log.note(connection, Actor(TERRITORY, "coordination", TODAY), Act("Objectif modifié", "A4-01"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    with database.reading(engine) as connection:
        assert audit_log.entries(connection, TERRITORY) == []


def test_two_people_at_once_take_two_numbers(engine: Engine) -> None:
    def act(who: int) -> None:
        with database.writing(engine) as connection:
            audit_log.note(connection, Actor(TERRITORY, f"c{who}", TODAY), Act("Objectif modifié", "A4-01"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(16)))
    assert broken_at(engine) is None
    with database.reading(engine) as connection:
        assert len(audit_log.entries(connection, TERRITORY)) == 16
