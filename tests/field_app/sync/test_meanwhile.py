"""What happens while something else does: the worker saves or deletes while the sync reads, seals and marks.

The vault of these tests lets go at each seal, as a browser's WebCrypto does: between what was read and what is
written, anything may have happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from field_app.directory import Directory
from field_app.locking.opening import open_store
from field_app.ports.vault import Vault
from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.state.journal import Journal
from field_app.store.local_store import Kept, LocalStore
from shared import wire
from tests.field_app.world import SECRET, URL, clock, encounter, kept


class SlowVault:
    """Another vault, that lets every other task run before it answers."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    async def seal(self, plaintext: bytes, about: str) -> bytes:
        for _ in range(5):
            await asyncio.sleep(0)
        return await self.vault.seal(plaintext, about)

    async def open(self, sealed: bytes, about: str) -> bytes:
        await asyncio.sleep(0)
        return await self.vault.open(sealed, about)

    async def open_all(self, sealed: Sequence[tuple[bytes, str]]) -> list[bytes | None]:
        await asyncio.sleep(0)
        return await self.vault.open_all(sealed)

    async def wrapped_by(self, key: Vault) -> bytes:
        return await self.vault.wrapped_by(key)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LocalStore]:
    found = await open_store(tmp_path / "tablet.db", SECRET)
    found.vault = SlowVault(found.vault)
    yield found
    found.close()


@pytest.fixture
def desk(store: LocalStore) -> Desk:
    return Desk(store, Directory(), None, clock)


def receipt(of: Kept, status: wire.Status = "accepted", **more: Any) -> wire.Receipt:
    return wire.Receipt(id=of.id, revision=of.revision, status=status, digest=of.record.digest, **more)


async def only(store: LocalStore) -> Kept:
    [found] = await store.all()
    return found


async def at_once(task: asyncio.Task[Any], step: int) -> None:
    """Lets the task go on by so many steps, so that what follows falls in its middle."""
    for _ in range(step):
        if not task.done():
            await asyncio.sleep(0)


async def test_a_record_that_leaves_while_its_form_is_open_becomes_a_new_revision(
    store: LocalStore, desk: Desk
) -> None:
    await store.keep(kept())
    form = await begin.resume(await only(store), desk)
    [leaving] = await store.to_send(10)
    await store.mark(receipt(leaving))
    await form.choose("gender", "femme")
    assert await form.save()
    edited = await only(store)
    assert (edited.revision, edited.base_revision, edited.state) == (2, 1, "pending")


async def test_a_colleagues_correction_pulled_while_the_form_is_open_is_not_overwritten_unseen(
    store: LocalStore, desk: Desk
) -> None:
    await store.keep(kept(state="sent", base_revision=1, attempted=True))
    form = await begin.resume(await only(store), desk)
    theirs = wire.Pulled(id=form._kept.opened.id, kind="encounter", revision=4, fields=encounter(gender="homme"))
    await store.take_page(wire.Page(records=[theirs], cursor="e.1", epoch="e"), URL)
    await form.choose("gender", "femme")
    assert await form.save()
    edited = await only(store)
    assert edited.base_revision == 1  # the server will see that revision 4 was never read, and ask
    assert edited.revision == 5


async def test_a_deletion_while_the_push_is_in_flight_travels(store: LocalStore, desk: Desk) -> None:
    await store.keep(kept())
    journal = Journal(_desk=desk)
    await journal.refresh()
    [leaving] = await store.to_send(10)
    await journal.delete(journal.records[0])  # the screen knows nothing of the push
    await store.mark(receipt(leaving))
    tombstone = await only(store)
    assert (tombstone.deleted, tombstone.state, tombstone.revision) == (True, "pending", 2)


@pytest.mark.parametrize("step", range(14))
async def test_a_save_in_the_middle_of_a_receipt_is_kept(store: LocalStore, desk: Desk, step: int) -> None:
    await store.keep(kept())
    [leaving] = await store.to_send(10)
    form = await begin.resume(leaving, desk)
    form.fields = encounter(gender="femme")
    marking = asyncio.create_task(store.mark(receipt(leaving)))
    await at_once(marking, step)
    await asyncio.gather(form.save(), marking)
    edited = await only(store)
    assert (edited.state, edited.fields["gender"], edited.revision) == ("pending", "femme", 2)


