"""The coordinator's map and reports in a browser: filtered, frozen, compared, every format downloaded."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sync_server import database, store
from tests.browser import DESK, window
from tests.journeys.conftest import PASSWORD, World
from tests.sync_server import pact_world
from tests.sync_server.world import ME, encounter

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("browser")]
TODAY = date.today()  # noqa: DTZ011  # the server of a journey has the true clock


def serious(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in violations if v["impact"] in ("serious", "critical")
    ]


def sound(page: Page) -> None:
    """Nothing serious for a reader of screens; no page wider than the desk, nor at 200 %."""
    assert serious(page) == []
    for width in (DESK[0], DESK[0] // 2):
        page.set_viewport_size({"width": width, "height": DESK[1]})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def sign_in(page: Page, world: World) -> None:
    page.goto(f"{world.console}/connexion")
    page.get_by_label("Identifiant").fill("coordination")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def freeze(page: Page, world: World, comment: str) -> None:
    page.goto(f"{world.console}/rapports")
    page.get_by_label("Rapport", exact=True).select_option("Rapport annuel")
    page.get_by_role("button", name="Voir l’aperçu").click()
    sound(page)
    page.get_by_role("textbox", name="Commentaire").fill(comment)
    page.get_by_role("button", name="Figer ce rapport").click()
    expect(page.get_by_text("Empreinte SHA-256")).to_be_visible()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_year_is_mapped_frozen_compared_and_downloaded(world: World, database_url: str, tmp_path: Path) -> None:
    engine = database.connect(database_url)
    day = str(TODAY)
    receipts = store.accept(engine, ME, [encounter(day=day) for _ in range(3)], TODAY)
    assert [receipt.status for receipt in receipts] == ["accepted"] * 3
    with database.writing(engine) as connection:
        pact_world.plan(connection)
    with window(DESK) as browser:
        page = browser.page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        sign_in(page, world)
        page.get_by_role("link", name="Carte").click()
        page.get_by_label("Indicateur", exact=True).select_option("A4-01")
        page.get_by_role("button", name="Afficher").click()
        assert "indicateur=A4-01" in page.url
        expect(page.get_by_role("img", name="A4-01")).to_be_visible()
        expect(page.get_by_role("row", name="Giromagny")).to_contain_text("0 à 3 personnes")
        sound(page)

        freeze(page, world, "Premier envoi")
        sound(page)
        expect(page.get_by_role("img", name="A4-02 · Contacts")).to_be_visible()
        for ending in ("DOCX", "XLSX", "ODS", "CSV"):
            with page.expect_download() as found:
                page.get_by_role("link", name=ending, exact=True).click()
            path = tmp_path / found.value.suggested_filename
            found.value.save_as(path)
            if ending == "CSV":
                assert "A4-02;Contacts;contacts;à la hausse;0;" in path.read_text("utf-8-sig")
            else:
                assert ZipFile(path).testzip() is None

        store.accept(engine, ME, [encounter(day=day)], TODAY)
        freeze(page, world, "Une rencontre arrivée après l’envoi")
        page.goto(f"{world.console}/rapports")
        sound(page)
        page.get_by_role("button", name="Comparer les deux").click()
        row = page.get_by_role("row", name="Fiche 4 indicateurs : A4-02").filter(has_text=f"Réalisé {TODAY.year}")
        expect(row.get_by_role("cell").last).to_have_text("4")
        sound(page)
        assert said == []  # the strict policy blocked nothing
        assert browser.strangers == set()
    engine.dispose()
