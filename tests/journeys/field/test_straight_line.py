"""The straight line: from a tap on the tablet to a cell of the report, the server killed in between."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from sync_server.web.context import PARIS
from tests.browser import (
    PATIENCE,
    Window,
    button,
    chip,
    choose_pin,
    open_app,
    press,
    tap,
    text,
    type_in,
    unlock,
    wait_until_installed,
)
from tests.console import download, sign_in
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home

pytestmark = pytest.mark.journey


def record(page: Page, *chips: str, change: bool = False) -> None:
    """An encounter, where the last one was unless `change`."""
    press(page, button(page, "Nouvelle rencontre"))
    expect(button(page, "Enregistrer")).to_be_visible()
    if change:
        tap(page, button(page, "Changer"))
    for name in chips:
        tap(page, chip(page, name))
        expect(chip(page, name)).to_be_checked()
    press(page, button(page, "Enregistrer"))
    expect(text(page, "Rencontre enregistrée")).to_be_visible()


def figures(page: Page) -> dict[str, str]:
    """Code to the figure as the page shows it."""
    found = {}
    for row in page.locator("tbody tr").all():
        code = row.locator("th strong").inner_text().split(" · ")[0]
        found[code] = row.locator("td.number").first.inner_text().split(" voir")[0].strip()  # beside its link
    return found


def xlsx_values(path: Path) -> dict[str, Any]:
    rows = [row for sheet in load_workbook(path).worksheets[:-1] for row in sheet.iter_rows(values_only=True)]
    return {str(row[0]): row[2] for row in rows if row[0] and str(row[0])[:3] in ("A3-", "A4-")}


def csv_values(path: Path) -> dict[str, str]:
    rows = csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";")
    found: dict[str, str] = {}
    for row in rows:  # the definitions come after the figures, under the same codes
        if len(row) > 3 and row[0][:3] in ("A3-", "A4-"):
            found.setdefault(row[0], row[2])
    return found


@pytest.mark.enrolled
@pytest.mark.installs
def test_three_encounters_recorded_without_server_are_read_in_the_console(
    world: World, browser: Window, tmp_path: Path
) -> None:
    tablet = browser.page()
    open_home(tablet, world)
    wait_until_installed(tablet)
    world.kill("server")  # SIGKILL, as a power cut would

    record(tablet, "Giromagny", "Espace public", "18-21 ans", "Femme", "Lien social")
    record(tablet, "Delle", "26-39 ans", change=True)
    record(tablet, "60-74 ans")
    expect(text(tablet, "3 saisies à envoyer")).to_be_visible()
    tap(tablet, button(tablet, "Synchroniser"))
    expect(text(tablet, "serveur injoignable")).to_be_visible()

    tablet = browser.pull_battery()  # and the tablet's battery
    open_app(tablet, world.app)
    unlock(tablet)
    expect(text(tablet, "3 saisies à envoyer")).to_be_visible()

    world.start_server()
    tap(tablet, button(tablet, "Synchroniser"))
    expect(text(tablet, "Tout est envoyé")).to_be_visible(timeout=PATIENCE)

    console = browser.page()
    sign_in(console, world)
    console.get_by_role("link", name="Indicateurs", exact=True).click()
    expect(console.get_by_role("heading", name="Indicateurs")).to_be_visible()
    shown = figures(console)
    assert shown["A4-02"] == "3 contacts"
    assert shown["A4-01"] == "0 à 3 personnes"
    assert shown["A4-06"] == "1 besoin"
    assert shown["A3-02"] == "0 contact"

    sheet = xlsx_values(download(console, "XLSX", tmp_path))
    text_file = csv_values(download(console, "CSV", tmp_path))
    assert len(sheet) == len(text_file) == len(shown) == 29
    assert (sheet["A4-02"], sheet["A4-06"], sheet["A4-09"]) == (3, 1, 0)
    assert (text_file["A4-02"], text_file["A4-06"]) == ("3", "1")

    tap(tablet, button(tablet, "Synchroniser"))  # the same again counts nothing again
    expect(text(tablet, "Tout est envoyé")).to_be_visible()
    console.reload()
    assert figures(console) == shown
    assert browser.strangers == set()


@pytest.mark.enrolled
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_presence_and_a_referral_reach_the_report_of_their_commune(world: World, browser: Window) -> None:
    tablet = browser.page()
    open_home(tablet, world)
    record(
        tablet,
        "Giromagny",
        "Mairie",
        "Papiers, démarches",
        "France Services Giromagny · 0 km",
        "Elle accepte",
    )
    press(tablet, button(tablet, "Présence"))
    for name in ("2 h", "3"):
        tap(tablet, chip(tablet, name))
    press(tablet, button(tablet, "Enregistrer"))
    expect(text(tablet, "Présence enregistrée")).to_be_visible()
    expect(text(tablet, "Tout est envoyé")).to_be_visible()  # it leaves by itself
    expect(text(tablet, "Dernier envoi réussi")).to_be_visible()

    console = browser.page()
    sign_in(console, world)
    console.goto(f"{world.console}/indicateurs?par=epci")
    section = console.locator("details", has_text="A4-14")
    assert (
        section.locator("tr", has_text="Vosges du Sud")
        .locator("td.number")
        .inner_text()
        .startswith("1 orientation")
    )
    assert section.locator("tr", has_text="Grand Belfort").locator("td.number").inner_text() == "0 orientation"
    hours = console.locator("details", has_text="A4-05").locator("tr.total td.number").inner_text()
    assert hours.startswith("6 heures-agent")
    assert browser.strangers == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_administrator_makes_a_code_and_the_coordination_confirms_the_tablet(
    world: World, browser: Window
) -> None:
    admin = browser.page()
    sign_in(admin, world, "admin")
    admin.get_by_role("button", name="Créer un code").click()
    code = admin.locator(".code").inner_text()
    tablet = browser.page()
    open_app(tablet, world.app)
    tap(tablet, button(tablet, "Passer"))
    type_in(tablet, "Code à usage unique", "AAAA-BBBB-CC")
    tap(tablet, button(tablet, "Activer la tablette"))
    expect(text(tablet, "Ce code n’est pas valable")).to_be_visible()
    type_in(tablet, "Code à usage unique", code)
    tap(tablet, button(tablet, "Activer la tablette"))
    choose_pin(tablet)
    expect(text(tablet, "Faites confirmer cette tablette")).to_be_visible(timeout=PATIENCE)
    record(tablet, "Giromagny", "Espace public", "18-21 ans", "Femme", "Lien social")  # nobody waits to begin
    admin.goto(f"{world.console}/appareils")
    expect(admin.get_by_role("cell", name="Attend la coordination")).to_be_visible()
    assert f"{datetime.now(PARIS):%d/%m/%Y}" in admin.content()
    admin.context.clear_cookies()
    sign_in(admin, world)
    admin.get_by_role("link", name="Confirmer").click()
    words = admin.locator(".spoken li").all_inner_texts()
    expect(text(tablet, ", ".join(words))).to_be_visible()  # read out on the telephone
    admin.get_by_role("button", name="Les mots sont les mêmes, confirmer").click()
    expect(admin.get_by_text("Tablette confirmée")).to_be_visible()
    expect(text(tablet, "Tout est envoyé")).to_be_visible(timeout=PATIENCE)
    assert world.ask("SELECT COUNT(*) FROM encounter") == ["1"]
    assert browser.strangers == set()