@pytest.mark.parametrize("step", range(14))
async def test_a_save_in_the_middle_of_a_departure_is_kept_and_never_shares_a_revision(
    store: LocalStore, desk: Desk, step: int
) -> None:
    await store.keep(kept())
    form = await begin.resume(await only(store), desk)
    form.fields = encounter(gender="femme")
    sending = asyncio.create_task(store.to_send(10))
    await at_once(sending, step)
    leaving, _ = await asyncio.gather(sending, form.save())
    edited = await only(store)
    assert edited.fields["gender"] == "femme"
    for gone in leaving:
        assert gone.fields == edited.fields or gone.revision < edited.revision


@pytest.mark.parametrize("step", range(14))
async def test_a_save_in_the_middle_of_a_pull_is_kept(store: LocalStore, desk: Desk, step: int) -> None:
    mine = kept(state="sent", base_revision=1, attempted=True)
    await store.keep(mine)
    form = await begin.resume(mine, desk)
    form.fields = encounter(gender="femme")
    theirs = wire.Pulled(id=mine.id, kind="encounter", revision=2, fields=encounter(gender="homme"))
    other = wire.Pulled(id=kept().id, kind="encounter", revision=1, fields=encounter())
    pulling = asyncio.create_task(
        store.take_page(wire.Page(records=[theirs, other], cursor="e.1", epoch="e"), URL)
    )
    await at_once(pulling, step)
    await asyncio.gather(pulling, form.save())
    found = await store.get(mine.id)
    assert found is not None
    assert (found.state, found.fields["gender"]) == ("pending", "femme")
    assert await store.get(other.id) is not None
    assert await store.cursor(URL) == "e.1"


async def test_a_conflict_that_arrives_while_the_form_is_open_is_asked_again(
    store: LocalStore, desk: Desk
) -> None:
    await store.keep(kept(base_revision=1, revision=2))
    [leaving] = await store.to_send(10)
    form = await begin.resume(leaving, desk)
    theirs = wire.Pulled(id=leaving.id, kind="encounter", revision=7, fields=encounter(gender="homme"))
    await store.mark(receipt(leaving, "conflict", server=theirs))
    await form.choose("gender", "femme")
    assert await form.save()
    edited = await only(store)
    assert edited.base_revision == 1  # not 7: nobody has seen the other version yet


async def test_a_deletion_that_meets_a_correction_comes_back_to_be_decided(store: LocalStore) -> None:
    await store.keep(kept(state="pending", deleted=True, attempted=True, revision=2, base_revision=1))
    [leaving] = await store.to_send(10)
    theirs = wire.Pulled(id=leaving.id, kind="encounter", revision=3, fields=encounter(gender="homme"))
    await store.mark(receipt(leaving, "conflict", server=theirs))
    asked = await only(store)
    assert (asked.state, asked.deleted, asked.fields["gender"]) == ("to_correct", False, "homme")
    assert "supprimée" in asked.reasons[0]["message"]
    await store.delete(asked)
    tombstone = await only(store)
    assert (tombstone.deleted, tombstone.revision, tombstone.base_revision) == (True, 4, 3)


async def test_two_deletions_of_one_record_agree(store: LocalStore) -> None:
    await store.keep(kept(state="pending", deleted=True, attempted=True, revision=2, base_revision=1))
    [leaving] = await store.to_send(10)
    theirs = wire.Pulled(id=leaving.id, kind="encounter", revision=3, deleted=True)
    await store.mark(receipt(leaving, "conflict", server=theirs))
    assert await store.all() == []


async def test_a_record_deleted_elsewhere_while_its_form_is_open_is_not_lost(
    store: LocalStore, desk: Desk
) -> None:
    await store.keep(replace(kept(), state="sent", base_revision=1, attempted=True))
    form = await begin.resume(await only(store), desk)
    gone = wire.Pulled(id=form._kept.opened.id, kind="encounter", revision=2, deleted=True)
    await store.take_page(wire.Page(records=[gone], cursor="e.2", epoch="e"), URL)
    await form.choose("gender", "femme")
    assert await form.save()
    assert (await only(store)).fields["gender"] == "femme"
