"""What the tablet keeps: sealed, durable, never lost by the sync."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from field_app.locking.opening import open_store
from field_app.ports.desk.secret import FileSecret
from field_app.ports.desk.storage import FolderStorage
from field_app.ports.device import slot_of
from field_app.ports.secret import SecretBytes
from field_app.ports.vault import SealBrokenError
from field_app.store.local_store import Kept, LocalStore
from shared import wire
from tests.field_app.world import SECRET, URL, encounter, kept


def receipt(of: Kept, status: wire.Status = "accepted", **more: object) -> wire.Receipt:
    values = {"id": of.id, "revision": of.revision, "status": status, "digest": of.record.digest} | more
    return wire.Receipt.model_validate(values)


def page(*records: wire.Pulled, cursor: str = "e.9") -> wire.Page:
    return wire.Page(records=list(records), cursor=cursor, epoch="e")


async def only(store: LocalStore) -> Kept:
    [found] = await store.all()
    return found


async def test_what_is_kept_is_there_after_a_restart(store: LocalStore, tmp_path: Path) -> None:
    met = kept(reasons=[{"field": "day", "code": "x", "message": "é"}])
    await store.keep(met)
    again = await open_store(tmp_path / "tablet.db", SECRET)
    assert await again.all() == [met]
    again.close()


async def test_a_tablet_that_holds_much_is_opened_by_few_calls_of_the_cipher(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [kept() for _ in range(20)]
    for each in held:
        await store.keep(each)
    again = await open_store(tmp_path / "tablet.db", SECRET)
    calls: list[int] = []
    open_all = again.vault.open_all

    async def count(sealed: Sequence[tuple[bytes, str]]) -> list[bytes | None]:
        calls.append(len(sealed))
        return await open_all(sealed)

    async def alone(sealed: bytes, about: str) -> bytes:
        raise AssertionError("a row was opened alone")

    monkeypatch.setattr(again.vault, "open_all", count)
    monkeypatch.setattr(again.vault, "open", alone)
    assert {each.id for each in await again.all()} == {each.id for each in held}
    assert calls == [20]
    again.close()


async def test_saved_means_on_the_disk(store: LocalStore) -> None:
    connection = store._connection
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


async def test_nothing_of_a_person_is_readable_on_the_disk(store: LocalStore, tmp_path: Path) -> None:
    planted = [
        "trait-dunion",
        "90052",
        "mairie",
        "sante--acces-aux-soins",
        "femme",
        "2026-03-09",
        "le-token-secret",
    ]
    await store.keep(kept(fields=encounter(gender="femme", needs=[{"theme": "sante--acces-aux-soins"}])))
    await store.keep_note("enrolment", {"token": "le-token-secret"})
    files = [p for p in tmp_path.iterdir() if p.name.startswith("tablet.db")]
    assert len(files) >= 2  # the file and its log
    content = b"".join(p.read_bytes() for p in files)
    assert [word for word in planted if word.encode() in content] == []


async def test_a_row_swapped_with_another_is_refused(store: LocalStore) -> None:
    one, other = kept(), kept(fields=encounter(gender="femme"))
    await store.keep(one)
    await store.keep(other)
    connection = store._connection
    sealed = connection.execute("SELECT ciphertext FROM sealed WHERE id = ?", (one.id,)).fetchone()[0]
    connection.execute("UPDATE sealed SET ciphertext = ? WHERE id = ?", (sealed, other.id))
    again = LocalStore(connection, store.vault)
    assert await again.all() == [one]
    assert again.unreadable == 1
    with pytest.raises(SealBrokenError):
        await again.get(other.id)


async def test_an_old_row_put_back_under_another_id_is_refused(store: LocalStore) -> None:
    await store.keep(kept())
    store._connection.execute(
        "INSERT INTO sealed SELECT ?, kind, revision, base_revision, state, ciphertext FROM sealed", (kept().id,)
    )
    again = LocalStore(store._connection, store.vault)
    assert (len(await again.all()), again.unreadable) == (1, 1)


async def test_a_row_that_does_not_open_holds_back_no_other_and_is_left_as_it_is(store: LocalStore) -> None:
    bad, good = kept(), kept()
    for record in (bad, good):
        await store.keep(record)
    store._connection.execute("UPDATE sealed SET ciphertext = x'00' WHERE id = ?", (bad.id,))
    again = LocalStore(store._connection, store.vault)
    assert [k.id for k in await again.to_send(10)] == [good.id]
    theirs = wire.Pulled(id=bad.id, kind="encounter", revision=4, fields=encounter())
    await again.take_page(wire.Page(records=[theirs], cursor="e.1", epoch="e"), "https://server.test")
    [row] = store._connection.execute("SELECT ciphertext FROM sealed WHERE id = ?", (bad.id,)).fetchall()
    assert row[0] == b"\x00"
    assert [k.id for k in await again.all()] == [good.id]


@pytest.mark.parametrize("change", ["state = 'sent'", "revision = 7", "kind = 'presence'"])
async def test_a_row_whose_label_was_changed_is_refused(store: LocalStore, change: str) -> None:
    await store.keep(kept())
    store._connection.execute(f"UPDATE sealed SET {change}")
    again = LocalStore(store._connection, store.vault)
    assert (await again.all(), again.unreadable) == ([], 1)


async def test_another_device_secret_opens_nothing_and_erases_nothing(store: LocalStore, tmp_path: Path) -> None:
    await store.keep(kept())
    with pytest.raises(SealBrokenError):
        await open_store(tmp_path / "tablet.db", SecretBytes(32))
    assert len(await store.all()) == 1


async def test_a_receipt_settles_the_record(store: LocalStore) -> None:
    await store.keep(kept())
    [leaving] = await store.to_send(10)
    await store.mark(receipt(leaving))
    found = await only(store)
    assert (found.state, found.base_revision) == ("sent", 1)
    assert await store.to_send(10) == []


async def test_an_edit_while_the_push_is_in_flight_stays_to_be_sent(store: LocalStore) -> None:
    await store.keep(kept())
    [leaving] = await store.to_send(10)
    await store.keep((await only(store)).edited(encounter(gender="femme"), "pending"))
    await store.mark(receipt(leaving))
    found = await only(store)
    assert (found.state, found.revision, found.fields["gender"]) == ("pending", 2, "femme")


async def test_a_receipt_for_another_content_settles_nothing(store: LocalStore) -> None:
    await store.keep(kept())
    [leaving] = await store.to_send(10)
    await store.mark(receipt(leaving, digest="0" * 32))
    await store.mark(receipt(leaving, revision=9))
    await store.mark(receipt(kept()))
    assert (await only(store)).state == "pending"


async def test_a_refusal_keeps_the_record_and_its_reasons(store: LocalStore) -> None:
    await store.keep(kept())
    [leaving] = await store.to_send(10)
    reason = {"field": "day", "code": "future", "message": "Jour : il est dans l’avenir"}
    await store.mark(receipt(leaving, "refused", reasons=[reason]))
    found = await only(store)
    assert (found.state, found.reasons, found.fields) == ("to_correct", [reason], leaving.fields)
    corrected = found.edited(encounter(gender="femme"), "pending")
    assert (corrected.revision, corrected.base_revision, corrected.reasons) == (2, None, [])


async def test_a_conflict_keeps_both_versions(store: LocalStore) -> None:
    await store.keep(kept())
    [leaving] = await store.to_send(10)
    theirs = wire.Pulled(id=leaving.id, kind="encounter", revision=4, fields=encounter(gender="homme"))
    await store.mark(receipt(leaving, "conflict", server=theirs.model_dump()))
    found = await only(store)
    assert found.state == "to_correct"
    assert found.theirs is not None
    assert found.theirs["fields"]["gender"] == "homme"
    resolved = found.edited(encounter(gender="femme"), "pending")
    assert (resolved.revision, resolved.base_revision) == (5, 4)


async def test_editing_before_the_first_sending_is_not_a_new_revision(store: LocalStore) -> None:
    met = kept()
    assert met.edited(encounter(gender="femme"), "pending").revision == 1
    await store.keep(met)
    [leaving] = await store.to_send(1)
    assert leaving.edited(encounter(gender="femme"), "pending").revision == 2


async def test_deleting_what_never_left_removes_it_and_what_may_have_left_is_a_tombstone(
    store: LocalStore,
) -> None:
    met = kept()
    await store.keep(met)
    await store.delete(met)
    assert await store.all() == []
    await store.keep(kept())
    [leaving] = await store.to_send(1)
    await store.delete(leaving)
    tombstone = await only(store)
    assert (tombstone.deleted, tombstone.state, tombstone.revision, tombstone.record.fields) == (
        True,
        "pending",
        2,
        {},
    )
    await store.mark(receipt(tombstone))
    assert await store.all() == []


async def test_a_pull_brings_records_and_its_cursor_together(store: LocalStore) -> None:
    pulled = wire.Pulled(id=kept().id, kind="encounter", revision=3, fields=encounter())
    await store.take_page(page(pulled), URL)
    found = await only(store)
    assert (found.state, found.revision, found.base_revision) == ("received", 3, 3)
    assert await store.cursor(URL) == "e.9"
    assert await store.cursor("http://another.test") is None


async def test_a_pull_never_overwrites_what_is_unsent(store: LocalStore) -> None:
    for state in ("draft", "pending", "to_correct"):
        met = replace(kept(), state=state)
        await store.keep(met)
        for deleted in (False, True):
            pulled = wire.Pulled(
                id=met.id, kind="encounter", revision=9, deleted=deleted, fields=encounter(gender="homme")
            )
            await store.take_page(page(pulled), URL)
            assert await store.get(met.id) == met


async def test_a_pull_updates_and_deletes_what_was_sent(store: LocalStore) -> None:
    met = replace(kept(), state="sent", base_revision=1)
    await store.keep(met)
    await store.take_page(
        page(wire.Pulled(id=met.id, kind="encounter", revision=2, fields=encounter(gender="homme"))), URL
    )
    found = await only(store)
    assert (found.state, found.revision, found.fields["gender"]) == ("sent", 2, "homme")
    await store.take_page(page(wire.Pulled(id=met.id, kind="encounter", revision=3, deleted=True)), URL)
    assert await store.all() == []


async def test_a_page_that_fails_half_way_leaves_neither_records_nor_cursor(store: LocalStore) -> None:
    store._connection.execute("CREATE TRIGGER cut BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'cut'); END")
    with pytest.raises(sqlite3.IntegrityError):
        await store.take_page(page(wire.Pulled(id=kept().id, kind="encounter", revision=1)), URL)
    assert await store.all() == []
    assert await store.cursor(URL) is None


async def test_counts_tell_each_state_and_leave_the_directory_out(store: LocalStore) -> None:
    await store.take_page(
        page(wire.Pulled(id="mobijob", kind="service", revision=1, fields={"name": "Mobijob"})), URL
    )
    await store.keep(kept())
    await store.keep(replace(kept(), state="draft"))
    assert store.counts() == {"pending": 1, "draft": 1}


async def test_notes_come_back_and_are_empty_at_first(store: LocalStore) -> None:
    assert await store.note("last used") == {}
    await store.keep_note("last used", {"commune": "90052"})
    assert await store.note("last used") == {"commune": "90052"}


WRITER = """
import asyncio, sys
from pathlib import Path
from field_app.locking.opening import open_store
from tests.field_app.world import SECRET, kept

