"""What leaves the installed app by the browser's own ways: a file saved and opened again, a call, a route."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from shared.models import ServiceFields
from shared.territory import TERRITORY
from sync_server.directory import services
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from sync_server.web.context import PARIS
from tests.browser import Window, button, press, tap, text, type_in
from tests.journeys.conftest import World
from tests.journeys.enrolled import enrol, open_without_server
from tests.journeys.field.test_straight_line import record

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
CODE = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")
WATCH_LINKS = """
window.followed = [];
window.open = (url, target) => { followed.push([String(url), target]); return null; };
addEventListener("click", (event) => {
  const link = event.composedPath().find((each) => each.tagName === "A" && each.href);
  if (link) { event.preventDefault(); followed.push([link.href, link.target]); }
}, true);
"""
"""Notes what the page asks the browser to open, and lets nothing leave the machine."""
ANDROID = (
    "Object.defineProperty(navigator, 'userAgent', {get: () => 'Mozilla/5.0 (Linux; Android 14) Chrome/150'});"
)
"""Tells Flutter that this is a tablet of the field."""


def link(page: Page, name: str) -> Locator:
    return button(page, name).or_(page.get_by_role("link", name=name, exact=True))


def followed(page: Page) -> list[list[str]]:
    """Every address that the page asked the browser to open, with the tab it asked for."""
    page.wait_for_function("() => followed.length > 0")
    found: list[list[str]] = page.evaluate("() => followed.splice(0)")
    return found


def import_file(page: Page, file: Path, code: str) -> None:
    type_in(page, "Code du fichier à importer", code)
    with page.expect_file_chooser() as chooser:
        tap(page, button(page, "Importer un fichier"))
    chooser.value.set_files(file)


@pytest.mark.installs
def test_what_was_not_sent_goes_to_another_tablet_in_a_sealed_file(
    world: World, browser: Window, tmp_path: Path
) -> None:
    page = browser.page()
    open_without_server(page, world)
    record(page, "Giromagny", "Mairie", "60-74 ans")
    tap(page, button(page, "Réglages"))
    with page.expect_download() as download:
        tap(page, button(page, "Exporter"))
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert re.fullmatch(r"saisies-\d{4}-\d\d-\d\d\.tdu", file.name)
    assert b"90052" not in file.read_bytes()
    shown = page.get_by_text(CODE).or_(page.get_by_label(CODE)).last  # said to a screen reader too
    expect(shown).to_be_visible()
    [code] = {found.group() for found in CODE.finditer(shown.get_attribute("aria-label") or shown.inner_text())}

    page.close()  # broken: it sends nothing any more
    world.start_server()
    other = Window(browser.playwright, tmp_path / "other", browser.size, browser.scheme, installs=False)
    try:
        page = other.page()
        enrol(page, world)
        tap(page, button(page, "Réglages"))
        import_file(page, file, "ABCD-EFGH-JKLM-NPQR")
        expect(text(page, "Ce code n’ouvre pas ce fichier")).to_be_visible()
        import_file(page, file, code)
        expect(text(page, "1 saisie ajoutée.")).to_be_visible()
        import_file(page, file, code)
        expect(text(page, "Tout était déjà sur cette tablette.")).to_be_visible()
        tap(page, button(page, "Retour à l’accueil"))
        expect(text(page, "Tout est envoyé")).to_be_visible()
        tap(page, button(page, "Journal des saisies"))
        expect(text(page, "60-74 ans")).to_be_visible()
        assert other.strangers == set()
    finally:
        other.close()


def add_service(world: World, fields: ServiceFields) -> None:
    """Enter a service as the coordination does."""
    engine = database.connect(world.env["DATABASE_URL"])
    with database.writing(engine) as connection:
        services.add(connection, Actor(TERRITORY, "coordination", datetime.now(PARIS).date()), fields)
    engine.dispose()


def test_a_service_is_called_and_found_on_a_map_by_a_tap(world: World, browser: Window) -> None:
    grocery = ServiceFields(
        name="Épicerie du Rhône", phone="03 84 90 90 90", commune="90052", latitude=47.74184, longitude=6.82541
    )
    add_service(world, grocery)
    page = browser.page()
    page.add_init_script(WATCH_LINKS + ANDROID)
    enrol(page, world)
    tap(page, button(page, "Annuaire"))
    type_in(page, "Rechercher un service", "epicerie du rhone")
    press(page, page.get_by_role("button", name="Voir Épicerie du Rhône"))
    expect(button(page, "Retour à la liste")).to_be_visible()
    tap(page, link(page, "Appeler"))
    assert followed(page) == [["tel:0384909090", "_blank"]]
    tap(page, link(page, "Itinéraire"))
    [[address, tab]] = followed(page)
    assert (address.split("?")[0], tab) == ("geo:47.74184,6.82541", "_blank")  # of the tablet's own map
    expect(button(page, "Retour à la liste")).to_be_visible()  # the app is still there
    assert browser.strangers == set()


@pytest.mark.installs
def test_without_a_network_an_emergency_number_is_dialled_from_the_form(world: World, browser: Window) -> None:
    page = browser.page()
    page.add_init_script(WATCH_LINKS + ANDROID)
    open_without_server(page, world)
    press(page, button(page, "Nouvelle rencontre"))
    tap(page, button(page, "Numéros d’urgence"))
    for name, address in (("Appeler le 115", "tel:115"), ("Écrire un SMS au 114", "sms:114")):
        tap(page, link(page, name))
        assert followed(page) == [[address, "_blank"]]
    tap(page, button(page, "Fermer"))
    expect(button(page, "Enregistrer").first).to_be_visible()
    assert browser.strangers == set()
