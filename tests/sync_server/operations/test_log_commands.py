"""The log as the administrator checks it, from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update

from sync_server.operations import cli
from sync_server.settings import read_settings
from sync_server.storage import database, security_log
from sync_server.web.logs import heads
from tests.sync_server.world import PASSWORD

END, ENTRY = security_log.END, security_log.ENTRY


@pytest.fixture(autouse=True)
def _on_this_database(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SECURITY_LOG_KEY_FILE", str(tmp_path / "cles" / "journal.cle"))
    monkeypatch.setenv("BACKUP_PASSPHRASE", "une phrase de douze lettres")


def account(login: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: PASSWORD)
    assert cli.main(["account", login, "reader"]) == 0


def tell(path: Path) -> None:
    """Tell the head, as the server does each hour."""
    with cli._opened() as context:
        settings = read_settings().model_copy(update={"security_heads": str(path)})
        heads.tell_head(context.__class__(context.engine, settings, context.clock))


def test_a_log_that_holds_says_how_long_it_is(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account("lecture", monkeypatch)
    tell(tmp_path / "tetes")
    assert cli.main(["check-log", "--heads", str(tmp_path / "tetes")]) == 0
    assert "2 lignes ; 1 relevé comparé." in capsys.readouterr().out


def test_a_log_cut_with_its_end_makes_the_command_fail(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account("lecture", monkeypatch)
    tell(tmp_path / "tetes")
    with database.writing(engine) as connection:
        connection.execute(delete(ENTRY))
        connection.execute(update(END).values(number=0, digest=security_log.BEGINNING))
    assert cli.main(["check-log"]) == 0
    said = capsys.readouterr()
    assert "une fin coupée ne se verrait pas" in said.err
    assert cli.main(["check-log", "--heads", str(tmp_path / "tetes")]) == 1
    assert "coupé ou réécrit" in capsys.readouterr().out


def test_the_usual_heads_are_found_beside_the_key(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account("lecture", monkeypatch)
    tell(tmp_path / "cles" / "journal.tetes")
    assert cli.main(["check-log"]) == 0
    assert "1 relevé comparé" in capsys.readouterr().out


def test_a_key_that_was_lost_is_told_and_the_old_one_can_be_given(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account("lecture", monkeypatch)
    key = tmp_path / "cles" / "journal.cle"
    key.rename(tmp_path / "ancienne.cle")
    account("lecture", monkeypatch)
    assert cli.main(["check-log"]) == 1
    assert "d’une autre clé" in capsys.readouterr().out
    assert cli.main(["check-log", "--old-key", str(tmp_path / "ancienne.cle")]) == 0


def test_the_log_is_printed_a_line_a_fact_for_another_program(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    account("lecture", monkeypatch)
    assert cli.main(["print-log"]) == 0
    began, act = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (began["numero"], began["fait"]) == (1, "Début de ce journal")
    assert (act["fait"], act["qui"]) == ("Acte inscrit au journal", "ligne de commande")


def test_a_backup_and_its_restoring_are_in_the_log_that_goes_on(
    unused: Engine,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    database_url: str,
) -> None:
    account("lecture", monkeypatch)
    assert cli.main(["backup", str(tmp_path / "lundi")]) == 0
    account("autre", monkeypatch)
    tell(tmp_path / "tetes")  # of what the backup does not have
    monkeypatch.setenv("DATABASE_URL", unused.url.render_as_string(hide_password=False))
    assert cli.main(["restore", str(tmp_path / "lundi")]) == 0
    capsys.readouterr()
    assert cli.main(["check-log", "--heads", str(tmp_path / "tetes")]) == 0, capsys.readouterr().out
    assert cli.main(["print-log"]) == 0
    facts = [json.loads(line)["fait"] for line in capsys.readouterr().out.splitlines()[-2:]]
    assert facts == ["Acte inscrit au journal", "Sauvegarde restaurée"]


def test_a_base_of_before_this_log_says_what_to_do(
    unused: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", unused.url.render_as_string(hide_password=False))
    assert cli.main(["check-log"]) == 2
    assert "upgrade" in capsys.readouterr().err
