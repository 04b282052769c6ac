"""A tablet breaks: what it has not sent leaves by a sealed file, and comes in on another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from field_app.directory import Directory
from field_app.locking import transfer_file as files
from field_app.locking.opening import open_store
from field_app.locking.transfer_file import TransferError
from field_app.ports.ports import desk_vaults
from field_app.ports.secret import SecretBytes
from field_app.state.desk import Desk
from field_app.state.tablet.transfer import Transfer
from field_app.store.kept import Kept
from field_app.store.local_store import LocalStore
from field_app.sync.client import SyncClient
from shared import ids
from tests.field_app.conftest import held_by_server
from tests.field_app.world import ENROLMENT, NOW, clock, encounter, full, kept

VAULTS = desk_vaults()
STATES = st.sampled_from(["draft", "pending", "to_correct"])
RECORDS = st.lists(
    st.builds(
        lambda n, state, text: kept(id=ids.new_id(NOW.date(), n), state=state, fields=encounter(gender=text)),
        st.integers(1, 10**9), STATES, st.text(max_size=8),
    ),
    max_size=6, unique_by=lambda k: k.id,
)  # fmt: skip


class Hand:
    """Takes the file that is given."""

    def __init__(self, takes: bool = True) -> None:
        self.takes = takes
        self.file = b""
        self.name = ""

    async def __call__(self, name: str, content: bytes) -> bool:
        self.name, self.file = name, content
        return self.takes


@settings(max_examples=8, deadline=None)
@given(RECORDS)
async def test_what_was_exported_comes_in_as_it_was(records: list[Kept]) -> None:
    code = files.new_code()
    assert (
        await files.opened(await files.sealed(records, code, VAULTS), code.lower().replace("-", " "), VAULTS)
        == records
    )


async def test_only_what_the_server_has_not_acknowledged_leaves(desk: Desk) -> None:
    waiting, tombstone = kept(), kept(deleted=True, fields={}, attempted=True)
    for record in (waiting, tombstone, kept(state="sent"), kept(state="received"), kept(state="draft")):
        await desk.store.keep(record)
    transfer, hand = Transfer(_desk=desk), Hand()
    await transfer.export(hand)
    assert "3 saisies exportées" in transfer.said
    found = await files.opened(hand.file, transfer.code, VAULTS)
    assert {k.state for k in found} == {"pending", "draft"}
    assert tombstone in found
    assert hand.name == "saisies-2026-03-10.tdu"
    for word in ("90052", "mairie", "trait-dunion", transfer.code, transfer.code.replace("-", "")):
        assert word.encode() not in hand.file
    transfer.leave()
    assert transfer.code == ""


async def test_nothing_unsent_is_nothing_to_export(desk: Desk) -> None:
    transfer, hand = Transfer(_desk=desk), Hand()
    await transfer.export(hand)
    assert transfer.said == "Rien à exporter : tout est envoyé."
    assert hand.file == b""


async def test_a_file_that_was_not_taken_shows_no_code(desk: Desk) -> None:
    await desk.store.keep(kept())
    transfer = Transfer(_desk=desk)
    await transfer.export(Hand(takes=False))
    assert (transfer.code, transfer.said) == ("", "")


@pytest.fixture
async def other(tmp_path: Path) -> Any:
    """Another tablet."""
    store = await open_store(tmp_path / "other.db", SecretBytes(bytes(31) + b"1"))
    yield Desk(store, Directory(), ENROLMENT, clock)
    store.close()


async def test_another_tablet_sends_what_the_broken_one_could_not(
    desk: Desk, other: Desk, client: SyncClient, server_engine: Engine
) -> None:
    for _ in range(3):
        await desk.store.keep(kept())
    leaving, hand = Transfer(_desk=desk), Hand()
    await leaving.export(hand)
    coming = Transfer(_desk=other, typed=leaving.code)
    await coming.take_in(hand.file)
    assert coming.said == "3 saisies ajoutées."
    await client.run(other.store)
    await client.run(desk.store)  # the broken one comes back to life: the same records count once
    assert len(held_by_server(server_engine)) == 3
    assert desk.store.counts() == other.store.counts() == {"sent": 3}


async def test_twice_is_once_and_what_stands_here_stays(desk: Desk, other: Desk) -> None:
    record = kept()
    await desk.store.keep(record)
    leaving, hand = Transfer(_desk=desk), Hand()
    await leaving.export(hand)
    edited = await desk.store.edit(record, encounter(gender="femme"), "pending")
    back = Transfer(_desk=desk, typed=leaving.code)
    await back.take_in(hand.file)
    assert back.said == "Tout était déjà sur cette tablette."
    assert await desk.store.all() == [edited]
    for said in ("1 saisie ajoutée.", "Tout était déjà sur cette tablette."):
        coming = Transfer(_desk=other, typed=leaving.code)
        await coming.take_in(hand.file)
        assert coming.said == said


@pytest.mark.parametrize("harm", ["code", "cut", "changed", "stranger", "empty"])
async def test_a_wrong_code_or_a_damaged_file_is_said_and_changes_nothing(
    desk: Desk, store: LocalStore, harm: str
) -> None:
    code = files.new_code()
    file = await files.sealed([kept()], code, VAULTS)
    spoiled = {
        "code": (file, files.new_code()),
        "cut": (file[:-5], code),
        "changed": (file[:30] + bytes([file[30] ^ 1]) + file[31:], code),
        "stranger": (b"%PDF-1.7 ...", code),
        "empty": (b"TDU1", code),
    }[harm]
    with pytest.raises(TransferError):
        await files.opened(*spoiled, VAULTS)
    transfer = Transfer(_desk=desk, typed=spoiled[1])
    await transfer.take_in(spoiled[0])
    assert transfer.wrong
    assert transfer.said
    assert await store.all() == []
    assert transfer.typed == spoiled[1]


def test_a_code_has_eighty_bits_and_no_look_alikes() -> None:
    found = {files.new_code() for _ in range(100)}
    assert len(found) == 100
    assert all(len(code.replace("-", "")) == 16 and not set(code) & set("01OI") for code in found)


async def test_a_full_tablet_says_to_import_the_same_file_again(desk: Desk, store: LocalStore) -> None:
    code = files.new_code()
    file = await files.sealed([kept(), kept()], code, VAULTS)
    transfer = Transfer(typed=code, _desk=desk)

    with full(store, "sealed"):
        await transfer.take_in(file)
    assert transfer.wrong
    assert "importez le même fichier encore une fois" in transfer.said
    await transfer.take_in(file)
    assert len(await store.all()) == 2
