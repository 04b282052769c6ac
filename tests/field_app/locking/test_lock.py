"""The PIN: chosen once, asked for at each start and after a pause, counted before it is tried."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.locking.lock import DELAYS, FREE, LENGTH, WEAK, Lock, is_weak, spoken
from field_app.locking.opening import Gate, WrongPinError, choose_pin, open_store
from field_app.ports.desk.ciphers import DeskCiphers
from field_app.ports.desk.secret import FileSecret
from field_app.ports.desk.storage import FolderStorage
from field_app.ports.ports import Ports
from field_app.ports.secret import SecretBytes
from field_app.ports.vault import AesGcmVault, SealBrokenError, Vaults
from field_app.state.guarded import NO_MEMORY
from field_app.state.session import Session
from tests.field_app.state.test_session import type_pin
from tests.field_app.world import ENROLMENT, PIN, SECRET, Silent, full, kept

WRONG = "739150"


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("pin", ["000000", "123456", "987654", "121212", "123123", "890123", "210987"])
def test_what_a_passer_by_would_try_first_is_refused(pin: str) -> None:
    assert is_weak(pin)


@pytest.mark.parametrize("pin", [PIN, WRONG, "112358", "100000", "135790"])
def test_an_ordinary_code_is_taken(pin: str) -> None:
    assert not is_weak(pin)


@given(
    st.text("0123456789", min_size=LENGTH, max_size=LENGTH),
    st.text("0123456789", min_size=LENGTH, max_size=LENGTH),
)
def test_a_pin_is_taken_only_typed_twice_the_same(one: str, other: str) -> None:
    lock = Lock()
    lock.ask_new()
    assert lock.offer(one) == ""
    if is_weak(one):
        assert (lock.stage, lock.message) == ("choose", WEAK)
        return
    taken = lock.offer(other)
    assert taken == (one if one == other else "")
    assert (lock.stage == "choose") == (one != other)


def test_three_tries_are_free_then_each_costs_more() -> None:
    clock = Clock()
    lock = Lock(_monotonic=clock)
    waits = []
    for tries in range(1, 12):
        lock.ask(tries)
        waits.append(lock.until - clock.now)
    assert waits[:FREE] == [0, 0, 0]
    assert waits[FREE:] == [*DELAYS, 900, 900, 900]
    lock.ask(FREE + 1)
    assert "Attendez 5 secondes" in lock.message
    clock.now += 4
    assert lock.wait == 2
    clock.now += 2
    assert lock.wait == 0


def test_a_restart_or_a_clock_set_forward_costs_the_delay_again() -> None:
    lock = Lock(_monotonic=Clock())  # another run: another clock, nothing of the old one is known
    lock.ask(FREE + 3)
    assert lock.until - 1_000.0 == DELAYS[2]


async def test_a_store_without_pin_is_opened_once_then_by_its_pin_alone(tmp_path: Path) -> None:
    path = tmp_path / "tablet.db"
    store = await open_store(path, SECRET)
    record = kept()
    await store.keep(record)
    await choose_pin(store, SECRET, PIN)
    await store.keep(kept())  # and goes on as it was
    store.close()
    gate = Gate(path, SECRET)
    assert gate.locked()
    with pytest.raises(WrongPinError):
        await gate.open()
    store, _ = await gate.open(PIN)
    assert record in await store.all()
    assert len(await store.all()) == 2
    store.close()
    with pytest.raises(WrongPinError):
        await Gate(path, SecretBytes(32)).open(PIN)  # the PIN without the device opens nothing


async def test_another_pin_replaces_the_first(tmp_path: Path) -> None:
    path = tmp_path / "tablet.db"
    store = await open_store(path, SECRET)
    await choose_pin(store, SECRET, PIN)
    await choose_pin(store, SECRET, WRONG)
    store.close()
    with pytest.raises(WrongPinError):
        await Gate(path, SECRET).open(PIN)
    store, _ = await Gate(path, SECRET).open(WRONG)
    store.close()


async def test_a_power_cut_while_the_pin_changes_leaves_one_that_opens(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tablet.db"
    store = await open_store(path, SECRET)
    await choose_pin(store, SECRET, PIN)
    with full(store), pytest.raises(sqlite3.Error):
        await choose_pin(store, SECRET, WRONG)
    store.close()
    store, _ = await Gate(path, SECRET).open(PIN)
    store.close()


async def test_a_damaged_note_of_the_pin_is_said_and_no_pin_is_called_wrong(tmp_path: Path) -> None:
    path = tmp_path / "tablet.db"
    store = await open_store(path, SECRET)
    await choose_pin(store, SECRET, PIN)
    for damaged in (b"{", b"{}", b"[]"):
        store._connection.execute("UPDATE meta SET value = ? WHERE name = 'pin'", (damaged,))
        with pytest.raises(SealBrokenError):
            await Gate(path, SECRET).open(PIN)
    store.close()


async def test_a_full_tablet_says_that_the_pin_was_not_kept_and_asks_again(
    session: Session,
) -> None:
    await session.change_pin()
    with full(session._opened.store):
        await type_pin(session, WRONG, WRONG)
    assert (session.screen, session.lock.stage) == ("lock", "choose")
    assert "libérez de la place" in session.lock.message
    await type_pin(session, WRONG, WRONG)
    assert session.screen == "settings"


async def test_a_wrong_pin_is_counted_before_it_is_tried_and_erases_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tablet.db"
    store = await open_store(path, SECRET)
    await store.keep(kept())
    await choose_pin(store, SECRET, PIN)
    store.close()
    gate = Gate(path, SECRET)
    for expected in range(1, 5):
        with pytest.raises(WrongPinError):
            await gate.open(WRONG)
        assert gate.tries() == expected

    class PulledOut(Vaults):
        async def unlock(self, wrapped: bytes, key: AesGcmVault) -> AesGcmVault:
            assert gate.tries() == 5  # on the disk already
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await Gate(path, SECRET, PulledOut(DeskCiphers())).open(PIN)
    assert gate.tries() == 5
    store, _ = await gate.open(PIN)
    assert gate.tries() == 0
    assert len(await store.all()) == 1
    store.close()


class NoMemory(DeskCiphers):
    """A tablet where other applications hold all the memory."""

    async def argon2id(self, secret: bytes, salt: bytes, time: int, memory: int, lanes: int) -> bytes:
        raise MemoryError


async def test_a_machine_without_the_memory_to_stretch_a_pin_says_so() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + 2**28, hard))
    try:
        with pytest.raises(MemoryError):
            await DeskCiphers().argon2id(b"482916", bytes(16), 1, 2**20, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


async def test_a_pin_that_could_not_be_tried_for_want_of_memory_is_no_wrong_one(session: Session) -> None:
    await session.lock_now()
    gate = session._way_in._gate
    usual, gate._vaults = gate._vaults, Vaults(NoMemory())
    for _ in range(FREE + 2):
        await type_pin(session, PIN)
        assert (session.screen, session.lock.busy, session.lock.message) == ("lock", False, NO_MEMORY)
    assert session._way_in.tries == 0
    gate._vaults = usual
    await type_pin(session, PIN)
    assert session.screen == "home"


async def test_a_new_pin_that_could_not_be_stretched_is_asked_for_again(session: Session) -> None:
    await session.change_pin()
    usual, session._way_in._vaults = session._way_in._vaults, Vaults(NoMemory())
    await type_pin(session, WRONG, WRONG)
    assert (session.screen, session.lock.stage, session.lock.message) == ("lock", "choose", NO_MEMORY)
    session._way_in._vaults = usual
    await session.keep_pin()
    await session.lock_now()
    await type_pin(session, PIN)
    assert session.screen == "home"


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    """An enrolled tablet, its PIN chosen, without network."""
    store = await open_store(tmp_path / "tablet.db", await FileSecret(tmp_path).secret())
    await store.keep_note("enrolment", asdict(ENROLMENT))
    store.close()
    found = Session(_ports=Ports(storage=FolderStorage(tmp_path), transport=lambda: Silent()))
    await found.open()
    await type_pin(found, PIN, PIN)
    yield found
    found.close()


async def test_a_locked_tablet_holds_nothing_in_its_memory(session: Session) -> None:
    await session.new("encounter")
    assert session.draft is not None
    await session.draft.choose("commune", "90052")
    await session.show_journal()
    assert session.journal.records
    await session.lock_now()
    assert session.screen == "lock"
    assert [session._desk, session.draft, session._task] == [None] * 3
    assert [*session.journal.records, *session.follow_ups.items] == []
    assert session.team == ""
    await session.lock_now()  # twice is once
    assert session.screen == "lock"


async def test_the_entry_under_way_is_on_the_screen_again_after_unlocking(session: Session) -> None:
    await session.new("encounter")
    assert session.draft is not None
    await session.draft.choose("commune", "90052")
    await session.lock_now()
    await type_pin(session, PIN)
    assert session.screen == "draft"
    assert session.draft is not None
    assert session.draft.fields["commune"] == "90052"


async def test_it_locks_when_nobody_touches_it_and_not_before(session: Session) -> None:
    clock = Clock()
    session.lock._monotonic = clock
    session.lock.touch()
    await session.set_lock(1)
    clock.now += 59
    await session.check_idle()
    assert session.screen == "home"
    session.lock.touch()
    clock.now += 59
    await session.check_idle()
    assert session.screen == "home"
    clock.now += 2
    await session.check_idle()
    assert session.screen == "lock"
    await type_pin(session, PIN)
    assert (session.screen, session.lock.minutes) == ("home", 1)


async def test_wrong_pins_are_said_delayed_and_open_nothing(session: Session) -> None:
    clock = Clock()
    session.lock._monotonic = clock
    await session.lock_now()
    for _ in range(FREE):
        await type_pin(session, WRONG)
        assert session.lock.message == "Ce code n’est pas le bon."
    await type_pin(session, WRONG)
    assert "Attendez 5 secondes" in session.lock.message
    await type_pin(session, PIN)  # even the right one waits
    assert session.screen == "lock"
    assert "avant de pouvoir réessayer" in session.lock.message
    clock.now += 6
    await type_pin(session, PIN)
    assert session.screen == "home"


async def test_the_pin_is_changed_from_the_settings_or_kept(session: Session) -> None:
    await session.change_pin()
    await session.keep_pin()
    assert session.screen == "settings"
    await session.change_pin()
    await type_pin(session, "112358", "112358")
    assert session.screen == "settings"
    await session.lock_now()
    await type_pin(session, PIN)
    assert session.screen == "lock"
    await type_pin(session, "112358")
    assert session.screen == "home"


def test_a_delay_is_spoken_as_people_say_it() -> None:
    said = [spoken(seconds) for seconds in (1, 2, 59, 60, 61, 300)]
    assert said == ["1 seconde", "2 secondes", "59 secondes", "1 minute", "2 minutes", "5 minutes"]
