"""Somebody else with an account on the server's machine: nothing that the server keeps opens to them."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.territory import TERRITORY
from sync_server.directory import new_territory
from sync_server.intake import epochs
from sync_server.operations import cli
from sync_server.storage import database, private_files
from tests.sync_server.world import TODAY, encounter, push


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def used(path: Path) -> None:
    """A server that has worked, and still runs as far as its `-wal` and `-shm` tell."""
    engine = database.connect(f"sqlite:///{path}")
    database.upgrade(engine)
    new_territory.create_territory(engine, TERRITORY, TODAY)
    push(engine, encounter())


@pytest.mark.usefixtures("_umask")
def test_the_database_and_what_stands_beside_it_are_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "server" / "trait-dunion.db"
    engine = database.connect(f"sqlite:///{path}")
    database.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1 FROM territory")
        found = {one.name: mode(one) for one in path.parent.iterdir()}
    engine.dispose()
    assert found.keys() >= {"trait-dunion.db", "trait-dunion.db-wal", "trait-dunion.db-shm"}
    assert set(found.values()) == {0o600}
    assert mode(path.parent) == mode(path.parent.parent) == 0o700


@pytest.mark.usefixtures("_umask")
def test_the_mark_outside_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "server.db"
    used(path)
    mark = epochs.outside_mark(f"sqlite:///{path}", tmp_path / "state" / "here", TERRITORY)
    engine = database.connect(f"sqlite:///{path}")
    mark.check(engine, TERRITORY, TODAY)
    engine.dispose()
    [kept] = (tmp_path / "state" / "here").iterdir()
    assert mode(kept) == 0o600
    assert mode(kept.parent) == mode(kept.parent.parent) == 0o700


def test_what_an_earlier_version_left_open_is_closed_at_the_start_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder, state = tmp_path / "server", tmp_path / "state"
    used(folder / "server.db")
    state.mkdir()
    (state / f"sequence-{TERRITORY}").write_text("x")
    opened = [folder, state, *folder.iterdir(), *state.iterdir()]
    for one in opened:
        one.chmod(0o755 if one.is_dir() else 0o644)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{folder / 'server.db'}")
    monkeypatch.setenv("STATE_FOLDER", str(state))
    with caplog.at_level(logging.WARNING):
        assert cli.main(["upgrade"]) == 0
    assert {mode(one) for one in opened if one.exists()} == {0o600, 0o700}
    told = [line for line in caplog.messages if "could be read by others" in line]
    assert len(told) == len(opened)
    caplog.clear()
    assert cli.main(["upgrade"]) == 0
    assert caplog.messages == []


def test_a_folder_that_is_not_ours_alone_is_told_and_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sticky, here = tmp_path / "tmp", tmp_path / "here"
    for one in (sticky, here):
        one.mkdir()
    sticky.chmod(0o1777)
    here.chmod(0o755)
    monkeypatch.chdir(here)
    assert [private_files.tighten(one, private_files.FOLDER) for one in (sticky, here, Path("/"))] == [False] * 3
    assert (mode(sticky), mode(here)) == (0o1777, 0o755)
    assert len(caplog.messages) == 3
    assert all("a folder of its own" in line for line in caplog.messages)


def test_a_file_is_never_open_for_a_moment(tmp_path: Path) -> None:
    with private_files.create(tmp_path / "a") as file:
        assert mode(tmp_path / "a") == 0o600
        file.write(b"x")
    with pytest.raises(FileExistsError):
        private_files.create(tmp_path / "a")
    private_files.make_file(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"x"


def test_older_backups_are_closed_and_their_folder_where_it_holds_nothing_else(tmp_path: Path) -> None:
    old = tmp_path / "trait-dunion-2026-03-09-02h00-journal-0-vide"
    old.write_bytes(b"x")
    for others in (True, False):
        tmp_path.chmod(0o755)
        old.chmod(0o644)
        (tmp_path / "photos").touch()
        if not others:
            (tmp_path / "photos").unlink()
        private_files.tighten_backups(tmp_path)
        assert mode(old) == 0o600
        assert mode(tmp_path) == (0o755 if others else 0o700)


def test_a_disk_that_is_only_read_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "key").touch(0o644)

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "chmod", refuse)
    assert not private_files.tighten(tmp_path / "key")
    assert "may be read by others" in caplog.text
