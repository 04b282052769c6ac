"""What an intruder does to the security log, and what is seen of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from shared.territory import TERRITORY
from sync_server.storage import audit_log, database, log_check, security_log
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.log_check import LogHead
from sync_server.storage.log_keys import LogKey
from sync_server.storage.security_log import END, ENTRY, Happening
from sync_server.storage.tables import Territory, table
from tests.sync_server.world import TODAY

KEY, OTHER_KEY = LogKey(b"k" * 32), LogKey(b"o" * 32)
ACTOR = Actor(TERRITORY, "coordination", TODAY)
NOON = 1_796_000_000
HOUR = 3_600


@pytest.fixture
def server(engine: Engine) -> Engine:
    return security_log.keyed(engine, KEY)


@pytest.fixture
def used(server: Engine) -> Engine:
    """A log of a morning: the beginning, two sign-ins, an act of the console, a file."""
    happen(server, Happening("signed-in", "coordination", "192.0.2.7"))
    happen(server, Happening("wrong-password", "admin", "198.51.100.9"))
    act(server, "A4-02")
    happen(server, Happening("export", "coordination", "/console/saisies-detail.xlsx", 12), NOON + HOUR)
    return server


def happen(engine: Engine, happened: Happening, at: int = NOON) -> None:
    with database.writing(engine) as connection:
        security_log.note(connection, TERRITORY, at, happened)


def act(engine: Engine, subject: str) -> None:
    with database.writing(engine) as connection:
        audit_log.note(connection, ACTOR, Act("Objectif modifié", subject), None, {"Cible": "12"})


def kinds(engine: Engine) -> list[str]:
    with database.reading(engine) as connection:
        return [entry.kind for entry in security_log.read_all(connection, TERRITORY)]


def head(engine: Engine, at: int = NOON) -> LogHead:
    with database.reading(engine) as connection:
        return LogHead(at, TERRITORY, *security_log.end(connection, TERRITORY))


def found(engine: Engine, *heads: LogHead, keys: tuple[LogKey, ...] = (KEY,)) -> list[str]:
    with database.reading(engine) as connection:
        return log_check.check(connection, TERRITORY, keys, heads)


def change(engine: Engine, *statements: Any) -> None:
    """What somebody does who may write in the database, and has not the key."""
    with database.writing(engine) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_quiet_morning_holds(used: Engine) -> None:
    assert kinds(used) == ["began", "signed-in", "wrong-password", "act", "export"]
    assert found(used, head(used)) == []


def test_a_log_not_begun_holds(server: Engine) -> None:
    assert found(server) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("who", "quelqu’un"), ("at", NOON - 60), ("kind", "signed-out"), ("about", "ailleurs"), ("count", 1)],
)
def test_an_entry_whose_words_are_changed_is_seen(used: Engine, name: str, value: object) -> None:
    change(used, update(ENTRY).where(ENTRY.c.number == 3).values({name: value}))
    assert found(used) == [log_check.CHANGED.format(number=3)]


@pytest.mark.parametrize("number", [1, 2, 4])
def test_an_entry_that_is_taken_out_is_seen(used: Engine, number: int) -> None:
    change(used, delete(ENTRY).where(ENTRY.c.number == number))
    assert log_check.CHANGED.format(number=number) in found(used)


def test_two_entries_that_change_places_are_seen(used: Engine) -> None:
    numbered = update(ENTRY).where(ENTRY.c.territory == TERRITORY)
    change(
        used,
        numbered.where(ENTRY.c.number == 2).values(number=99),
        numbered.where(ENTRY.c.number == 3).values(number=2),
        numbered.where(ENTRY.c.number == 99).values(number=3),
    )
    assert found(used) == [log_check.CHANGED.format(number=2)]


def test_an_end_cut_off_is_seen_by_the_row_that_says_where_it_was(used: Engine) -> None:
    change(used, delete(ENTRY).where(ENTRY.c.number == 5))
    assert found(used) == [log_check.CUT.format(told=5, number=4)]


def cut(engine: Engine, last: int) -> None:
    """Cut the log after that entry, with the row that says where it ends."""
    with database.writing(engine) as connection:
        digest = connection.scalar(select(ENTRY.c.digest).where(ENTRY.c.number == last))
    change(engine, delete(ENTRY).where(ENTRY.c.number > last), update(END).values(number=last, digest=digest))


def test_a_log_cut_with_its_end_row_is_seen_by_what_was_told_outside(used: Engine) -> None:
    told = head(used)
    cut(used, 4)
    assert found(used) == []  # inside the database, nothing shows
    [said] = found(used, told)
    assert "n° 5" in said
    assert log_check.GONE in said


def test_a_log_cut_and_gone_on_is_seen_too(used: Engine) -> None:
    told = head(used)
    cut(used, 3)
    for _ in range(4):
        happen(used, Happening("signed-in", "coordination"))
    unanswered, lost = found(used, told)
    assert unanswered == log_check.ACT_UNKNOWN.format(number=1)
    assert log_check.OTHER in lost


def rewrite(engine: Engine, key: LogKey) -> None:
    """Write the whole log anew without the wrong password, well chained, under a key of one's own."""
    with database.writing(engine) as connection:
        rows = [dict(row._mapping) for row in security_log.read_all(connection, TERRITORY)]
        connection.execute(delete(ENTRY))
        previous = security_log.BEGINNING
        for number, row in enumerate((row for row in rows if row["kind"] != "wrong-password"), 1):
            row |= {"number": number, "previous": previous, "key_id": KEY.id}
            row["digest"] = previous = security_log.seal(TERRITORY, row, key)
            connection.execute(insert(ENTRY).values(row))
        connection.execute(update(END).values(number=number, digest=previous))


