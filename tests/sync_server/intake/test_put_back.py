"""The database is put back to an earlier moment by other means than `restore`: nothing stays hidden, and the
server sees it by itself."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, make_url, select, update

from shared import wire
from shared.territory import TERRITORY
from sync_server.directory import new_territory
from sync_server.intake import epochs, sequence, store
from sync_server.operations import cli
from sync_server.settings import Settings
from sync_server.storage import audit_log, database
from sync_server.web.app import create_app
from tests.postgres import run_on_postgresql
from tests.sync_server.world import (
    COLLEAGUE,
    LONG_AGO,
    ME,
    TODAY,
    Clock,
    encounter,
    enrolled,
    people,
    pull,
    push,
)

LAND = store.TERRITORY


class Copies:
    """The whole database copied, and put back, below the server: a file, or a recovery of PostgreSQL."""

    def __init__(self, url: str, folder: Path, postgresql: str) -> None:
        self.url = make_url(url)
        self._copy = folder / "copy.db"
        self._postgresql = postgresql
        self._close: list[Callable[[], None]] = []

    def close_first(self, engine: Engine) -> None:
        self._close.append(engine.dispose)

    def save(self) -> None:
        self._disconnect()
        if self._postgresql:
            self._postgres(f"CREATE DATABASE {self.url.database}_copy TEMPLATE {self.url.database}")
            return
        with sqlite3.connect(str(self.url.database)) as source, sqlite3.connect(self._copy) as copy:
            source.backup(copy)
        source.close()
        copy.close()

    def put_back(self) -> None:
        self._disconnect()
        if self._postgresql:
            self._postgres(f"DROP DATABASE {self.url.database} WITH (FORCE)")
            self._postgres(f"CREATE DATABASE {self.url.database} TEMPLATE {self.url.database}_copy")
            return
        for ending in ("-wal", "-shm"):
            Path(f"{self.url.database}{ending}").unlink(missing_ok=True)
        shutil.copy(self._copy, str(self.url.database))

    def drop(self) -> None:
        self._disconnect()
        if self._postgresql:
            self._postgres(f"DROP DATABASE IF EXISTS {self.url.database}_copy")

    def _postgres(self, statement: str) -> None:
        run_on_postgresql(self._postgresql, statement)

    def _disconnect(self) -> None:
        for close in self._close:
            close()


@pytest.fixture
def copies(database_url: str, engine: Engine, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Copies]:
    url = "" if database_url.startswith("sqlite") else request.getfixturevalue("postgresql")
    found = Copies(database_url, tmp_path, url)
    found.close_first(engine)
    yield found
    found.drop()


def land(engine: Engine) -> Any:
    with database.reading(engine) as connection:
        return connection.execute(select(LAND)).one()


def told(engine: Engine) -> list[tuple[str, str]]:
    with database.reading(engine) as connection:
        return [(entry.login, entry.act) for entry in audit_log.entries(connection, TERRITORY)]


class Tablet:
    """What it holds of the others, and where it stands; `refetched` counts how often it had to start again."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers
        self.cursor: str | None = None
        self.held: set[str] = set()
        self.refetched = 0

    def push(self, client: TestClient, count: int) -> set[str]:
        records = [encounter() for _ in range(count)]
        answer = client.post("/sync/push", json={"records": records}, headers=self.headers)
        assert {r["status"] for r in answer.json()["receipts"]} == {"accepted"}
        return {record["id"] for record in records}

    def pull(self, client: TestClient, limit: int = 500) -> None:
        more = True
        while more:
            query = {"limit": str(limit)} | ({"cursor": self.cursor} if self.cursor else {})
            answer = client.get("/sync/pull", params=query, headers=self.headers)
            assert answer.status_code == 200, answer.text
            page = wire.Page.model_validate(answer.json())
            self.refetched += page.refetch
            self.held |= {record.id for record in people(page)}
            self.cursor, more = page.cursor, page.more or page.refetch


def serving(copies: Copies, clock: Clock, database_url: str) -> TestClient:
    app = create_app(Settings(database_url=database_url), clock)
    copies.close_first(app.state.context.engine)
    return TestClient(app, base_url="https://testserver")


