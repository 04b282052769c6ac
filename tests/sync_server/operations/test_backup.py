"""The server's disk dies: what was saved yesterday is there again, and the tablets bring the rest."""

from __future__ import annotations

import gzip
import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlmodel import SQLModel

from shared.territory import TERRITORY
from sync_server.access import accounts, devices
from sync_server.directory import new_territory
from sync_server.intake.columns import HEADS
from sync_server.intake.store import TERRITORY as LAND
from sync_server.operations import backup, cli
from sync_server.operations.sealed_backup import BackupError
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Act, Actor
from sync_server.storage.security_tables import SecurityEnd, SecurityEntry
from sync_server.storage.tables import (
    Account,
    ConsoleSession,
    CouponAnswer,
    Device,
    EnrolmentCode,
    HeldRecord,
    Quarantined,
    RecoveryCode,
    table,
)
from tests.sync_server.world import (
    COLLEAGUE,
    DESK_TABLES,
    LONG_AGO,
    NOW,
    PASSWORD,
    TODAY,
    USUAL,
    encounter,
    follow_up,
    new_id,
    of_kind,
    people,
    pull,
    push,
    statuses,
)

EVERYTHING = [of_kind(kind) for kind in USUAL]


@pytest.fixture
def used(engine: Engine) -> Engine:
    """A server that has worked: every kind of record, an edit, a deletion, a quarantine, a device, an account."""
    devices.create_team(engine, TERRITORY, "giromagny", "Équipe de Giromagny", "trait-dunion")
    code = devices.create_code(engine, TERRITORY, "giromagny", int(NOW.timestamp()), 15)
    devices.enrol(engine, TERRITORY, code, TODAY, int(NOW.timestamp()))
    devices.create_code(engine, TERRITORY, "giromagny", int(NOW.timestamp()), 15)
    accounts.create_account(engine, TERRITORY, "coordination", PASSWORD, "coordinator")
    accounts.sign_in(engine, TERRITORY, "coordination", PASSWORD, int(NOW.timestamp()) + 60)
    referral = {"id": new_id(), "service": "mobijob"}
    met = encounter(gender="femme", referrals=[referral])
    gone = encounter()
    push(engine, *EVERYTHING, met, gone, follow_up(referral["id"], "2026-03-10", "honoree"))
    push(engine, encounter(met["id"], 2, 1, gender="homme", referrals=[referral]))
    push(engine, {"id": gone["id"], "kind": "encounter", "revision": 2, "base_revision": 1, "deleted": True})
    push(engine, encounter(place_type="x"), encounter(met["id"], 2, 1, gender="inconnu"), sender=COLLEAGUE)
    return engine


def rows(engine: Engine, model: Any) -> list[Any]:
    with database.reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(table(model)))]


def test_what_is_restored_is_what_was_saved(used: Engine, unused: Engine, tmp_path: Path) -> None:
    saved = backup.save(used, tmp_path / "lundi")
    assert backup.restore(unused, tmp_path / "lundi") == saved
    assert [r.model_dump() for r in pull(unused).records] == [r.model_dump() for r in pull(used).records]
    assert saved.rows["record"] == len(rows(used, HeldRecord)) > 30
    again = backup.save(unused, tmp_path / "mardi")
    assert again == saved
    assert (tmp_path / "lundi").read_bytes() == (tmp_path / "mardi").read_bytes()
    with database.reading(unused) as connection:
        epochs = connection.scalars(select(LAND.c.epoch)).all()
    with database.reading(used) as connection:
        assert epochs != connection.scalars(select(LAND.c.epoch)).all()  # the tablets will see it


def test_a_restored_server_goes_on_where_it_was(used: Engine, unused: Engine, tmp_path: Path) -> None:
    backup.save(used, tmp_path / "lundi")
    backup.restore(unused, tmp_path / "lundi")
    new_territory.create_territory(unused, TERRITORY, LONG_AGO)
    assert statuses(unused, EVERYTHING[0], encounter()) == ["duplicate", "accepted"]
    assert accounts.sign_in(unused, TERRITORY, "coordination", PASSWORD, int(NOW.timestamp()) + 60)
    assert rows(unused, Device) == rows(used, Device)
    assert rows(unused, Account) == rows(used, Account)


def test_a_sign_in_or_a_code_of_yesterday_does_not_come_back(used: Engine, unused: Engine, tmp_path: Path) -> None:
    assert rows(used, ConsoleSession)
    assert rows(used, EnrolmentCode)
    backup.save(used, tmp_path / "lundi")
    backup.restore(unused, tmp_path / "lundi")
    assert rows(unused, ConsoleSession) == rows(unused, EnrolmentCode) == []


