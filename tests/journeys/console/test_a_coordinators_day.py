"""A coordinator's day in one session: what is aimed at, what was done, what was wrong, what is sent."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import odfdo
import pytest
from docx import Document
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from shared import ids
from shared.territory import epcis
from sync_server.web.context import paris_now
from tests.browser import DESK, window
from tests.console import desk_page, download, sign_in
from tests.journeys.conftest import World
from tests.journeys.console.test_correcting import push

pytestmark = pytest.mark.journey
TODAY = paris_now().date()  # the server's day, whatever this machine's zone
VOSGES, SUD = "200069060", "249000241"
REASON = "Commune mal choisie, vue avec l’équipe"
COLUMNS = (f"Cible {TODAY.year}", f"Réalisé {TODAY.year}", epcis()[VOSGES], epcis()[SUD], "Territoire")
"""Of the annual report: what was aimed at, what was reached, and where."""
Rows = Iterable[Iterable[Any]]


def contacts(page: Page, words: str) -> None:
    """What the page says of the contacts."""
    expect(page.get_by_role("row", name="A4-02").first).to_contain_text(words)


def follow(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Principale").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def aim(page: Page) -> None:
    """T0, the target of the year and the way to it, which the dashboard then measures against."""
    follow(page, "Objectifs")
    page.get_by_role("link", name="Modifier l’objectif de Contacts", exact=True).click()
    page.get_by_label("T0, valeur de départ").fill("0")
    page.get_by_label(f"Cible {TODAY.year}").fill("120")
    page.get_by_label("Trajectoire").select_option("paliers")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("C’est enregistré")
    contacts(page, "Par paliers")
    follow(page, "Tableau de bord")
    contacts(page, "4 contacts")
    contacts(page, "120")


def filtered(page: Page) -> str:
    """The women met today in one EPCI, place by place; the address, which says so in codes and no more."""
    follow(page, "Indicateurs")
    for label in ("Du", "Au"):
        page.get_by_label(label, exact=True).fill(str(TODAY))
    page.get_by_label("Indicateur", exact=True).select_option("A4-02")
    page.get_by_label("EPCI", exact=True).first.select_option(VOSGES)
    page.get_by_label("Genre", exact=True).first.select_option("femme")
    page.get_by_role("checkbox", name="Commune").check()
    page.get_by_role("button", name="Afficher").click()
    expect(page.get_by_role("row", name="Giromagny")).to_contain_text("2 contacts")
    asked = {name: values for name, values in parse_qs(urlsplit(page.url).query).items() if "" not in values}
    day = [str(TODAY)]
    assert asked == {"du": day, "au": day, "arrete": day, "periode": [f"annee.{TODAY}"], "indicateur": ["A4-02"],
                     "epci": [VOSGES], "genre": ["femme"], "par": ["commune"]}  # fmt: skip
    return page.url


def correct_one_behind(page: Page) -> None:
    """From the figure to one of its records, which was of Delle: first why, then the correction."""
    page.get_by_role("row", name="Total").get_by_role("link", name="voir les saisies").click()
    behind = page.get_by_role("note").filter(has_text="Derrière le chiffre A4-02")
    expect(behind).to_contain_text("Genre : Femme")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("row").nth(1).get_by_role("link").click()
    page.get_by_label("Note (facultative)").fill(REASON)
    page.get_by_role("button", name="Marquer à revoir").click()
    expect(page.get_by_role("status")).to_contain_text("C’est noté")
    page.get_by_role("link", name="Corriger").click()
    page.get_by_label("Commune", exact=False).first.select_option("90033")
    page.get_by_role("button", name="Enregistrer et valider").click()
    expect(page.get_by_role("status")).to_contain_text("La correction est enregistrée")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Validée")
    follow(page, "Journal")
    expect(page.get_by_role("row", name="Saisie à revoir")).to_contain_text(REASON)


def freeze(page: Page) -> None:
    follow(page, "Rapports")
    page.get_by_label("Rapport", exact=True).select_option("Rapport annuel")
    page.get_by_role("button", name="Voir l’aperçu").click()
    page.get_by_role("textbox", name="Commentaire").fill("Envoyé à l’État")
    page.get_by_role("button", name="Figer ce rapport").click()
    expect(page.get_by_text("Empreinte SHA-256")).to_be_visible()
    expect(page.get_by_role("img", name="A4-02 · Contacts")).to_be_visible()


def told(rows: Rows) -> dict[str, float]:
    """What the rows of the contacts say, below their headers."""
    head, found = list[str](), dict[str, float]()
    for row in rows:
        cells = [str(cell if cell is not None else "").strip() for cell in row]
        if cells[:1] == ["Code"]:
            head = cells
        if cells[:1] == ["A4-02"]:
            found |= {name: float(cell) for name, cell in zip(head, cells, strict=False) if name in COLUMNS}
    return found


def on_screen(page: Page) -> Rows:
    rows: Rows = page.locator("tr").evaluate_all("rows => rows.map(row => [...row.cells].map(c => c.innerText))")
    return rows


def in_file(path: Path) -> Rows:
    """The rows of every table of a file."""
    if path.suffix == ".csv":
        return csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";")
    if path.suffix == ".xlsx":
        return [row for sheet in load_workbook(path).worksheets for row in sheet.iter_rows(values_only=True)]
    if path.suffix == ".ods":
        return [row for sheet in odfdo.Document(path).body.tables for row in sheet.get_values()]
    assert path.suffix == ".docx"
    tables = Document(str(path)).tables
    return [[cell.text for cell in row.cells] for table in tables for row in table.rows]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_targets_a_figure_its_records_a_correction_and_the_report_that_is_sent(
    world: World, tmp_path: Path
) -> None:
    for gender, commune in (("femme", "90052"), ("femme", "90052"), ("homme", "90052"), ("femme", "90033")):
        push(world, ids.new_id(TODAY), 1, gender=gender, commune=commune)
    with window(DESK) as browser:
        page, said = desk_page(browser)
        sign_in(page, world)
        aim(page)
        figure = filtered(page)
        correct_one_behind(page)
        page.goto(figure)
        expect(page.get_by_role("row", name="Giromagny")).to_contain_text("1 contact")
        freeze(page)
        shown = told(on_screen(page))
        assert shown == dict(zip(COLUMNS, (120, 4, 2, 2, 4), strict=True))
        for ending in ("CSV", "XLSX", "ODS", "DOCX"):
            assert told(in_file(download(page, ending, tmp_path))) == shown, ending
        assert said == []
        assert browser.strangers == set()