@pytest.mark.parametrize("new", [3, 20, 25], ids="{} new records".format)
@pytest.mark.parametrize("restarted", [False, True], ids=["goes on", "restarted"])
def test_what_came_after_the_database_was_put_back_is_hidden_from_nobody(
    engine: Engine, database_url: str, copies: Copies, clock: Clock, restarted: bool, new: int
) -> None:
    client = serving(copies, clock, database_url)
    one, two, three = (Tablet(enrolled(client, engine)) for _ in range(3))
    before = one.push(client, 10)
    three.pull(client)
    copies.save()
    one.push(client, 20)
    two.pull(client)
    epoch = land(engine).epoch
    copies.put_back()
    if restarted:
        client = serving(copies, clock, database_url)
    after = three.push(client, new)
    two.held.clear()
    two.pull(client)
    assert two.held == before | after  # of `new`, none hidden
    assert land(engine).epoch != epoch
    assert land(engine).restored_seq == land(engine).seq
    assert told(engine) == [(epochs.SERVER, epochs.WENT_BACK)]
    later = two.push(client, 1)
    for tablet in (two, three, two):
        tablet.pull(client)
    assert (two.refetched, three.refetched) == (1, 1)
    assert later <= three.held
    assert len(told(engine)) == 1


def test_where_nothing_went_back_nobody_starts_again(
    engine: Engine, database_url: str, copies: Copies, clock: Clock
) -> None:
    client = serving(copies, clock, database_url)
    one, two = (Tablet(enrolled(client, engine)) for _ in range(2))
    sent = set[str]()
    for count, limit in ((7, 2), (1, 500), (12, 5), (3, 1)):
        sent |= one.push(client, count)
        two.pull(client, limit)
        client = serving(copies, clock, database_url)
    assert (two.held, two.refetched) == (sent, 0)
    assert told(engine) == []


def test_ten_tablets_at_once_begin_one_epoch(
    engine: Engine, database_url: str, copies: Copies, clock: Clock
) -> None:
    client = serving(copies, clock, database_url)
    tablets = [Tablet(enrolled(client, engine)) for _ in range(10)]
    copies.save()
    tablets[0].push(client, 5)
    for tablet in tablets:
        tablet.pull(client)
    copies.put_back()
    after = tablets[0].push(client, 8)
    start = threading.Barrier(len(tablets))

    def pull_together(tablet: Tablet) -> None:
        start.wait()
        tablet.pull(client)

    with ThreadPoolExecutor(len(tablets)) as together:
        list(together.map(pull_together, tablets))
    assert told(engine) == [(epochs.SERVER, epochs.WENT_BACK)]
    assert all(after <= tablet.held for tablet in tablets[1:])
    assert {tablet.refetched for tablet in tablets} == {1}


def test_only_some_tables_put_back_are_seen_too(engine: Engine) -> None:
    """The log and its number alone: the marks of what was lost are still there."""
    push(engine, encounter())
    seq = land(engine).seq
    push(engine, *(encounter() for _ in range(5)))
    cursor = pull(engine).cursor
    with database.writing(engine) as connection:
        connection.execute(store.RECORD.delete().where(store.RECORD.c.seq > seq))
        connection.execute(update(LAND).values(seq=seq))
    for count in (2, 6):
        push(engine, *(encounter() for _ in range(count)))
        assert pull(engine, cursor=cursor).refetch
        assert epochs.begin_if_went_back(engine, COLLEAGUE, cursor or "", TODAY) == (count == 2)


def forged(cursor: str) -> Iterator[str]:
    """What a tablet that lies could make of a cursor it was given."""
    epoch, number, mark, nonce, signature = cursor.split(".")
    far = str(int(number) + 10_000)
    yield f"{epoch}.{far}"
    yield f"{epoch}.{far}.{far}.{nonce}.{signature}"
    yield f"{epoch}.{number}.{mark}.00000000.{signature}"
    yield f"{epoch}.{number}.{mark}.{nonce}.{'A' * 16}"
    yield f"{epoch}.{far}.{mark}.{nonce}.{signature}"


