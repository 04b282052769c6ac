"""A slip's whole way: made on the tablet, answered by the service, read again on the tablet and in the report."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Window, button, chip, open_app, press, tap, text, type_pin, unlock
from tests.console import sign_in
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home
from tests.journeys.field.test_recording import NEED, SERVICE
from tests.journeys.field.test_straight_line import figures

pytestmark = [pytest.mark.journey, pytest.mark.enrolled]


def hand_over(page: Page) -> str:
    """A referral with its slip, saved; the code on the slip."""
    press(page, button(page, "Nouvelle rencontre"))
    for name in ("Giromagny", "Mairie", NEED, SERVICE):
        tap(page, chip(page, name))
    tap(page, button(page, "Coupon"))
    expect(text(page, "Ce coupon ne contient pas votre nom")).to_be_visible()
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
