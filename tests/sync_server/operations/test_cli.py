"""The administrator's commands, as typed."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
from sqlalchemy import Engine, func, select

from shared.territory import TERRITORY
from sync_server.access import accounts, sessions
from sync_server.intake import store
from sync_server.operations import cli
from sync_server.storage import audit_log, database
from sync_server.storage.tables import Account, HeldRecord, Team, table
from tests.sync_server.world import NOW, of_kind, push


@pytest.fixture(autouse=True)
def _on_this_database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)


def test_a_new_server_is_made_ready_team_by_team(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["upgrade"]) == 0
    assert cli.main(["team", "giromagny", "Équipe de Giromagny", "trait-dunion"]) == 0
    assert cli.main(["code", "giromagny"]) == 0
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{2}\n", capsys.readouterr().out)
    with database.reading(engine) as connection:
        assert connection.scalars(select(table(Team).c.name)).all() == ["Équipe de Giromagny"]


def test_the_code_comes_with_the_link_to_send_once_the_public_address_is_set(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.main(["team", "giromagny", "Équipe de Giromagny", "trait-dunion"])
    cli.main(["code", "giromagny"])
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1  # a script takes the code, and only that
    assert "PUBLIC_ADDRESS" in said.err
    monkeypatch.setenv("PUBLIC_ADDRESS", "https://terrain.exemple.fr")
    assert cli.main(["code", "giromagny"]) == 0
    said = capsys.readouterr()
    code, link = said.out.splitlines()
    assert link == (
        "Lien à ouvrir sur la tablette dans les 15 minutes, une seule fois : "
        f"https://terrain.exemple.fr/app/#code={code}"
    )
    assert said.err == ""


def test_a_team_may_be_renamed(engine: Engine) -> None:
    cli.main(["team", "delle", "Delle", "trait-dunion"])
    cli.main(["team", "delle", "Delle et Grandvillars", "jeunes"])
    with database.reading(engine) as connection:
        assert connection.execute(select(table(Team).c.name, table(Team).c.action)).all() == [
            ("Delle et Grandvillars", "jeunes")
        ]


def test_an_account_takes_its_password_from_the_standard_input(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("une phrase assez longue\n"))
    assert cli.main(["account", "coordination", "coordinator", "--password-stdin"]) == 0
    later = int(NOW.timestamp()) + 60
    assert accounts.sign_in(engine, TERRITORY, "coordination", "une phrase assez longue", later)


def told(engine: Engine) -> list[tuple[str, str, str]]:
    with database.reading(engine) as connection:
        return [(e.login, e.act, e.subject) for e in reversed(audit_log.entries(connection, TERRITORY))]


def test_codes_and_accounts_made_by_the_commands_are_in_the_log_without_their_secrets(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["team", "giromagny", "Équipe de Giromagny", "trait-dunion"])
    cli.main(["code", "giromagny"])
    code = capsys.readouterr().out.strip()
    for role in ("coordinator", "reader"):
        monkeypatch.setattr("sys.stdin", io.StringIO("une phrase assez longue\n"))
        cli.main(["account", "claire", role, "--password-stdin"])
    by = audit_log.COMMAND_LINE
    assert told(engine) == [
        (by, "Code d’enrôlement créé", "équipe giromagny"),
        (by, "Compte créé", "claire"),
        (by, "Compte modifié", "claire"),
    ]
    with database.reading(engine) as connection:
        entries = audit_log.entries(connection, TERRITORY)
        assert audit_log.broken_at(connection, TERRITORY) is None
    assert (entries[0].before, entries[0].after) == (
        '{"Rôle": "coordination"}',
        '{"Mot de passe": "nouveau", "Rôle": "lecture"}',
    )
    kept = " ".join(str(value) for entry in entries for value in entry)
    for secret in (code, code.replace("-", ""), sessions.hash_secret(code.replace("-", "")), "phrase", "argon2"):
        assert secret not in kept


def test_what_was_refused_is_not_in_the_log(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("court\n"))
    assert cli.main(["account", "claire", "coordinator", "--password-stdin"]) == 2
    assert cli.main(["code", "atlantis"]) == 2
    assert told(engine) == []


def test_a_short_password_is_refused_with_a_sentence(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("court\n"))
    assert cli.main(["account", "coordination", "coordinator", "--password-stdin"]) == 2
    assert "12 caractères" in capsys.readouterr().err
    with database.reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(table(Account))) == 0


def test_a_code_for_a_team_that_is_none_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["code", "atlantis"]) == 2
    assert "Cette équipe n’existe pas" in capsys.readouterr().err


def test_the_demonstration_fills_once(engine: Engine) -> None:
    counts = []
    for _ in range(2):
        assert cli.main(["demo", "--records", "60"]) == 0
        with database.reading(engine) as connection:
            counts.append(connection.scalar(select(func.count()).select_from(table(HeldRecord))) or 0)
            assert store.is_synthetic(connection, TERRITORY)
            assert connection.scalars(select(table(Team).c.action).order_by(table(Team).c.id)).all() == [
                "jeunes",
                "trait-dunion",
            ]
    assert counts[0] == counts[1] > 60


def test_the_demonstration_does_not_mix_with_true_records(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    push(engine, of_kind("encounter"))
    assert cli.main(["demo"]) == 2
    assert "Donnez une base vide" in capsys.readouterr().err
    with database.reading(engine) as connection:
        assert not store.is_synthetic(connection, TERRITORY)


COMMANDS = ("upgrade", "serve", "new-epoch", "team", "code", "account", "backup", "backup-key", "restore", "demo")
ENGLISH = re.compile(
    r"usage:|commands\b|show|exit|default|required|error|missing|text\b|integer|path\b", re.IGNORECASE
)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = cli.main(words)
    captured = capsys.readouterr()
    return status, " ".join(captured.out.split()), " ".join(captured.err.split())


def test_the_help_names_every_command_and_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = said(capsys, "--help")
    assert (status, err) == (0, "")
    assert out.startswith("Emploi : python -m sync_server COMMANDE [OPTIONS]")
    assert "docs/reglages.md" in out
    for name in COMMANDS:
        assert re.search(rf" {name} [A-ZÀÉ]", out), name
    assert not ENGLISH.search(out)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_explains_each_word_it_takes(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = said(capsys, name, "--help")
    assert status == 0
    taken = re.match(rf"Emploi : python -m sync_server {name} (.*?)\[OPTIONS\]", out)
    assert taken, out
    for word in taken[1].split():
        assert re.search(rf" {word} [A-ZÀÉ]", out.split("Arguments :")[1]), word
    assert not ENGLISH.search(out.replace("--password-stdin", ""))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Donnez une de ces commandes : upgrade, "),
        (("dance",), "Donnez une de ces commandes : upgrade, "),
        (("team", "delle"), "Il manque NOM : le nom de l’équipe tel qu’il s’affiche."),
        (("team", "delle", "Delle", "danse"), "ACTION : « danse » n’existe pas. Choisissez jeunes ou trait"),
        (("account", "claire", "reine"), "RÔLE : « reine » n’existe pas. Choisissez coordinator ou reader ou"),
        (("demo", "--records", "beaucoup"), "--records : cette valeur ne convient pas, il faut un nombre entier."),
        (("demo", "--records"), "L’option « --records » demande une valeur."),
        (("upgrade", "--force"), "L’option « --force » n’existe pas."),
        (("code", "a", "b"), "Il y a un mot de trop."),
        (("backup", "--clear", "/dev/null/là"), "Le fichier « /dev/null » ne peut pas être lu ou écrit"),
    ],
)  # fmt: skip
def test_what_is_typed_wrongly_is_answered_in_french_with_what_to_type(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = said(capsys, *words)
    assert (status, out) == (2, "")
    assert sentence in err
    assert not ENGLISH.search(re.sub("« .*? »|(?<=\\().*?(?=\\))", "", err)), err
    assert "--help »" in err or "recommencez" in err


def test_a_wrong_setting_is_named_in_french_without_its_value(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION_HOURS", "4321")
    monkeypatch.setenv("SERVER_PORT", "secret")
    status, _, err = said(capsys, "upgrade")
    assert status == 2
    assert "SERVER_PORT doit être un nombre entier ; SESSION_HOURS doit être au plus 24" in err
    assert "secret" not in err
    assert "4321" not in err


@pytest.mark.parametrize("url", ["pas une adresse", "oracle7://x/y", "sqlite:////dev/null/x.db"])
def test_a_database_that_does_not_answer_is_told_in_french(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    status, _, err = said(capsys, "upgrade")
    assert status == 2
    assert "Traceback" not in err
    assert re.search("DATABASE_URL|Vérifiez", err)


@pytest.mark.parametrize("module", ["sync_server", "sync_server.cli"])
def test_a_script_sees_by_the_exit_code_that_a_command_failed(module: str, engine: Engine) -> None:
    done = subprocess.run([sys.executable, "-m", module, "code", "atlantis"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Cette équipe n’existe pas" in done.stderr
