"""A slip's whole way: made on the tablet in the language of the person, answered by the service, read again on the
tablet and in the report."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from sync_server.web.server import SETTLE_EVERY
from tests.browser import LOOK, PATIENCE, Window, button, chip, open_app, press, tap, text, type_pin, unlock
from tests.console import sign_in
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home
from tests.journeys.field.test_recording import NEED, SERVICE
from tests.journeys.field.test_straight_line import figures

pytestmark = [pytest.mark.journey, pytest.mark.enrolled]
ARABIC, UKRAINIAN = "العربية · arabe", "Українська · ukrainien"

SHEETS = """
globalThis.shared = [];
globalThis.sheets = 0;
navigator.canShare = () => true;
navigator.share = async ({ text, files }) => {
  shared.push({ text, files: files.map((file) => [file.name, file.type, file.size > 20000]) });
};
globalThis.print = () => { globalThis.sheets += 1; };
"""
"""A platform that shares and prints: Chromium here does neither."""
PRINTED = """() => {
  const seen = (e) => getComputedStyle(e).display !== "none" && !["SCRIPT", "STYLE"].includes(e.tagName);
  const picture = document.getElementById("printed");
  const shown = [...document.body.children].filter(seen).map((e) => e.id);
  return { shown, high: picture.naturalHeight, wide: picture.naturalWidth };
}"""
"""What the page is on paper."""


def open_slip(page: Page) -> None:
    """A referral with its slip on the screen."""
    press(page, button(page, "Nouvelle rencontre"))
    for name in ("Giromagny", "Mairie", NEED, SERVICE):
        tap(page, chip(page, name))
    tap(page, button(page, "Coupon"))
    expect(text(page, "Ce coupon ne contient pas votre nom")).to_be_visible()


def hand_over(page: Page) -> str:
    """A referral with its slip, saved; the code on the slip."""
    open_slip(page)
    said = page.locator("body").aria_snapshot().split()  # the slip is read as one: Flutter merges its lines
    shown = next(word for word in said if word.count("-") == 2 and len(word) == 11)
    tap(page, button(page, "Fermer le coupon"))
    press(page, button(page, "Enregistrer"))
    expect(text(page, "Rencontre enregistrée")).to_be_visible()
    expect(text(page, "Tout est envoyé")).to_be_visible()
    return shown


def test_the_service_says_the_person_came_and_the_tablet_hears_it(world: World, browser: Window) -> None:
    tablet = browser.page()
    open_home(tablet, world)
    code = hand_over(tablet)

    service = browser.page()
    server = world.console.removesuffix("/console")
    service.goto(f"{server}/coupon#{code}")  # as the phone's camera opens it
    expect(service.get_by_label("Code du coupon")).to_have_value(code)
    assert "#" not in service.url  # it does not stay in the history
    service.get_by_label("La personne est venue").check()
    service.get_by_role("button").click()
    expect(service.get_by_text("Merci.")).to_be_visible()
    thanks = service.content()

    service.goto(f"{server}/coupon")
    service.get_by_label("Code du coupon").fill("222-222-222")
    service.get_by_label("La personne est venue").check()
    service.get_by_role("button").click()
    assert code not in service.content()
    assert "Merci." in thanks

    service.wait_for_timeout(2 * SETTLE_EVERY * 1000)  # the server looks answers up at a pace of its own
    tap(tablet, button(tablet, "Synchroniser"))
    expect(text(tablet, "Réponses des services")).to_be_visible()
    expect(text(tablet, "France Services Giromagny : Honorée")).to_be_visible()
    tap(tablet, tablet.get_by_role("button", name="Suites"))
    expect(text(tablet, "signalé par le service")).to_be_visible()

    console = browser.page()
    sign_in(console, world)
    console.goto(f"{world.console}/indicateurs")
    assert figures(console)["A4-10"].startswith("100")
    assert browser.strangers == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_tablet_locks_and_the_entry_under_way_waits_behind_the_pin(world: World, browser: Window) -> None:
    page = browser.page()
    open_home(page, world)
    press(page, button(page, "Nouvelle rencontre"))
    tap(page, chip(page, "Delle"))
    expect(chip(page, "Delle")).to_be_checked()  # shown once it is kept
    page = browser.pull_battery()
    open_app(page, world.app)
    expect(text(page, "Tablette verrouillée")).to_be_visible()
    assert button(page, "Nouvelle rencontre").count() == 0
    type_pin(page, "739150")
    expect(text(page, "Ce code n’est pas le bon")).to_be_visible()
    unlock(page)
    tap(page, button(page, "1 brouillon à terminer"))
    expect(text(page, "Rencontre · Delle")).to_be_visible()
    tap(page, button(page, "Retour à l’accueil"))
    tap(page, button(page, "Réglages"))
    tap(page, button(page, "Verrouiller maintenant"))
    unlock(page)
    expect(button(page, "Nouvelle rencontre")).to_be_visible()
    assert browser.strangers == set()


def wait_until(page: Page, condition: str) -> None:
    """Look at the page until it is so: its policy forbids Playwright's own way."""
    for _ in range(PATIENCE // 200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"never: {condition}")


def choose(page: Page, before: str, language: str) -> None:
    page.wait_for_timeout(LOOK)  # the list closed under the finger
    press(page, button(page, f"Langue\u00a0: {before}"))
    press(page, chip(page, language))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_person_points_at_their_language_and_no_letter_is_asked_for_outside(
    world: World, browser: Window
) -> None:
    page = browser.page()
    fonts: list[tuple[str, int]] = []
    page.on(
        "response",
        lambda answer: (
            fonts.append((urlsplit(answer.url).path, answer.status)) if ".woff2" in answer.url else None
        ),
    )
    open_home(page, world)
    open_slip(page)
    assert not [path for path, _ in fonts if "arabic" in path]  # nobody asked for a word of Arabic
    choose(page, "français", UKRAINIAN)
    expect(text(page, "Вашого імені немає на цьому талоні.")).to_be_visible()
    choose(page, "ukrainien", ARABIC)
    expect(text(page, "اسمك غير مكتوب على هذه القسيمة.")).to_be_visible()
    expect(text(page, "Coupon d’orientation")).to_be_visible()  # the service reads French
    expect(text(page, "Pour le service")).to_be_visible()
    assert [status for path, status in fonts if "notosansarabic" in path] == [200]
    assert [path for path, status in fonts if status != 200] == []
    assert browser.strangers == set()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_slip_leaves_the_tablet_as_a_picture_by_the_share_sheet_or_on_paper(
    world: World, browser: Window
) -> None:
    browser.context.add_init_script(SHEETS)
    page = browser.page()
    open_home(page, world)
    open_slip(page)
    choose(page, "français", ARABIC)
    page.wait_for_timeout(LOOK)
    tap(page, button(page, "Partager"))
    wait_until(page, "shared.length === 1")
    [sent] = page.evaluate("shared")
    assert sent["files"] == [["coupon.png", "image/png", True]]
    assert "اسمك غير مكتوب على هذه القسيمة." in sent["text"]
    tap(page, button(page, "Imprimer"))
    wait_until(page, "sheets === 1")
    page.emulate_media(media="print")
    on_paper = page.evaluate(PRINTED)
    assert on_paper["shown"] == ["printed"]
    # The whole slip, sharp, whatever of it was on the screen; it lies as the tablet does.
    assert on_paper["wide"] > 1_600
    assert 900 < on_paper["high"] < on_paper["wide"]
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#printed").count() == 0
    press(page, button(page, "Afficher en grand"))
    expect(button(page, "Fermer l’affichage en grand")).to_be_visible()
    assert browser.strangers == set()