def test_a_tablet_that_lies_cannot_begin_an_epoch(
    engine: Engine, database_url: str, copies: Copies, clock: Clock
) -> None:
    client = serving(copies, clock, database_url)
    tablet = Tablet(enrolled(client, engine))
    tablet.push(client, 3)
    tablet.pull(client)
    epoch = land(engine).epoch
    for cursor in forged(tablet.cursor or ""):
        answer = client.get("/sync/pull", params={"cursor": cursor}, headers=tablet.headers).json()
        assert (answer["refetch"], answer["records"]) == (True, []), cursor
    assert land(engine).epoch == epoch
    assert told(engine) == []
    assert land(engine).cursor_secret not in client.get("/sync/pull", headers=tablet.headers).text


def test_a_tablet_of_before_goes_on_where_it_was(engine: Engine) -> None:
    """Its cursor has no mark yet: it is believed up to what the log has, and proves nothing."""
    push(engine, encounter())
    old = f"{land(engine).epoch}.{land(engine).seq}"
    later = encounter()
    push(engine, later)
    page = pull(engine, cursor=old)
    assert [record.id for record in people(page)] == [later["id"]]
    assert pull(engine, cursor=page.cursor).records == []
    ahead = f"{land(engine).epoch}.{land(engine).seq + 1}"
    assert pull(engine, cursor=ahead).refetch
    assert not epochs.begin_if_went_back(engine, COLLEAGUE, ahead, TODAY)


def test_a_tablet_that_changes_team_reads_the_new_teams_records_from_the_beginning(engine: Engine) -> None:
    push(engine, encounter())
    moved = store.Sender(TERRITORY, "delle", COLLEAGUE.device_id)
    assert pull(engine, moved, pull(engine).cursor).refetch


@given(st.text(max_size=300) | st.from_regex(r"[a-z]{1,3}\.[0-9]{1,30}(\.[0-9]{1,30}\.[0-9a-f]{8}\.[\w-]{16})?"))
def test_any_text_is_read_as_a_cursor_or_as_none(text: str) -> None:
    found = sequence.read_cursor(text)
    assert found is None or (found.number < 10**18 and found.mark < 10**18)


def test_a_cursor_is_short_even_after_a_million_million_records(engine: Engine) -> None:
    with database.writing(engine) as connection:
        connection.execute(update(LAND).values(seq=10**15))
    push(engine, encounter())
    assert len(pull(engine).cursor or "") <= 100


# The mark outside the database, at the start of the server.


@pytest.fixture
def mark(database_url: str, tmp_path: Path) -> epochs.OutsideMark:
    return epochs.outside_mark(database_url, tmp_path / "state", TERRITORY)


def started(engine: Engine, mark: epochs.OutsideMark) -> bool:
    return mark.check(engine, TERRITORY, TODAY)


@pytest.mark.parametrize("new", [0, 2, 9])
def test_the_server_sees_at_its_start_that_the_database_was_put_back(
    engine: Engine, copies: Copies, mark: epochs.OutsideMark, new: int
) -> None:
    assert not started(engine, mark)
    push(engine, encounter())
    copies.save()
    push(engine, *(encounter() for _ in range(5)))
    mark.note(pull(engine).cursor)
    assert not started(engine, mark)
    epoch = land(engine).epoch
    copies.put_back()
    push(engine, *(encounter() for _ in range(new)))  # by a program that does not look
    assert started(engine, mark)
    assert land(engine).epoch != epoch
    assert land(engine).restored_seq == land(engine).seq
    assert told(engine) == [(epochs.SERVER, epochs.WENT_BACK)]
    assert not started(engine, mark)