def test_it_is_made_while_the_tablets_push_and_holds_whole_batches_only(
    used: Engine, unused: Engine, tmp_path: Path
) -> None:
    stop = threading.Event()
    sent: list[str] = []

    def push_on() -> None:
        while not stop.is_set():
            sent.extend(statuses(used, *(encounter() for _ in range(5))))

    writer = threading.Thread(target=push_on)
    writer.start()
    try:
        saved = [backup.save(used, tmp_path / str(n)) for n in range(3)]
    finally:
        stop.set()
        writer.join()
    assert set(sent) == {"accepted"}
    assert [(one.rows["encounter"] - saved[0].rows["encounter"]) % 5 for one in saved] == [0, 0, 0]
    assert saved[-1].rows["encounter"] > saved[0].rows["encounter"]
    backup.restore(unused, tmp_path / "2")
    assert len(rows(unused, HeldRecord)) == saved[-1].rows["record"]


def test_a_backup_replaces_none_and_only_its_owner_reads_it(used: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a" / "lundi"
    backup.save(used, path)
    before = path.read_bytes()
    with pytest.raises(BackupError, match="existe déjà"):
        backup.save(used, path)
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["lundi"]


def test_nothing_is_restored_over_what_is_there(used: Engine, tmp_path: Path) -> None:
    backup.save(used, tmp_path / "lundi")
    before = pull(used)
    with pytest.raises(BackupError, match="contient déjà"):
        backup.restore(used, tmp_path / "lundi")
    assert pull(used) == before


def damaged(path: Path) -> Iterator[bytes]:
    """The file cut short anywhere, changed anywhere, or something else."""
    whole = path.read_bytes()
    for at in (0, 1, 20, len(whole) // 2, len(whole) - 9, len(whole) - 1):
        yield whole[:at]
    for at in (12, len(whole) // 3, len(whole) - 5):
        yield whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    lines = gzip.decompress(whole).splitlines(keepends=True)
    for left in (lines[:-1], lines[:5] + lines[6:], [*lines[:4], lines[5], lines[4], *lines[6:]], []):
        yield gzip.compress(b"".join(left))
    yield b"not a backup"
    yield gzip.compress(b'"text"\n17\n')


def test_a_damaged_file_changes_nothing_and_says_so(used: Engine, unused: Engine, tmp_path: Path) -> None:
    backup.save(used, tmp_path / "lundi")
    for content in damaged(tmp_path / "lundi"):
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(BackupError, match="sauvegarde entière"):
            backup.restore(unused, tmp_path / "bad")
    assert database.is_empty(unused)
    backup.restore(unused, tmp_path / "lundi")


def rewritten(path: Path, schema: str, newer: dict[str, set[str]] | None = None) -> Path:
    """The backup as a version of the program with that schema would have written it: without the `newer` tables,
    or those columns of one."""
    out = path.with_name(f"schema-{schema}")
    lines: list[Any] = []
    table_name, columns = "", list[str]()
    for line in gzip.decompress(path.read_bytes()).splitlines()[:-1]:
        value = json.loads(line)
        if isinstance(value, dict) and "form" in value:
            lines.append(value | {"schema": schema})
            continue
        if isinstance(value, dict):
            table_name, columns = value["table"], value["columns"]
        gone = (newer or {}).get(table_name, set())
        left = [c not in gone for c in columns]
        if isinstance(value, dict) and any(left):
            lines.append(value | {"columns": [c for c in columns if c not in gone]})
        elif any(left):
            lines.append([cell for cell, keep in zip(value, left, strict=True) if keep])
    with open(out, "xb") as raw:
        backup._pack(lines, raw)
    return out


SINCE_THE_NINTH = {
    "territory": {"log_number", "log_digest"},
    "device": {"tablet", "after", "replaced_on", "limited_on", "confirmed_on"},
    "past_revision": {"team", "day"},
} | {head.name: {"team"} for head in HEADS}
"""What came with it, and later."""
SINCE_THE_NINTH["encounter"] |= {"no_need", "housing"}
SINCE_THE_NINTH["account"] = {"service_id", "totp_secret", "totp_step", "temporary_until"}
SINCE_THE_NINTH["service"] = {"languages", "access", "wheelchair"}
NEWER = (CouponAnswer, SecurityEntry, SecurityEnd, RecoveryCode)
SINCE_THE_NINTH |= {one.name: set(one.c.keys()) for one in (table(model) for model in NEWER)}


def test_a_backup_of_an_older_version_is_restored_and_brought_up_to_date(
    engine: Engine, unused: Engine, tmp_path: Path
) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    backup.save(engine, tmp_path / "lundi")
    newer = {"quarantine": set(table(Quarantined).c.keys()), "record": {"again"}}
    newer |= SINCE_THE_NINTH  # the secret of its cursors no backup keeps
    newer |= {name: set(SQLModel.metadata.tables[name].c.keys()) for name in DESK_TABLES}
    backup.restore(unused, rewritten(tmp_path / "lundi", "0003", newer))
    assert [r.fields for r in people(pull(unused))] == [met["fields"]]
    assert statuses(unused, encounter(place_type="sur-la-lune")) == ["refused"]  # into the newest table


def test_a_backup_of_a_later_version_is_left_alone(engine: Engine, unused: Engine, tmp_path: Path) -> None:
    backup.save(engine, tmp_path / "lundi")
    with pytest.raises(BackupError, match="plus récente"):
        backup.restore(unused, rewritten(tmp_path / "lundi", "9999"))
    assert database.is_empty(unused)


def test_the_two_databases_exchange_their_backups(used: Engine, tmp_path: Path) -> None:
    backup.save(used, tmp_path / "lundi")  # proved on SQLite, whatever it comes from
    other = database.connect(f"sqlite:///{tmp_path / 'other.db'}")
    backup.restore(other, tmp_path / "lundi")
    assert [r.fields for r in pull(other).records] == [r.fields for r in pull(used).records]
    other.dispose()


def logged(engine: Engine, subject: str) -> tuple[int, str]:
    with database.writing(engine) as connection:
        audit_log.note(connection, Actor(TERRITORY, "coordination", TODAY), Act("Objectif modifié", subject))
        return audit_log.end(connection, TERRITORY)


def test_the_name_in_a_folder_tells_where_the_log_ended(engine: Engine, tmp_path: Path) -> None:
    path, found = backup.save_in(engine, tmp_path, NOW)
    assert path.name == "trait-dunion-2026-03-10-09h00-journal-0-vide"
    logged(engine, "A4-01")
    number, digest = logged(engine, "A4-02")
    path, found = backup.save_in(engine, tmp_path, NOW)
    assert path.name == f"trait-dunion-2026-03-10-09h00-journal-2-{digest[:16]}"
    assert (found.log_number, found.log_digest) == (number, digest) == (2, digest)
    assert backup.inspect(path) == found
    with pytest.raises(BackupError, match="existe déjà"):
        backup.save_in(engine, tmp_path, NOW)
    assert len(list(tmp_path.glob("trait-dunion-*"))) == 2


def test_a_log_and_its_end_written_anew_no_longer_say_what_the_name_of_the_backup_says(
    engine: Engine, tmp_path: Path
) -> None:
    logged(engine, "A4-01")
    before, _ = backup.save_in(engine, tmp_path, NOW)
    with database.writing(engine) as connection:  # whoever holds the database rewrites all of it
        connection.exec_driver_sql("DELETE FROM audit_entry")
        connection.exec_driver_sql("UPDATE territory SET log_number = 0, log_digest = ''")
    logged(engine, "A4-99")
    with database.reading(engine) as connection:
        assert audit_log.broken_at(connection, TERRITORY) is None
    after, _ = backup.save_in(engine, tmp_path, NOW)
    assert "-journal-1-" in before.name
    assert "-journal-1-" in after.name
    assert before.name != after.name


def test_what_is_restored_goes_on_with_the_log_where_it_ended(
    engine: Engine, unused: Engine, tmp_path: Path
) -> None:
    logged(engine, "A4-01")
    path, _ = backup.save_in(engine, tmp_path, NOW)
    backup.restore(unused, path)
    assert logged(unused, "A4-02")[0] == 2
    with database.reading(unused) as connection:
        assert audit_log.broken_at(connection, TERRITORY) is None


def test_a_log_of_before_the_ninth_schema_keeps_its_end(engine: Engine, unused: Engine, tmp_path: Path) -> None:
    logged(engine, "A4-01")
    ended = logged(engine, "A4-02")
    backup.save(engine, tmp_path / "lundi")
    older = rewritten(tmp_path / "lundi", "0008", SINCE_THE_NINTH)
    backup.restore(unused, older)
    with database.reading(unused) as connection:
        assert audit_log.end(connection, TERRITORY) == ended
        assert audit_log.broken_at(connection, TERRITORY) is None


def test_the_command_names_the_file_in_a_folder_and_tells_the_end_of_the_log(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, digest = logged(engine, "A4-01")
    monkeypatch.setenv("DATABASE_URL", engine.url.render_as_string(hide_password=False))
    assert cli.main(["backup", "--clear", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f"Journal : dernière ligne n° 1, empreinte {digest}." in said
    (made,) = tmp_path.glob("trait-dunion-*")
    assert str(made) in said
    assert made.name.endswith(f"-journal-1-{digest[:16]}")


def test_the_two_commands_say_what_they_did(
    used: Engine,
    unused: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = str(tmp_path / "lundi")
    monkeypatch.setenv("DATABASE_URL", used.url.render_as_string(hide_password=False))
    assert cli.main(["backup", "--clear", path]) == 0
    assert "Sauvegarde faite et vérifiée" in capsys.readouterr().out
    assert cli.main(["backup", "--clear", path]) == 2
    assert "existe déjà" in capsys.readouterr().err
    monkeypatch.setenv("DATABASE_URL", unused.url.render_as_string(hide_password=False))
    assert cli.main(["restore", path]) == 0
    assert "les tablettes renverront" in capsys.readouterr().out
    assert cli.main(["restore", path]) == 2
