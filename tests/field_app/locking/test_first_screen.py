"""The lock screen stands while the rest is loaded: what is typed meanwhile counts, its field stays the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import flet as ft
import pytest

from field_app import app, loading
from field_app.locking.opening import Gate, WrongPinError
from field_app.ports.desk.secret import FileSecret
from field_app.ports.desk.storage import FolderStorage
from field_app.ports.ports import Ports
from tests.field_app.locking.test_early_pin import WRONG, StartPage, tries
from tests.field_app.locking.test_early_pin import folder as folder  # its tablet
from tests.field_app.world import PIN, Silent
from tests.flet_headless import Hand, Screen


class Loading:
    """The rest of the app, which is there when the test says so."""

    def __init__(self) -> None:
        self.begun, self.ended = asyncio.Event(), asyncio.Event()

    async def load(self) -> None:
        self.begun.set()
        await self.ended.wait()


@pytest.fixture
async def rest(monkeypatch: pytest.MonkeyPatch) -> Loading:
    found = Loading()
    monkeypatch.setattr(loading, "load", found.load)
    return found


@pytest.fixture
async def screen(folder: Path, rest: Loading) -> AsyncIterator[Screen]:
    """A tablet that asks for its PIN, and has not loaded the rest."""

    def ports_of(page: ft.Page) -> Ports:
        return replace(app.device_ports(page), storage=FolderStorage(folder), transport=lambda: Silent())

    shown: list[Screen] = []

    async def begin(page: ft.Page) -> None:
        page.run_task(partial(app.main, page, ports_of))
        await rest.begun.wait()

    shown.append(await Screen.open(begin, Hand()))
    yield shown[0]
    rest.ended.set()
    await shown[0].settle()
    shown[0].close()


def box(screen: Screen) -> ft.TextField:
    [found] = screen.all(ft.TextField)
    return found


async def finish(screen: Screen, rest: Loading) -> None:
    rest.ended.set()
    await screen.settle()


async def test_the_field_of_the_pin_is_the_same_before_and_after(screen: Screen, rest: Loading) -> None:
    assert (box(screen).label, box(screen).autofocus) == ("Code PIN", True)
    before = box(screen)._i
    await screen.type_in("Code PIN", PIN[:3])
    await finish(screen, rest)
    assert (box(screen)._i, box(screen).value) == (before, PIN[:3])  # drawn anew it would have lost a digit
    await screen.type_in("Code PIN", PIN)
    assert screen.button("Nouvelle rencontre")


async def test_six_digits_typed_meanwhile_open_the_tablet_once_all_is_there(
    screen: Screen, rest: Loading, folder: Path
) -> None:
    await screen.type_in("Code PIN", PIN)
    assert screen.says("Ouverture…")
    assert screen.all(ft.TextField) == []  # no second try meanwhile
    assert await tries(folder) == 0
    await finish(screen, rest)
    assert screen.button("Nouvelle rencontre")


async def test_a_wrong_pin_typed_meanwhile_is_said_and_counted_once(
    screen: Screen, rest: Loading, folder: Path
) -> None:
    await screen.type_in("Code PIN", WRONG)
    await finish(screen, rest)
    assert screen.says("Ce code n’est pas le bon.")
    assert (box(screen).value, await tries(folder)) == ("", 1)
    await screen.type_in("Code PIN", PIN)
    assert screen.button("Nouvelle rencontre")


async def test_a_tablet_that_makes_one_wait_says_so_and_asks_again(
    folder: Path, rest: Loading, screen: Screen
) -> None:
    for _ in range(4):
        with pytest.raises(WrongPinError):
            await Gate(folder / "tablet.db", await FileSecret(folder).secret()).open(WRONG)
    await screen.type_in("Code PIN", WRONG)
    await finish(screen, rest)
    assert screen.says("Attendez")
    await screen.type_in("Code PIN", PIN)  # too soon
    assert screen.says("avant de pouvoir réessayer")
    assert box(screen).value == ""


async def test_a_build_has_started_once_the_rest_is_loaded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_allowed", asyncio.Event())
    waiting = asyncio.create_task(loading.finish())
    await asyncio.sleep(0)
    assert not waiting.done()  # the first screen is not there yet
    loading.allow()
    await waiting


async def test_a_build_of_which_a_part_is_missing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "PARTS", (*loading.PARTS, "field_app.what_the_build_left_out"))
    loading.allow()
    with pytest.raises(ModuleNotFoundError):
        await loading.finish()


async def test_who_still_types_on_the_page_of_the_start_is_not_waited_for(folder: Path, rest: Loading) -> None:
    class Slow(StartPage):
        typing = asyncio.Event()

        async def take(self) -> str:
            await self.typing.wait()
            return PIN

    page = Slow()

    def ports_of(shown: ft.Page) -> Ports:
        found = app.device_ports(shown)
        return replace(found, storage=FolderStorage(folder), transport=lambda: Silent(), early_pin=page)

    async def begin(shown: ft.Page) -> None:
        shown.run_task(partial(app.main, shown, ports_of))
        await rest.begun.wait()  # while they type

    screen = await Screen.open(begin, Hand())
    rest.ended.set()
    page.typing.set()
    await screen.settle()
    assert screen.button("Nouvelle rencontre")
    screen.close()
