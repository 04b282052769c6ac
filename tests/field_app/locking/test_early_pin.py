"""The PIN typed on the start page, before Python was there to ask for it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import flet as ft
import pytest

from field_app import app
from field_app.locking.lock import FREE
from field_app.locking.opening import Gate, WrongPinError, choose_pin, open_store
from field_app.ports.desk.secret import FileSecret
from field_app.ports.desk.storage import FolderStorage
from field_app.ports.early_pin import EarlyPin
from field_app.ports.ports import Ports
from field_app.state.session import Session
from field_app.state.tablet import first_screen
from field_app.state.tablet.first_screen import FirstScreen
from tests.field_app.state.test_session import type_pin
from tests.field_app.world import ENROLMENT, PIN, Silent
from tests.flet_headless import Hand, Screen

WRONG = "739150"


@dataclass
class StartPage:
    """The page's own field, with what was typed there; `told` notes whether the next page may have one."""

    typed: str = ""
    taken: int = 0
    told: list[bool] = field(default_factory=list)

    async def take(self) -> str:
        self.taken += 1
        return self.typed

    async def expect(self, has_pin: bool) -> None:
        self.told.append(has_pin)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A tablet that was enrolled and has a PIN."""
    secret = await FileSecret(tmp_path).secret()
    store = await open_store(tmp_path / "tablet.db", secret)
    await store.keep_note("enrolment", asdict(ENROLMENT))
    await choose_pin(store, secret, PIN)
    store.close()
    return tmp_path


async def start(folder: Path, page: EarlyPin) -> Session:
    ports = Ports(storage=FolderStorage(folder), transport=lambda: Silent(), early_pin=page)
    first = FirstScreen(_ports=ports)
    await first.ask()
    session = Session(lock=first.lock, _ports=ports)
    await first.go_on(session)
    return session


async def tries(folder: Path) -> int:
    """How many wrong PINs in a row are counted on the disk."""
    gate = Gate(folder / "tablet.db", await FileSecret(folder).secret())
    found = gate.tries()
    gate._connected().close()
    return found


async def draw(folder: Path, page: EarlyPin) -> Screen:
    """The first screen, as a worker sees it."""

    def ports_of(shown: ft.Page) -> Ports:
        found = app.device_ports(shown)
        return replace(found, storage=FolderStorage(folder), transport=lambda: Silent(), early_pin=page)

    return await Screen.open(partial(app.main, ports_of=ports_of), Hand())


async def test_six_digits_typed_during_the_start_open_the_tablet_at_once(folder: Path) -> None:
    page = StartPage(PIN)
    session = await start(folder, page)
    assert (session.screen, page.taken) == ("home", 1)
    assert session.lock.typed == ""
    await session.lock_now()
    assert (session.screen, page.taken) == ("lock", 1)  # taken once: the next time is typed here
    session.close()


async def test_a_wrong_pin_typed_during_the_start_is_said_and_counted_as_any_other(folder: Path) -> None:
    session = await start(folder, StartPage(WRONG))
    assert (session.screen, session.lock.message) == ("lock", "Ce code n’est pas le bon.")
    assert session.lock.typed == ""
    await type_pin(session, WRONG, WRONG, WRONG)
    assert "Attendez 5 secondes" in session.lock.message  # the fourth in a row
    session.close()
    assert await tries(folder) == FREE + 1


async def test_what_is_typed_during_the_start_waits_as_long_as_a_try_on_the_lock_screen(folder: Path) -> None:
    secret = await FileSecret(folder).secret()
    for _ in range(FREE + 1):
        with pytest.raises(WrongPinError):
            await Gate(folder / "tablet.db", secret).open(WRONG)
    session = await start(folder, StartPage(PIN))  # even the right one
    assert session.screen == "lock"
    assert "avant de pouvoir réessayer" in session.lock.message
    session.close()
    assert await tries(folder) == FREE + 1  # it was not tried at all


async def test_too_few_digits_stand_in_the_field_and_wait_for_the_rest(folder: Path) -> None:
    screen = await draw(folder, StartPage(PIN[:4]))
    [box] = screen.all(ft.TextField)
    assert (box.label, box.value, box.autofocus) == ("Code PIN", PIN[:4], True)
    await screen.type_in("Code PIN", PIN[:5])
    [box] = screen.all(ft.TextField)
    assert box.value == PIN[:5]
    await screen.type_in("Code PIN", PIN)
    assert screen.button("Nouvelle rencontre")
    screen.close()


async def test_nothing_typed_during_the_start_leaves_an_empty_field(folder: Path) -> None:
    page = StartPage()
    screen = await draw(folder, page)
    [box] = screen.all(ft.TextField)
    assert (box.label, box.value) == ("Code PIN", "")
    assert screen.says("Tablette verrouillée")
    assert not screen.says("n’est pas le bon")
    screen.close()
    assert await tries(folder) == 0


async def test_a_start_page_that_never_answers_does_not_keep_the_lock_screen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deaf(StartPage):
        async def take(self) -> str:
            never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            return await never

    monkeypatch.setattr(first_screen, "LONGEST", 0.01)
    session = await start(folder, Deaf())
    assert (session.screen, session.lock.typed) == ("lock", "")
    await type_pin(session, PIN)
    assert session.screen == "home"
    session.close()


async def test_the_start_page_asks_for_a_pin_only_once_the_tablet_has_one(tmp_path: Path) -> None:
    page = StartPage(PIN)  # typed in a field that should not have been there
    session = await start(tmp_path, page)
    assert (session.screen, page.taken, page.told) == ("introduction", 0, [False])
    await session._opened.store.keep_note("enrolment", asdict(ENROLMENT))
    session.close()
    session = await start(tmp_path, page)
    assert (session.screen, session.lock.stage, page.told) == ("lock", "choose", [False, False])
    await type_pin(session, PIN, PIN)
    assert page.told == [False, False, True]
    session.close()


async def test_a_tablet_that_cannot_be_opened_takes_the_field_away(tmp_path: Path) -> None:
    (tmp_path / "tablet.db").write_bytes(b"no database at all" * 500)
    page = StartPage(PIN)
    session = await start(tmp_path, page)
    assert (session.screen, page.taken, page.told) == ("broken", 0, [False])


async def test_digits_left_in_the_field_are_gone_when_the_tablet_locks_again(folder: Path) -> None:
    session = await start(folder, StartPage(PIN))
    await session.change_pin()
    session.lock.type("48")
    await session.keep_pin()
    await session.lock_now()
    assert session.lock.typed == ""
    session.close()
