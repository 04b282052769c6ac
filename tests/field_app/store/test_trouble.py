"""A full disk, a damaged file, a lost secret, an older app: nothing is erased, and it is said in French."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from field_app.directory import Directory
from field_app.locking.entrance import DAMAGED, NEWER, UNREADABLE
from field_app.locking.opening import NewerStoreError, open_store
from field_app.ports.desk.secret import FileSecret
from field_app.ports.secret import SecretDamagedError
from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.state.session import Session
from field_app.state.tablet.sync_status import SyncStatus
from field_app.store.from_server import take_pulled
from field_app.store.kept import CHANGED_SINCE, CONFLICT, DELETED_ELSEWHERE, Kept
from field_app.store.local_store import LocalStore
from shared import wire
from tests.field_app.world import SECRET, clock, encounter, kept

FULL = (
    "CREATE TRIGGER full_disk BEFORE INSERT ON sealed BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
)


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix in (".db", ".secret")}


async def begun(folder: Path) -> None:
    """A tablet that holds one unsent record."""
    store = await open_store(folder / "tablet.db", await FileSecret(folder).secret())
    await store.keep(kept())
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


def lose_the_secret(folder: Path) -> None:
    (folder / "device.secret").write_bytes(bytes(32))


def cut_the_secret(folder: Path) -> None:
    (folder / "device.secret").write_bytes(b"half")


def write_with_a_later_app(folder: Path) -> None:
    with sqlite3.connect(folder / "tablet.db") as connection:
        connection.execute("PRAGMA user_version = 99")


def damage_the_file(folder: Path) -> None:
    (folder / "tablet.db").write_bytes(b"this is no database" * 500)


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (lose_the_secret, UNREADABLE),
        (cut_the_secret, UNREADABLE),
        (write_with_a_later_app, NEWER),
        (damage_the_file, DAMAGED),
    ],
)
async def test_what_cannot_be_opened_is_left_as_it_is_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Callable[[Path], None], message: str
) -> None:
    monkeypatch.setenv("FLET_APP_STORAGE_DATA", str(tmp_path))
    await begun(tmp_path)
    trouble(tmp_path)
    before = content(tmp_path)
    session = Session()
    await session.open()
    assert (session.screen, session.message) == ("broken", message)
    assert "Rien n’est effacé" in message
    assert content(tmp_path) == before
    session.close()


async def test_a_truncated_secret_is_never_used_to_seal(tmp_path: Path) -> None:
    cut_the_secret(tmp_path)
    with pytest.raises(SecretDamagedError):
        await FileSecret(tmp_path).secret()
    assert (tmp_path / "device.secret").read_bytes() == b"half"


async def test_a_secret_that_another_window_just_made_is_taken_not_replaced(tmp_path: Path) -> None:
    first, second = FileSecret(tmp_path), FileSecret(tmp_path)
    secret = await first.secret()
    second._make()  # it had looked before the first one wrote
    assert await second.secret() == secret
    assert [p.name for p in tmp_path.iterdir()] == ["device.secret"]


async def test_an_older_app_does_not_touch_a_newer_store(tmp_path: Path) -> None:
    await begun(tmp_path)
    write_with_a_later_app(tmp_path)
    with pytest.raises(NewerStoreError):
        await open_store(tmp_path / "tablet.db", await FileSecret(tmp_path).secret())


async def test_a_full_disk_is_said_and_what_was_typed_stays_on_the_screen(store: LocalStore, desk: Desk) -> None:
    draft = await begin.new("encounter", desk)
    await draft.choose("commune", "90052")
    store._connection.execute(FULL)
    await draft.choose("place_type", "mairie")
    assert "mémoire est peut-être pleine" in draft.problems[0].message
    assert not await draft.save()
    assert draft.refusals[0].code == "not_kept"
    assert (draft.value("commune"), draft.value("place_type"), draft.saved) == ("90052", "mairie", False)
    store._connection.execute("DROP TRIGGER full_disk")
    assert await draft.save()
    assert store._connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


async def test_each_refusal_is_known_at_its_field(desk: Desk) -> None:
    draft = await begin.new("encounter", desk)
    assert not await draft.save()
    assert draft.refusal("commune") == "À indiquer avant d’enregistrer"
    assert draft.refusal("place_type") == "À indiquer avant d’enregistrer"
    assert draft.refusal("gender") == ""
    await draft.choose("commune", "90052")
    assert draft.refusal("commune") == ""  # it goes as soon as it is mended
    assert draft.refusal("place_type")


async def test_what_was_begun_is_counted_on_the_first_screen(store: LocalStore, desk: Desk) -> None:
    draft = await begin.new("encounter", desk)
    await draft.choose("gender", "femme")
    status = SyncStatus(_desk=desk)
    await status.look()
    assert (status.drafts, status.waiting) == (1, 0)


def receipt(of: Kept, server: wire.Pulled | None) -> wire.Receipt:
    return wire.Receipt(id=of.id, revision=of.revision, status="conflict", digest=of.record.digest, server=server)


def elsewhere(of: Kept, deleted: bool = False) -> wire.Pulled:
    fields = {} if deleted else encounter(gender="homme")
    return wire.Pulled(id=of.id, kind=of.kind, revision=5, deleted=deleted, fields=fields)


def test_changed_here_and_there_both_versions_are_kept() -> None:
    mine = kept(fields=encounter(gender="femme"), attempted=True)
    found = mine.settled(receipt(mine, elsewhere(mine)))
    assert found is not None
    assert (found.state, found.fields["gender"], found.reasons[0]["message"]) == ("to_correct", "femme", CONFLICT)
    assert found.theirs is not None
    assert found.theirs["fields"]["gender"] == "homme"


def test_changed_here_and_deleted_there_is_asked() -> None:
    mine = kept(fields=encounter(gender="femme"), attempted=True)
    found = mine.settled(receipt(mine, elsewhere(mine, deleted=True)))
    assert found is not None
    assert (found.fields["gender"], found.reasons[0]["message"]) == ("femme", DELETED_ELSEWHERE)
    again = found.edited(found.fields, "pending")
    assert (again.revision, again.base_revision) == (6, 5)


def test_deleted_here_and_changed_there_comes_back_to_decide() -> None:
    mine = kept(deleted=True, revision=2, attempted=True)
    found = mine.settled(receipt(mine, elsewhere(mine)))
    assert found is not None
    assert (found.deleted, found.fields["gender"], found.reasons[0]["message"]) == (False, "homme", CHANGED_SINCE)


def test_deleted_here_and_there_is_gone() -> None:
    mine = kept(deleted=True, revision=2, attempted=True)
    settled = mine.settled(receipt(mine, elsewhere(mine, deleted=True)))
    assert (settled.state, settled.fields) == ("gone", {})


@pytest.mark.parametrize("state", ["draft", "pending", "to_correct"])
def test_a_pull_leaves_what_is_unsent(state: str) -> None:
    mine = replace(kept(), state=state)  # type: ignore[arg-type]  # the parametrised states are states
    assert take_pulled(elsewhere(mine), mine) is mine
    assert take_pulled(elsewhere(mine, deleted=True), mine) is mine


def test_a_service_deleted_by_the_coordination_does_not_come_back_with_the_shipped_ones() -> None:
    gone = wire.Pulled(id="mobijob", kind="service", revision=2, deleted=True)
    tombstone = take_pulled(gone, None)
    assert tombstone is not None
    shipped, now = Directory(), Directory([tombstone])
    assert shipped.get("mobijob") is not None
    assert now.get("mobijob") is None  # proposed no more
    assert now.name("mobijob") == shipped.name("mobijob")  # and known where somebody was sent there


def test_a_service_this_app_cannot_read_leaves_the_rest_of_the_directory_open() -> None:
    later = Kept("new", "service", {"name": {"fr": "Nouveau"}}, "received")
    assert Directory([later]).ids == Directory().ids


async def test_the_secret_of_one_tablet_opens_no_other(tmp_path: Path) -> None:
    await begun(tmp_path)
    assert await FileSecret(tmp_path).secret() != SECRET
    assert clock().tzinfo is not None