async def main():
    store = await open_store(Path(sys.argv[1]), SECRET)
    while True:
        met = kept()
        await store.keep(met)
        print(met.id, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 7, 40])
async def test_a_tablet_killed_at_any_moment_has_every_record_it_called_saved(tmp_path: Path, after: int) -> None:
    path = tmp_path / "killed.db"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    )
    assert process.stdout
    saved = [process.stdout.readline().strip() for _ in range(after)]
    os.kill(process.pid, signal.SIGKILL)
    saved += [line.strip() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.wait()
    process.stdout.close()
    store = await open_store(path, SECRET)
    assert {met.id for met in await store.all()} >= set(saved)
    assert store._connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    store.close()


async def test_the_device_secret_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    secret = await FileSecret(tmp_path).secret()
    assert len(secret) == 32
    assert await FileSecret(tmp_path).secret() == secret
    assert (tmp_path / "device.secret").stat().st_mode & 0o777 == 0o600


def test_the_data_lie_where_the_platform_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLET_APP_STORAGE_DATA", str(tmp_path / "a" / "b"))
    assert FolderStorage().folder() == tmp_path / "a" / "b"
    assert FolderStorage().folder().is_dir()


@pytest.mark.parametrize(
    ("hour", "slot"), [(6, "matin"), (11, "matin"), (12, "apres-midi"), (18, "soiree"), (23, "nuit"), (3, "nuit")]
)
def test_the_slot_follows_the_hour(hour: int, slot: str) -> None:
    assert slot_of(hour) == slot
