"""The cursor follows the order of commit: no record is ever hidden from a reader (SYNC, requirement 3)."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, update

from shared import territory
from shared.territory import TERRITORY
from sync_server.intake import store
from sync_server.storage import database
from sync_server.storage.tables import HeldRecord, Territory, table
from tests.sync_server.world import COLLEAGUE, ME, TODAY, encounter, new_id, people, pull, push

RECORD, LAND = table(HeldRecord), table(Territory)
WRITERS, BATCHES, SIZE = 8, 12, 5


def read_all(engine: Engine, cursor: str | None, seen: list[str]) -> str | None:
    while True:
        page = pull(engine, COLLEAGUE, cursor, limit=7)
        seen += [record.id for record in people(page)]
        cursor = page.cursor
        if not page.more:
            return cursor


def test_eight_writers_with_slow_commits_hide_nothing_from_a_polling_reader(engine: Engine) -> None:
    dice = random.Random(3)
    event.listen(engine, "commit", lambda _: time.sleep(dice.random() * 0.01))
    batches = [[encounter() for _ in range(SIZE)] for _ in range(WRITERS * BATCHES)]
    written = [record["id"] for batch in batches for record in batch]
    seen: list[str] = []
    done = threading.Event()

    def poll() -> None:
        cursor = None
        while not done.is_set():
            cursor = read_all(engine, cursor, seen)
        read_all(engine, cursor, seen)

    reader = threading.Thread(target=poll)
    reader.start()
    with ThreadPoolExecutor(WRITERS) as writers:
        receipts = list(writers.map(lambda batch: store.accept(engine, ME, batch, TODAY), batches))
    done.set()
    reader.join()
    assert {r.status for batch in receipts for r in batch} == {"accepted"}
    assert sorted(seen) == sorted(written)  # none hidden, none twice


def _insert(connection: Connection, seq: int) -> str:
    """A row of the log with that number, as a server that numbers differently would write it."""
    record_id = new_id()
    connection.execute(
        insert(RECORD).values(
            territory=TERRITORY, id=record_id, kind="presence", revision=1, digest="", seq=seq, team=ME.team,
            device_id=ME.device_id, received_on=TODAY, deleted=False, body="{}",
        )
    )  # fmt: skip
    return record_id


def _number(connection: Connection) -> int:
    taken = update(LAND).values(seq=LAND.c.seq + 1).returning(LAND.c.seq)
    return int(connection.execute(taken).scalar_one())


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_reader_above_does_see_a_server_that_numbers_before_the_commit(engine: Engine) -> None:
    """The control: a number taken in a transaction of its own lets a later one overtake it, for ever."""
    with database.writing(engine) as connection:
        early = _number(connection)
    with engine.connect() as slow, slow.begin():
        hidden = _insert(slow, early)
        with database.writing(engine) as connection:
            shown = _insert(connection, _number(connection))
        seen: list[str] = []
        cursor = read_all(engine, None, seen)
    read_all(engine, cursor, seen)
    assert shown in seen
    assert hidden not in seen


def test_pages_join_without_gap_or_repeat_whatever_their_size(engine: Engine) -> None:
    push(engine, *(encounter() for _ in range(23)))
    for limit in (1, 2, 5, 22, 23, 24, 500):
        cursor, seen, more = None, [], True
        while more:
            page = pull(engine, COLLEAGUE, cursor, limit)
            assert len(page.records) <= limit
            cursor, more = page.cursor, page.more
            seen += [record.id for record in people(page)]
        assert len(seen) == len(set(seen)) == 23


def test_a_reader_up_to_date_gets_only_what_is_new(engine: Engine) -> None:
    push(engine, encounter())
    cursor = pull(engine).cursor
    assert pull(engine, cursor=cursor).records == []
    later = encounter()
    push(engine, later)
    assert [record.id for record in pull(engine, cursor=cursor).records] == [later["id"]]


@pytest.mark.parametrize("cursor", ["x", "x.1", "abc", ".", "-1", "é.²", "a.b.c"])
def test_a_foreign_cursor_says_refetch_never_a_silent_gap(engine: Engine, cursor: str) -> None:
    page = pull(engine, cursor=cursor)
    assert (page.refetch, page.records, page.cursor) == (True, [], None)


def test_a_cursor_from_after_the_backup_says_refetch(engine: Engine) -> None:
    push(engine, encounter())
    ahead = pull(engine).cursor
    with database.writing(engine) as connection:  # yesterday's backup knows fewer records
        connection.execute(update(LAND).values(seq=3))
    assert pull(engine, cursor=ahead).refetch


def test_another_epoch_says_refetch(engine: Engine) -> None:
    cursor = pull(engine).cursor
    with database.writing(engine) as connection:
        connection.execute(update(LAND).values(epoch="another"))
    assert pull(engine, cursor=cursor).refetch


def test_a_tablet_sees_its_team_and_the_directory_but_not_another_team(engine: Engine) -> None:
    push(engine, encounter())
    assert len(people(pull(engine, COLLEAGUE))) == 1
    stranger = store.Sender(TERRITORY, "delle", "device-9")
    assert people(pull(engine, stranger)) == []
    assert len(pull(engine, stranger).records) == len(territory.services())


def test_a_tablet_does_not_get_back_what_it_sent_itself(engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    assert people(pull(engine, ME)) == []
    push(engine, encounter(met["id"], 2, 1, gender="femme"), sender=COLLEAGUE)
    assert [r.revision for r in people(pull(engine, ME))] == [2]


def tombstone(record_id: str) -> dict[str, Any]:
    return {"id": record_id, "kind": "encounter", "revision": 2, "base_revision": 1, "deleted": True}


def test_a_tablet_sees_ninety_days_and_every_deletion_whatever_its_day(engine: Engine) -> None:
    old, recent = encounter(day="2025-11-01"), encounter()
    push(engine, old, recent)
    since = TODAY.replace(month=1)
    assert [r.id for r in people(pull(engine, since=since))] == [recent["id"]]
    for met in (old, recent):
        push(engine, tombstone(met["id"]))
    gone = [(old["id"], True), (recent["id"], True)]
    assert [(r.id, r.deleted) for r in people(pull(engine, since=since))] == gone


OLD = "2025-11-01"
SINCE = TODAY - timedelta(days=90)


def read_on(engine: Engine, cursor: str | None, limit: int = 500, since: date = SINCE) -> tuple[list[Any], Any]:
    """What a colleague's tablet pulls from there on, and its next cursor."""
    found: list[Any] = []
    while True:
        page = pull(engine, COLLEAGUE, cursor, limit, since)
        found += [(r.id, r.revision) for r in people(page)]
        cursor = page.cursor
        if not page.more and not page.refetch:
            return found, cursor