def test_a_whole_log_written_anew_without_the_key_is_seen(used: Engine) -> None:
    rewrite(used, OTHER_KEY)
    assert found(used) == [log_check.CHANGED.format(number=1)]


def test_a_log_of_another_key_says_so_until_the_key_is_given(server: Engine, used: Engine) -> None:
    newer = security_log.keyed(server, OTHER_KEY)  # the file was lost: the server made another
    happen(newer, Happening("signed-in", "admin"))
    assert found(newer, keys=(OTHER_KEY,)) == [log_check.OTHER_KEY.format(first=1, last=5, id=KEY.id)]
    assert found(newer, keys=(OTHER_KEY, KEY)) == []


def test_an_act_changed_in_the_audit_log_with_a_whole_chain_is_seen(used: Engine) -> None:
    act(used, "A4-03")
    with database.writing(used) as connection:
        rows = [dict(row._mapping) for row in reversed(audit_log.entries(connection, TERRITORY))]
        connection.execute(delete(audit_log.ENTRY))
        previous = audit_log.BEGINNING
        for row in rows:
            row |= {"login": "quelqu’un", "previous": previous}
            row["digest"] = previous = audit_log._digest(row)
            connection.execute(insert(audit_log.ENTRY).values(row))
        connection.execute(update(table(Territory)).values(log_digest=previous))
        assert audit_log.broken_at(connection, TERRITORY) is None  # alone, that log saw nothing
    assert found(used) == [log_check.ACT_CHANGED.format(number=number) for number in (1, 2)]


def test_an_audit_log_cut_with_its_end_is_seen(used: Engine) -> None:
    land = table(Territory)
    change(used, delete(audit_log.ENTRY), update(land).values(log_number=0, log_digest=""))
    assert found(used) == [log_check.ACT_CHANGED.format(number=1)]


def test_acts_of_before_this_log_are_answered_for_where_they_ended(engine: Engine) -> None:
    act(engine, "A4-01")
    act(engine, "A4-02")
    server = security_log.keyed(engine, KEY)
    happen(server, Happening("signed-in", "coordination"))
    assert found(server) == []
    entry = audit_log.ENTRY
    change(server, delete(entry).where(entry.c.number == 2))
    assert log_check.ACT_CHANGED.format(number=2) in found(server)


def test_an_act_slipped_in_past_the_server_is_seen(used: Engine, database_url: str) -> None:
    other = database.connect(database_url)  # whoever has the password of the database, and not the key
    act(other, "A4-05")
    other.dispose()
    assert found(used) == [log_check.ACT_UNKNOWN.format(number=2)]


def test_a_backup_put_back_explains_what_went_after_it_and_nothing_else(used: Engine) -> None:
    before, after = head(used), replace(head(used, NOON + 60), number=8, digest="f" * 64)
    happen(used, Happening("restored", "ligne de commande", "lundi", 5), NOON + HOUR)
    assert found(used, before, after) == []
    later = replace(after, at=NOON + 2 * HOUR)
    assert len(found(used, later)) == 1
    lied = replace(before, digest="e" * 64)
    assert len(found(used, lied)) == 1


def test_two_servers_write_one_log_without_a_gap(used: Engine, database_url: str) -> None:
    other = security_log.keyed(database.connect(database_url), KEY)
    many = [
        threading.Thread(target=happen, args=(engine, Happening("signed-in", f"c{number}")))
        for number in range(12)
        for engine in (used, other)
    ]
    for one in many:
        one.start()
    for one in many:
        one.join()
    other.dispose()
    assert head(used).number == 5 + 24
    assert found(used) == []


def test_what_is_undone_leaves_no_entry(used: Engine) -> None:
    with used.connect().execution_options(writes=True) as connection:
        security_log.note(connection, TERRITORY, NOON, Happening("enrolled", "tablette"))
        connection.rollback()
    assert head(used).number == 5
    assert found(used) == []


def lines() -> Iterator[str]:
    yield "Dec  1 09:00:01 serveur trait-dunion: 2026-12-01T08:00:00Z 90 12 " + "a" * 64
    yield '{"reference": "ad1f1649", "route": "/console"}'
    yield "2026-12-01T09:00:00Z 90 13 " + "b" * 64
    yield "2026-12-01T09:00:00Z 90 13 court"


def test_heads_are_found_in_a_system_log_among_other_lines() -> None:
    first, second = log_check.read_heads(lines())
    assert (first.number, second.number, second.at - first.at) == (12, 13, HOUR)
    assert log_check.read_heads([first.write()]) == [first]


def test_a_login_full_of_line_ends_makes_one_line_of_the_log(used: Engine) -> None:
    happen(used, Happening("wrong-password", "a\nconnexion réussie\r\n" * 9, "x" * 999))
    with database.reading(used) as connection:
        *_, last = security_log.read_all(connection, TERRITORY)
    assert len(last.who) == 100
    assert len(last.about) == security_log.LONGEST
    assert found(used) == []


def test_an_audit_log_cut_back_and_gone_on_over_the_same_numbers_is_seen(used: Engine) -> None:
    land = table(Territory)
    change(used, delete(audit_log.ENTRY), update(land).values(log_number=0, log_digest=""))
    act(used, "A4-09")  # the server goes on from there, and its key seals a second act of that number
    assert found(used) == [log_check.ACT_CHANGED.format(number=1)]


def test_who_stole_the_key_that_was_replaced_adds_no_act_with_it(server: Engine, used: Engine) -> None:
    newer = security_log.keyed(server, OTHER_KEY)
    happen(newer, Happening("signed-in", "admin"))
    act(used, "A4-06")  # by the stolen key
    act(newer, "A4-07")
    assert found(newer, keys=(OTHER_KEY, KEY)) == [log_check.KEY_BACK.format(number=7, id=KEY.id)]
