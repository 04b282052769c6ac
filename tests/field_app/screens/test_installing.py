"""The app as a page of a browser: kept or not, installed or not, another build waiting, a link that opens it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import flet as ft
import httpx
import pytest
from sqlalchemy import Engine

from field_app import app
from field_app.ports.desk.storage import FolderStorage
from field_app.ports.installation import Safekeeping
from field_app.ports.ports import Ports
from field_app.ports.taps import REACTION
from field_app.screens.installing import STEPS
from field_app.state.tablet.installed import Installed
from tests.field_app.conftest import a_code
from tests.field_app.world import PIN, URL, clock
from tests.flet_headless import Hand, Screen

BARE = Safekeeping(quota=3_000_000_000, usage=1_000_000)


class FakePage:
    """A page that answers as a browser would: `grants` is whether it promises to keep the records when asked."""

    build = "a1b2c3"

    def __init__(self, opened_with: str = "", standing: Safekeeping = BARE, grants: bool = False) -> None:
        self.opened_with, self.standing, self.grants = opened_with, standing, grants
        self.done: list[str] = []
        self.listeners: list[Callable[[str, object], object]] = []

    async def look(self) -> Safekeeping:
        return self.standing

    async def persist(self) -> Safekeeping:
        self.done.append("persist")
        self.standing = replace(self.standing, persisted=self.standing.persisted or self.grants)
        return self.standing

    async def install(self) -> str:
        self.done.append("install")
        self.standing = replace(self.standing, standalone=True)
        return "accepted"

    async def check(self) -> None:
        self.done.append("check")

    async def take_over(self) -> None:
        self.done.append("take over")

    async def hold_back(self, held: bool) -> None:
        self.held = held

    def listen(self, hear: Callable[[str, object], object]) -> None:
        self.listeners.append(hear)

    def tell(self, name: str, value: object) -> None:
        """Tell an event to all who listen, as the worker's end of the line does."""
        for hear in self.listeners:
            hear(name, value)


class Tablet:
    """A tablet that can be opened again over what it keeps."""

    def __init__(self, folder: Path, transport: httpx.AsyncBaseTransport) -> None:
        self.folder, self.transport = folder, transport

    async def open(self, page: FakePage) -> Screen:
        hand = Hand()

        def ports_of(shown: ft.Page) -> Ports:
            return replace(
                app.device_ports(shown), storage=FolderStorage(self.folder), transport=lambda: self.transport,
                clock=clock, monotonic=hand, installation=page,
            )  # fmt: skip

        return await Screen.open(partial(app.main, ports_of=ports_of), hand)

    async def enrol(self, page: FakePage, code: str) -> Screen:
        screen = await self.open(page)
        await screen.tap("Passer")
        await screen.type_in("Code à usage unique", code)
        await screen.tap("Activer la tablette")
        for _ in range(2):
            await screen.type_in("Code PIN", PIN)
        return screen


@pytest.fixture
def tablet(tmp_path: Path, transport: httpx.AsyncBaseTransport, monkeypatch: pytest.MonkeyPatch) -> Tablet:
    monkeypatch.setenv("FIELD_APP_SERVER", URL)
    return Tablet(tmp_path / "tablet", transport)


class Undecided(FakePage):
    """A browser that asks the person whether to keep the records, and has no answer yet."""

    async def persist(self) -> Safekeeping:
        self.done.append("persist")
        return await asyncio.Future()


async def test_a_tablet_opens_before_the_browser_says_whether_it_keeps_the_records(
    tablet: Tablet, server_engine: Engine
) -> None:
    page = Undecided()
    screen = await tablet.enrol(page, a_code(server_engine))
    assert screen.button("Nouvelle rencontre")
    screen = await tablet.open(page)
    await asyncio.wait_for(screen.type_in("Code PIN", PIN), timeout=60)
    assert page.done.count("persist") == 2
    await screen.tap("Nouvelle rencontre")  # taken: what the browser thinks about moves nothing under the finger
    assert screen.button("Enregistrer")


async def test_a_tablet_enrolled_anew_asks_again_that_its_records_be_kept(
    tablet: Tablet, server_engine: Engine
) -> None:
    page = FakePage()
    (await tablet.enrol(page, a_code(server_engine))).close()
    page.opened_with, page.done = f"code={a_code(server_engine)}", []
    screen = await tablet.open(page)
    await screen.type_in("Code PIN", PIN)
    await screen.tap("Activer la tablette")
    assert page.done.count("persist") == 2  # as it opened, and as it was enrolled
    screen.close()


async def test_an_enrolment_link_fills_in_the_code(tablet: Tablet, server_engine: Engine) -> None:
    code = a_code(server_engine)
    screen = await tablet.open(FakePage(f"code={code}"))
    await screen.tap("Passer")
    assert [field.value for field in screen.all(ft.TextField)] == [URL, code]
    assert screen.says("Le lien a rempli l’adresse et le code")
    assert not screen.says("Saisissez le code")
    await screen.tap("Activer la tablette")
    assert screen.says("Choisissez un code PIN")
    screen.close()


async def test_a_link_tapped_on_an_enrolled_tablet_proposes_the_new_code_once(
    tablet: Tablet, server_engine: Engine
) -> None:
    (await tablet.enrol(FakePage(), a_code(server_engine))).close()
    screen = await tablet.open(FakePage("code=ABCD-EFGH-JK"))
    await screen.type_in("Code PIN", PIN)
    assert screen.all(ft.TextField)[1].value == "ABCD-EFGH-JK"
    await screen.tap("Retour aux réglages")
    await screen.tap("Retour à l’accueil")
    assert screen.button("Nouvelle rencontre")
    screen.close()