def test_a_day_put_right_to_before_the_window_reaches_who_holds_the_record(engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    seen, cursor = read_on(engine, None)
    assert seen == [(met["id"], 1)]
    push(engine, encounter(met["id"], 2, 1, day=OLD))
    later, cursor = read_on(engine, cursor)
    assert later == [(met["id"], 2)]
    push(engine, encounter(met["id"], 3, 2, day=OLD, gender="femme"))  # out of the window already
    later, cursor = read_on(engine, cursor)
    assert later == [(met["id"], 3)]
    assert read_on(engine, cursor)[0] == []
    for limit in (1, 2, 500):
        assert read_on(engine, None, limit)[0] == []  # a new tablet pulls none of it


def test_what_grew_old_on_the_tablets_is_put_right_there_too(engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    _, cursor = read_on(engine, None)
    much_later = TODAY + timedelta(days=200)
    edited = encounter(met["id"], 2, 1, gender="femme")
    store.accept(engine, ME, [edited], much_later)
    since = much_later - timedelta(days=90)
    assert read_on(engine, cursor, since=since)[0] == [(met["id"], 2)]
    assert read_on(engine, None, since=since)[0] == []


def test_what_nobody_could_hold_stays_where_it_is(engine: Engine) -> None:
    _, cursor = read_on(engine, None)
    met = encounter(day=OLD)
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, day=OLD, gender="femme"))
    assert read_on(engine, cursor)[0] == []


def test_a_day_put_right_while_a_new_tablet_pulls_reaches_it(engine: Engine) -> None:
    met = [encounter() for _ in range(3)]
    push(engine, *met)
    first = pull(engine, COLLEAGUE, None, len(territory.services()) + 1, SINCE)  # and one or two of the three
    held = {r.id for r in people(first)}
    assert first.more
    assert held
    push(engine, *(encounter(one["id"], 2, 1, day=OLD) for one in met))
    rest, _ = read_on(engine, first.cursor, 1)
    assert held <= {record_id for record_id, _ in rest}


def test_who_starts_again_after_a_restore_learns_of_it(engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    _, cursor = read_on(engine, None)
    push(engine, encounter(met["id"], 2, 1, day=OLD))
    with database.writing(engine) as connection:
        store.begin_epoch(connection)
    assert read_on(engine, cursor, 5)[0] == [(met["id"], 2)]
    assert read_on(engine, None, 5)[0] == []


def test_who_changes_teams_is_new_there(engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, day=OLD))
    elsewhere = pull(engine, store.Sender(TERRITORY, "delle", "device-2")).cursor
    page = pull(engine, COLLEAGUE, elsewhere, since=SINCE)
    assert (page.refetch, page.cursor) == (True, None)


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_who_starts_again_learns_every_deletion_its_own_too(engine: Engine, limit: int) -> None:
    gone = [encounter(day=f"2025-{month:02}-01") for month in range(1, 9)]
    push(engine, *gone)
    push(engine, *(tombstone(met["id"]) for met in gone))
    for sender in (ME, COLLEAGUE):
        learned, cursor, more = list[str](), None, True
        while more:
            page = pull(engine, sender, cursor, limit, since=TODAY)
            learned += [r.id for r in people(page) if r.deleted and not r.fields]
            cursor, more = page.cursor, page.more
        assert sorted(learned) == sorted(met["id"] for met in gone)
    stranger = store.Sender(TERRITORY, "delle", "device-9")
    assert people(pull(engine, stranger, since=TODAY)) == []
