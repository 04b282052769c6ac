"""The slip on the screen: in the language the person points at, in large letters, shared, printed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import flet as ft
import httpx
import pytest
from sqlalchemy import Engine

from field_app import app
from field_app.ports.desk.storage import FolderStorage
from field_app.ports.ports import Ports
from field_app.state.slips import Slip
from shared import slip_words
from tests.field_app.conftest import a_code
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import PIN, URL, clock
from tests.flet_headless import Hand, Screen, as_typed

PICTURE = b"\x89PNG what the person sees"
ARABIC, UKRAINIAN = "العربية · arabe", "Українська · ukrainien"
SERVICE = "France Services Giromagny"


@dataclass
class Printer:
    """What was sent to it; or out of order."""

    printed: list[bytes] = field(default_factory=list)
    broken: bool = False

    async def __call__(self, picture: bytes) -> None:
        if self.broken:
            raise RuntimeError("no printer")
        self.printed.append(picture)


Opened = Callable[[Printer | None], Awaitable[Screen]]


@pytest.fixture
async def open_slip(
    tmp_path: Path, transport: httpx.AsyncBaseTransport, server_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Opened]:
    """Open the slip of a referral on a tablet enrolled just now, with that printer or none."""
    monkeypatch.setenv("FIELD_APP_SERVER", URL)
    opened: list[Screen] = []

    async def open_it(printer: Printer | None) -> Screen:
        hand = Hand()

        def ports_of(page: ft.Page) -> Ports:
            return replace(
                app.device_ports(page), storage=FolderStorage(tmp_path / "tablet"), transport=lambda: transport,
                clock=clock, monotonic=hand, print_picture=printer,
            )  # fmt: skip

        screen = await Screen.open(partial(app.main, ports_of=ports_of), hand)
        opened.append(screen)
        await screen.tap("Passer")
        await screen.type_in("Code à usage unique", a_code(server_engine))
        await screen.tap("Activer la tablette")
        for _ in range(2):
            await screen.type_in("Code PIN", PIN)
        await screen.tap("Nouvelle rencontre")
        for name in ("Giromagny", "Mairie", "Lien social", "Papiers, démarches", f"{SERVICE} · 0 km"):
            await screen.choose(name)
        await screen.tap("Coupon")
        return screen

    yield open_it
    for screen in opened:
        screen.close()


def asked(screen: Screen, name: str) -> list[Any]:
    return [args for asked_for, args in screen.connection.invoked if asked_for == name]


def screen_slip(screen: Screen) -> Slip:
    draft = session_of(screen).draft
    assert draft is not None
    assert draft.slip is not None
    return draft.slip


def code_on(screen: Screen) -> str:
    return next(t for t in screen.texts if t.count("-") == 2 and len(t) == 11)


async def test_the_slip_tells_the_commune_and_to_ask_for_what_nobody_knows(open_slip: Opened) -> None:
    screen = await open_slip(None)
    for said in (SERVICE, "90200 Giromagny", "L’adresse n’est pas connue.", "Montrez ce coupon à l’accueil."):
        assert screen.says(said)
    assert screen.says("Ce coupon ne contient pas votre nom.")


@pytest.mark.parametrize(("chip", "language", "right_to_left"), [(ARABIC, "ar", True), (UKRAINIAN, "uk", False)])
async def test_the_person_points_at_their_language(
    open_slip: Opened, chip: str, language: str, right_to_left: bool
) -> None:
    screen = await open_slip(None)
    code = code_on(screen)
    await screen.tap("Langue : français")
    await screen.choose(chip)
    words = slip_words.load(language)
    assert screen.says(words.no_hours)
    assert not screen.says("Les horaires ne sont pas connus.")
    for for_the_service in ("Coupon d’orientation", SERVICE, code, "Pour le service"):
        assert screen.says(for_the_service)
    directions = {str(t.value): t.rtl for t in screen.all(ft.Text)}
    assert directions[words.show] == right_to_left
    # What is no word of that language stands apart, from left to right.
    assert not directions["90200 Giromagny"]
    assert not directions[code]


@pytest.mark.parametrize(("chip", "control"), [(ARABIC, ft.Column), (UKRAINIAN, ft.Row)])
async def test_hours_come_after_their_days_whichever_way_the_language_reads(
    open_slip: Opened, chip: str, control: type[ft.Column] | type[ft.Row]
) -> None:
    screen = await open_slip(None)
    desk = screen_slip(screen)
    desk.service = desk.service.model_copy(update={"opening_hours": "Mo 09:00-12:00"})
    await screen.tap("Langue : français")
    await screen.choose(chip)
    [held] = [
        c for c in screen.all(control)
        if any(isinstance(t, ft.Text) and t.value == "9:00\u00a0–\u00a012:00" for t in c.controls)
    ]  # fmt: skip
    days, times = held.controls
    assert isinstance(days, ft.Text)
    assert isinstance(times, ft.Text)
    assert days.value in ("الاثنين:", "Понеділок:")
    assert not times.rtl


@pytest.mark.parametrize(("chip", "language", "right_to_left"), [(ARABIC, "ar", True), (UKRAINIAN, "uk", False)])
async def test_the_way_in_stays_french_and_the_person_reads_that_their_language_is_spoken_there(
    open_slip: Opened, chip: str, language: str, right_to_left: bool
) -> None:
    screen = await open_slip(None)
    desk = screen_slip(screen)
    told = {"access": "Bus 2, arrêt Mairie", "wheelchair": "non", "languages": [language]}
    desk.service = desk.service.model_copy(update=told)
    await screen.tap("Langue : français")
    await screen.choose(chip)
    words = slip_words.load(language)
    directions = {str(t.value): t.rtl for t in screen.all(ft.Text)}
    for said in (words.way, words.no_wheelchair, words.spoken):
        assert directions[said] == right_to_left
    assert not directions["Bus 2, arrêt Mairie"]


async def test_the_next_slip_is_french_again_since_the_language_is_kept_nowhere(open_slip: Opened) -> None:
    screen = await open_slip(None)
    await screen.tap("Langue : français")
    await screen.choose(ARABIC)
    await screen.tap("Fermer le coupon")
    await screen.tap("Coupon")
    assert screen.says("Montrez ce coupon à l’accueil.")


async def test_in_large_letters_the_slip_stands_alone(open_slip: Opened) -> None:
    screen = await open_slip(None)
    sizes = {str(t.value): t.size or 0 for t in screen.all(ft.Text)}
    await screen.tap("Afficher en grand")
    large = {str(t.value): t.size or 0 for t in screen.all(ft.Text)}
    assert large["90200 Giromagny"] > 1.5 * sizes["90200 Giromagny"]
    assert "Copier le code" not in screen.texts
    assert screen.all(ft.OutlinedButton) == []
    await screen.tap("Fermer l’affichage en grand")
    assert {str(t.value): t.size or 0 for t in screen.all(ft.Text)} == sizes


async def test_what_is_shared_is_the_picture_and_the_text_in_the_language_shown(open_slip: Opened) -> None:
    screen = await open_slip(None)
    screen.connection.answers |= {"capture": PICTURE, "share_files": {"status": "success", "raw": ""}}
    await screen.tap("Langue : français")
    await screen.choose(UKRAINIAN)
    code = code_on(screen)
    await screen.tap("Partager")
    [sent] = asked(screen, "share_files")
    [file] = sent["files"]
    assert (file.data, file.mime_type, file.name) == (PICTURE, "image/png", "coupon.png")
    assert slip_words.load("uk").no_name in sent["text"]
    assert code in sent["text"]
    assert not sent["mail_to_fallback_enabled"]  # a tablet has no mailbox of its own
    for said_elsewhere in ("Mairie", "Papiers", "rencontre"):
        assert said_elsewhere not in sent["text"]


async def test_on_an_ipad_the_text_is_shared_within_the_tap(open_slip: Opened) -> None:
    screen = await open_slip(None)
    screen.session.apply_page_patch({"platform": "ios"})
    await screen.tap("Langue : français")
    await screen.choose(UKRAINIAN)
    [button] = [b for b in screen.all(ft.OutlinedButton) if b.content == "Partager"]
    assert isinstance(button.action, ft.ShareText)
    assert slip_words.load("uk").no_name in button.action.text


async def test_a_printer_is_handed_the_picture_of_the_slip(open_slip: Opened) -> None:
    printer = Printer()
    screen = await open_slip(printer)
    screen.connection.answers["capture"] = PICTURE
    await screen.tap("Imprimer")
    assert printer.printed == [PICTURE]
    printer.broken = True
    await screen.tap("Imprimer")
    assert screen.says("n’a pas pu imprimer le coupon")


async def test_no_button_prints_where_the_device_has_no_way_to_a_printer(open_slip: Opened) -> None:
    screen = await open_slip(None)
    assert [as_typed(b.content) for b in screen.all(ft.OutlinedButton)] == [
        "Langue : français", "Afficher en grand", "Partager", "Copier le code", "Retirer le coupon",
    ]  # fmt: skip