async def test_a_link_tapped_while_the_app_is_open_is_followed_too(tablet: Tablet, server_engine: Engine) -> None:
    page = FakePage()
    screen = await tablet.enrol(page, a_code(server_engine))
    page.opened_with = "code=ABCD-EFGH-JK"
    page.tell("opened", page.opened_with)
    await screen.settle()
    assert screen.all(ft.TextField)[1].value == "ABCD-EFGH-JK"
    screen.close()


async def test_a_link_tapped_while_a_form_is_open_leaves_the_form(tablet: Tablet, server_engine: Engine) -> None:
    page = FakePage()
    screen = await tablet.enrol(page, a_code(server_engine))
    await screen.tap("Nouvelle rencontre")
    page.opened_with = "code=ABCD-EFGH-JK"
    page.tell("opened", page.opened_with)
    await screen.settle()
    assert screen.button("Enregistrer")
    screen.close()


async def test_the_shortcut_goes_straight_to_a_new_encounter(tablet: Tablet, server_engine: Engine) -> None:
    (await tablet.enrol(FakePage(), a_code(server_engine))).close()
    screen = await tablet.open(FakePage("nouvelle-rencontre"))
    await screen.type_in("Code PIN", PIN)
    assert screen.button("Enregistrer")
    screen.close()


async def test_a_private_window_is_warned_of_before_anything_is_entered(tablet: Tablet) -> None:
    screen = await tablet.open(FakePage())
    await screen.tap("Passer")
    assert screen.says("Ne l’utilisez jamais dans une fenêtre privée")
    for where, how in STEPS:
        assert screen.says(f"{where} : {how}")
    screen.close()


async def test_the_browser_is_asked_to_keep_the_records_at_enrolment_and_at_each_start(
    tablet: Tablet, server_engine: Engine
) -> None:
    refused, granted = FakePage(), FakePage(grants=True)
    screen = await tablet.enrol(refused, a_code(server_engine))
    assert "persist" in refused.done
    assert screen.says("n’est pas installée sur cette tablette")
    screen.close()
    screen = await tablet.open(granted)
    await screen.type_in("Code PIN", PIN)
    assert not screen.says("n’est pas installée sur cette tablette")
    await screen.tap("Réglages")
    assert screen.says("garde vos saisies sans limite de durée")
    assert screen.says("2 Go")
    assert screen.says("a1b2c3")
    screen.close()


async def test_the_browsers_own_offer_to_install_is_one_tap(tablet: Tablet, server_engine: Engine) -> None:
    page = FakePage()
    screen = await tablet.enrol(page, a_code(server_engine))
    page.tell("installable", True)
    await screen.tap("Installer l’application")
    await screen.tap("Installer sur cette tablette")
    assert "install" in page.done
    assert not screen.says("n’est pas installée sur cette tablette")
    screen.close()


async def test_another_build_is_offered_on_the_first_screen_and_never_over_a_form(
    tablet: Tablet, server_engine: Engine
) -> None:
    page = FakePage()
    screen = await tablet.enrol(page, a_code(server_engine))
    await screen.tap("Nouvelle rencontre")
    page.tell("update ready", True)
    await screen.settle()
    assert not screen.says("Mise à jour prête")
    await screen.tap("Abandonner")
    assert screen.says("Mise à jour prête")
    assert "take over" not in page.done
    await screen.tap("Mettre à jour maintenant")
    await screen.tap("Mettre à jour maintenant")
    assert page.done.count("take over") == 1
    screen.close()


async def test_a_build_that_did_not_start_is_said_once_the_former_one_is_back(
    tablet: Tablet, server_engine: Engine
) -> None:
    page = FakePage()
    screen = await tablet.enrol(page, a_code(server_engine))
    page.tell("went back", True)
    await screen.settle()
    assert screen.says("la précédente est revenue")
    screen.close()


async def test_a_desk_has_nothing_to_install(tmp_path: Path) -> None:
    installed = Installed()
    installed.begin()
    for act in (installed.look, installed.persist, installed.install, installed.check, installed.take_over):
        await act()
    assert (installed.standing, installed.warning, installed.sentence, installed.build, installed.code) == (
        None, "", "", "", "",
    )  # fmt: skip
    assert installed.follow_link() == ("", False)


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Safekeeping(True, True, 2_000_000_000, 0), "Application installée ; le navigateur garde vos saisies"),
        (Safekeeping(True, False, 2_000_000_000, 0), "Le navigateur garde vos saisies"),
        (Safekeeping(False, True, 2_000_000_000, 0), "Application installée. Place restante"),
        (Safekeeping(False, False, 900_000_000, 0), "Place restante pour l’application : 900 Mo."),
        (Safekeeping(False, False, 1, 5), "0 Mo"),
    ],
)
def test_the_settings_say_how_safely_the_records_are_kept(standing: Safekeeping, said: str) -> None:
    assert said in Installed(standing).sentence


@pytest.mark.parametrize(
    ("elsewhere", "seconds", "taken"), [(True, 0.1, False), (True, REACTION + 0.05, True), (False, 0.45, False)]
)
async def test_whoever_knows_the_way_need_not_wait(
    tablet: Tablet, server_engine: Engine, elsewhere: bool, seconds: float, taken: bool
) -> None:
    page = FakePage()
    screen = await tablet.enrol(page, a_code(server_engine))
    await screen.tap("Réglages")
    screen.hand.pause = 0
    screen.hand.now += seconds
    page.tell("pressed", {"elsewhere": elsewhere, "fell": time.time()})
    await screen.tap("Retour à l’accueil")
    assert screen.says("Communes habituelles") is not taken
