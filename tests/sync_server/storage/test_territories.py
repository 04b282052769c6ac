"""A server is founded for a territory whose communes it has; for another it says so, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from shared import territory
from sync_server.directory import new_territory
from sync_server.intake.store import TERRITORY
from sync_server.operations import cli
from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.web.app import create_app
from tests.sync_server.world import LONG_AGO, encounter, push

COMMANDS = (
    ["upgrade"], ["serve"], ["demo", "--records", "1"], ["team", "a", "A", "jeunes"], ["code", "a"],
    ["account", "claire", "reader"], ["new-epoch"], ["backup", "file"], ["restore", "file"],
)  # fmt: skip
WITHOUT_DATA = ("25", "2A", "971", "", "090", " 90", "90 ", "９０", "x" * 5_000)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_every_command_refuses_a_territory_without_data_before_it_writes_anything(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'server' / 'base.db'}")
    monkeypatch.setenv("TERRITORY", "25")
    assert cli.main(command) == 2
    said = capsys.readouterr().err
    assert "« 25 »" in said
    assert "territoires connus : 90" in said
    assert "TERRITORY" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", WITHOUT_DATA)
def test_none_but_those_with_data_is_founded(engine: Engine, code: str) -> None:
    with pytest.raises(ValueError, match="n’a pas de données") as refusal:
        new_territory.create_territory(engine, code, LONG_AGO)
    assert len(str(refusal.value)) < 300
    with pytest.raises(ValueError, match="n’a pas de données"):
        create_app(Settings(database_url="sqlite://", territory=code))
    with database.reading(engine) as connection:
        assert connection.scalars(select(TERRITORY.c.code)).all() == [territory.TERRITORY]


def test_a_database_that_was_founded_wrongly_is_refused_and_keeps_all(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    push(engine, encounter())
    wrong = ("territory", "code"), ("record", "territory"), ("encounter", "territory"), ("commune", "territory")
    with database.writing(engine) as connection:
        for table, column in wrong:
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = '25'")
    with database.reading(engine) as connection:
        before = [connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2").all() for table, _ in wrong]
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("TERRITORY", "25")
    assert cli.main(["serve"]) == 2
    assert "rien n’a été changé" in capsys.readouterr().err
    with database.reading(engine) as connection:
        after = [connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2").all() for table, _ in wrong]
    assert after == before


def test_each_territory_that_is_known_has_its_own_data() -> None:
    folder = Path(territory.__file__).parent
    for code in territory.AVAILABLE:
        for name in (f"communes_{code}.csv", f"communes_{code}.geojson", f"services_{code}.json"):
            assert (folder / name).is_file()
        assert {insee[: len(code)] for insee in territory.communes()} == {code}