def test_serve_looks_before_it_serves(
    engine: Engine, database_url: str, copies: Copies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[str] = []
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("STATE_FOLDER", str(tmp_path / "state"))
    monkeypatch.setattr(cli, "gc", SimpleNamespace(collect=bool, freeze=bool, set_threshold=bool))

    def serve(app: FastAPI, *_: object) -> None:
        copies.close_first(app.state.context.engine)
        served.append(land(engine).epoch)

    monkeypatch.setattr("sync_server.web.server.serve", serve)
    assert cli.main(["serve"]) == 0
    copies.save()
    push(engine, encounter())
    assert cli.main(["serve"]) == 0
    copies.put_back()
    assert cli.main(["serve"]) == 0
    assert cli.main(["new-epoch"]) == 0
    asked = land(engine).epoch
    assert cli.main(["serve"]) == cli.main(["serve"]) == 0
    assert [served[0] == served[1], served[1] == served[2], *(one == asked for one in served[3:])] == [
        True, False, True, True,
    ]  # fmt: skip
    assert [login for login, _ in told(engine)] == [audit_log.COMMAND_LINE, epochs.SERVER]


def test_an_epoch_that_was_lost_itself_is_seen_too(
    engine: Engine, copies: Copies, mark: epochs.OutsideMark
) -> None:
    started(engine, mark)
    copies.save()
    epochs.begin_by_command(engine, TERRITORY, TODAY)
    mark.note(pull(engine).cursor)
    copies.put_back()
    assert started(engine, mark)


def test_the_mark_is_never_ahead_of_what_was_handed_out(engine: Engine, mark: epochs.OutsideMark) -> None:
    push(engine, *(encounter() for _ in range(3)))
    first = pull(engine).cursor
    push(engine, encounter())
    mark.note(pull(engine).cursor)
    kept = mark.read()
    mark.note(first)
    mark.note(None)
    mark.note("not a cursor")
    assert mark.read() == kept == pull(engine).cursor


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"x.1", b"9" * 5_000])
def test_a_damaged_mark_says_nothing_and_is_written_anew(
    engine: Engine, mark: epochs.OutsideMark, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "state" / f"sequence-{TERRITORY}"
    path.parent.mkdir()
    path.write_bytes(content)
    assert started(engine, mark) == (content == b"x.1")  # a cursor, of another epoch
    assert mark.read().startswith(land(engine).epoch)


def test_a_mark_that_cannot_be_written_is_said_once_and_stops_nothing(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("a file")
    mark = epochs.outside_mark("sqlite://", tmp_path / "state", TERRITORY)
    with caplog.at_level(logging.WARNING):
        assert not started(engine, mark)
        push(engine, encounter())
        mark.note(pull(engine).cursor)
    assert [r.message.split(" in ")[0] for r in caplog.records] == ["The mark of the sequence cannot be written"]


def test_without_a_place_for_the_mark_the_log_says_so(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    mark = epochs.outside_mark("postgresql+psycopg://u:secret@host/base", None, TERRITORY)
    with caplog.at_level(logging.WARNING):
        assert not started(engine, mark)
    assert "STATE_FOLDER" in caplog.text
    assert "secret" not in caplog.text


def test_the_mark_stands_beside_the_sqlite_file(tmp_path: Path, clock: Clock) -> None:
    url = f"sqlite:///{tmp_path / 'a' / 'server.db'}"
    engine = database.connect(url)
    database.upgrade(engine)
    new_territory.create_territory(engine, TERRITORY, LONG_AGO)
    with TestClient(create_app(Settings(database_url=url), clock), base_url="https://testserver") as client:
        tablet = Tablet(enrolled(client, engine))
        tablet.push(client, 2)
        tablet.pull(client)
    engine.dispose()
    assert (tmp_path / "a" / f"server.db.sequence-{TERRITORY}").read_text().strip() == tablet.cursor


# The command.


def test_the_command_begins_another_epoch_says_so_and_writes_it_in_the_log(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    push(engine, encounter(), sender=ME)
    cursor, before = pull(engine).cursor, land(engine)
    assert cli.main(["new-epoch"]) == 0
    assert "les tablettes renverront ce qui manque" in capsys.readouterr().out
    after = land(engine)
    assert after.epoch != before.epoch
    assert (after.seq, after.restored_seq) == (before.seq, before.seq)
    assert told(engine) == [(audit_log.COMMAND_LINE, epochs.ASKED)]
    assert pull(engine, cursor=cursor).refetch
    assert len(people(pull(engine))) == 1


def test_the_command_refuses_a_database_without_the_territory(
    unused: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", unused.url.render_as_string(hide_password=False))
    assert cli.main(["new-epoch"]) == 2
    assert "n’est pas dans cette base" in capsys.readouterr().err
    assert database.is_empty(unused)
