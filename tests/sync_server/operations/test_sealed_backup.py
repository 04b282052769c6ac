"""A backup is stolen, or changed where it lies: it says nothing, and nothing false is restored from it."""

from __future__ import annotations

import getpass
import gzip
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sync_server.operations import backup, backup_commands, cli, sealing
from sync_server.operations.sealed_backup import BackupError
from sync_server.operations.sealing import Secret
from sync_server.storage import database
from tests.sync_server.operations.test_sealing import HEAD, KEY, PHRASE, WORDS, seal, unseal
from tests.sync_server.world import NOW, encounter, people, pull, push


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derived in a thousandth of the time; `test_sealing` looks at what a server uses."""
    monkeypatch.setattr(sealing, "COST", 2**4)


@pytest.mark.parametrize("secret", [KEY, WORDS], ids=["key", "passphrase"])
def test_a_sealed_backup_is_restored_and_says_nothing_without_its_secret(
    engine: Engine, unused: Engine, tmp_path: Path, secret: Secret
) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    path = tmp_path / "backups" / "lundi"
    saved = backup.save(engine, path, secret)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["lundi"]
    assert path.read_bytes().startswith(sealing.MARK)
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(path.read_bytes())
    assert met["id"].encode() not in path.read_bytes()
    assert backup.restore(unused, path, secret) == saved
    assert [one.fields for one in people(pull(unused))] == [met["fields"]]


def test_nothing_in_clear_is_ever_beside_a_sealed_backup(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met, folder = encounter(), tmp_path / "usb"
    push(engine, met)
    seen: list[bytes] = []
    inspect = backup.inspect

    def looking(path: Path, secret: Secret | None = None) -> backup.Backup:
        seen.extend(one.read_bytes() for one in folder.rglob("*") if one.is_file())
        return inspect(path, secret)

    monkeypatch.setattr(backup, "inspect", looking)
    backup.save_in(engine, folder, NOW, KEY)
    assert len(seen) >= 3
    assert all(content.startswith(sealing.MARK) for content in seen)


@pytest.mark.parametrize(
    ("sealed_with", "given_secret", "sentence"),
    [
        (WORDS, sealing.from_passphrase("un autre lion dort"), "Cette phrase secrète n’est pas"),
        (KEY, Secret(sealing.KEY, b"z" * 32), "Ce fichier de clé n’est pas celui"),
        (WORDS, None, "Donnez sa phrase secrète"),
        (KEY, None, "Donnez son fichier de clé"),
        (KEY, WORDS, "Donnez son fichier de clé"),
    ],
)
def test_the_wrong_secret_is_told_and_changes_nothing(
    engine: Engine, unused: Engine, tmp_path: Path, sealed_with: Secret, given_secret: Secret | None, sentence: str
) -> None:
    backup.save(engine, tmp_path / "lundi", sealed_with)
    with pytest.raises(BackupError, match=sentence) as told:
        backup.restore(unused, tmp_path / "lundi", given_secret)
    assert "rien n’a été changé" in str(told.value)
    assert database.is_empty(unused)
    with database.reading(unused) as connection:
        assert database.schema(connection) == ""


def test_a_damaged_sealed_backup_is_told_and_changes_nothing(
    engine: Engine, unused: Engine, tmp_path: Path
) -> None:
    push(engine, *(encounter() for _ in range(5)))
    backup.save(engine, tmp_path / "lundi", KEY)
    whole = (tmp_path / "lundi").read_bytes()
    for bad in (
        whole[:-1],
        whole[:200],
        whole[: len(whole) // 2],
        whole + b"x",
        whole[:-5] + b"xxxxx",
        whole[:HEAD],
    ):
        (tmp_path / "bad").write_bytes(bad)
        with pytest.raises(BackupError, match="sauvegarde entière"):
            backup.restore(unused, tmp_path / "bad", KEY)
    inside = unseal(whole)
    (tmp_path / "bad").write_bytes(seal(inside[: len(inside) // 2]))  # sealed well, of a file that is not whole
    with pytest.raises(BackupError, match="sauvegarde entière"):
        backup.restore(unused, tmp_path / "bad", KEY)
    assert database.is_empty(unused)


def test_a_backup_in_clear_of_before_is_restored_whatever_the_settings(
    engine: Engine, unused: Engine, tmp_path: Path
) -> None:
    met = encounter()
    push(engine, met)
    saved = backup.save(engine, tmp_path / "novembre")
    assert backup.restore(unused, tmp_path / "novembre", KEY) == saved
    assert [one.fields for one in people(pull(unused))] == [met["fields"]]


Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """A command as typed, with these settings; its status, and all that it says."""

    def run(*words: object, on: Engine = engine, **given: object) -> tuple[int, str]:
        with monkeypatch.context() as patch:
            patch.setenv("DATABASE_URL", on.url.render_as_string(hide_password=False))
            for name, value in given.items():
                patch.setenv(name, str(value))
            status = cli.main([str(word) for word in words])
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return run


def test_the_commands_make_a_key_seal_and_open_with_it(command: Command, unused: Engine, tmp_path: Path) -> None:
    key, path = tmp_path / "secrets" / "cle", tmp_path / "lundi"
    assert command("backup-key", key)[0] == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert "Gardez-en une copie" not in command("backup-key", key)[1]  # never over another
    status, said = command("backup", path, BACKUP_KEY_FILE=key)
    assert (status, "faite et vérifiée" in said) == (0, True)
    assert path.read_bytes().startswith(sealing.MARK)
    status, said = command("restore", path, on=unused)
    assert (status, "BACKUP_KEY_FILE" in said) == (2, True)
    assert command("restore", path, on=unused, BACKUP_KEY_FILE=key)[0] == 0


@pytest.mark.parametrize("by_file", [True, False])
def test_the_commands_take_a_passphrase_from_the_settings(
    command: Command, unused: Engine, tmp_path: Path, by_file: bool
) -> None:
    (tmp_path / "phrase").write_text(f"{PHRASE}\r\n", "utf-8")
    (tmp_path / "phrase").chmod(0o644)
    given = {"BACKUP_PASSPHRASE_FILE": tmp_path / "phrase"} if by_file else {"BACKUP_PASSPHRASE": PHRASE}
    assert command("backup", tmp_path / "lundi", **given)[0] == 0
    if by_file:
        assert stat.S_IMODE((tmp_path / "phrase").stat().st_mode) == 0o600
    status, said = command("restore", tmp_path / "lundi", on=unused, BACKUP_PASSPHRASE="un autre lion dort")
    assert status == 2
    assert "Cette phrase secrète n’est pas celle" in said
    assert "lion" not in said
    assert command("restore", tmp_path / "lundi", on=unused, **given)[0] == 0


def test_the_commands_ask_at_the_keyboard(
    command: Command, unused: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed: list[str] = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda _: typed.pop(0))
    typed[:] = [PHRASE, "autre chose que cela"]
    assert "diffèrent" in command("backup", tmp_path / "lundi")[1]
    typed[:] = ["court", "court"]
    assert "12 caractères" in command("backup", tmp_path / "lundi")[1]
    assert not (tmp_path / "lundi").exists()
    typed[:] = [PHRASE, PHRASE]
    assert command("backup", tmp_path / "lundi")[0] == 0
    typed[:] = ["court"]
    assert command("restore", tmp_path / "lundi", on=unused)[0] == 2
    typed[:] = [PHRASE]
    assert command("restore", tmp_path / "lundi", on=unused)[0] == 0


def test_a_backup_is_never_in_clear_by_oversight(command: Command, tmp_path: Path) -> None:
    status, said = command("backup", tmp_path / "lundi")
    assert status == 2
    assert "BACKUP_KEY_FILE" in said
    assert not (tmp_path / "lundi").exists()
    both = {"BACKUP_KEY_FILE": tmp_path / "cle", "BACKUP_PASSPHRASE": PHRASE}
    assert "un seul de ces réglages" in command("backup", tmp_path / "lundi", **both)[1]
    (tmp_path / "cle").write_bytes(b"short")
    assert (
        "n’est pas un fichier de clé" in command("backup", tmp_path / "lundi", BACKUP_KEY_FILE=tmp_path / "cle")[1]
    )
    assert command("backup", "--clear", tmp_path / "lundi")[0] == 0


def test_no_secret_can_be_given_on_the_command_line() -> None:
    source = Path(backup_commands.__file__).read_text("utf-8")
    assert source.count("typer.Option(") == 1
    assert source.count("typer.Argument(") == 3
