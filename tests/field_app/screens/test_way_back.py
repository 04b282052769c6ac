"""Back, of the browser or of Android: one step back inside the app, a form is left on purpose only."""

from __future__ import annotations

import flet as ft
import pytest
from sqlalchemy import Engine

from tests.field_app.conftest import a_code
from tests.field_app.screens.test_installing import FakePage, Tablet
from tests.field_app.screens.test_installing import tablet as tablet  # a fixture
from tests.flet_headless import Screen

KEPT = "gardé en brouillon"


@pytest.fixture
def browser() -> FakePage:
    return FakePage()


@pytest.fixture
async def home(tablet: Tablet, browser: FakePage, server_engine: Engine) -> Screen:
    return await tablet.enrol(browser, a_code(server_engine))


async def back(home: Screen, browser: FakePage) -> None:
    home.hand.wait()
    browser.tell("back", True)
    await home.settle()


async def fill_in(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "Lien social"):
        await home.choose(name)


@pytest.mark.parametrize("screen", ["Annuaire", "Mes chiffres", "Réglages", "Suites", "Journal des saisies"])
async def test_back_leads_home_from_every_screen_and_at_home_it_is_the_browser_s(
    home: Screen, browser: FakePage, screen: str
) -> None:
    assert not browser.held
    await home.tap(screen)
    assert browser.held
    await back(home, browser)
    assert home.button("Nouvelle rencontre")
    assert not browser.held


async def test_back_in_a_form_asks_and_loses_nothing(home: Screen, browser: FakePage) -> None:
    await fill_in(home)
    await back(home, browser)
    assert home.says(KEPT)
    await home.tap("Rester")
    assert home.button("Enregistrer")
    await back(home, browser)
    await back(home, browser)  # over the question: it goes, the form stays
    assert home.button("Enregistrer")
    await back(home, browser)
    await home.tap("Quitter")
    assert home.button("Nouvelle rencontre")
    assert home.button("1 brouillon à terminer")


async def test_back_closes_a_coupon_and_a_service_before_the_screen(home: Screen, browser: FakePage) -> None:
    await fill_in(home)
    await home.choose("Centre socio-culturel de la Haute Savoureuse · 0 km")
    await home.tap("Coupon")
    await back(home, browser)
    assert home.button("Enregistrer")
    await home.tap("Enregistrer")
    await home.tap("Suites")
    await home.tap("Coupon")
    await back(home, browser)
    assert home.says("Toute l’équipe")
    await back(home, browser)
    await home.tap("Annuaire")
    name = next(b.content for b in home.all(ft.OutlinedButton) if str(b.content).startswith("Voir "))
    await home.tap(str(name))
    assert home.says("Signaler une erreur")
    await back(home, browser)
    assert home.button(str(name))
    await back(home, browser)
    assert home.button("Nouvelle rencontre")


async def test_back_leaves_the_large_slip_for_the_slip_then_for_the_form(home: Screen, browser: FakePage) -> None:
    await fill_in(home)
    await home.choose("Centre socio-culturel de la Haute Savoureuse · 0 km")
    await home.tap("Coupon")
    await home.tap("Afficher en grand")
    await back(home, browser)
    assert home.button("Copier le code")
    await back(home, browser)
    assert home.button("Enregistrer")


async def test_a_record_opened_from_the_journal_leads_back_to_the_journal(home: Screen, browser: FakePage) -> None:
    await fill_in(home)
    await home.tap("Enregistrer")
    await home.tap("Journal des saisies")
    for leaving in ("Enregistrer", "Annuler mes changements", "Retour au journal"):
        await home.tap("Modifier")
        await home.tap(leaving)
        assert home.says("Journal des saisies")
        assert home.says("Correction enregistrée") is (leaving == "Enregistrer")
    await home.tap("Reprendre" if home.says("Brouillon") else "Modifier")
    await back(home, browser)
    await home.tap("Quitter")
    assert home.says("Journal des saisies")
    await back(home, browser)
    await home.tap("Nouvelle rencontre")
    await home.tap("Retour à l’accueil")
    assert home.button("Nouvelle rencontre")


async def test_what_was_begun_is_finished_from_home_and_leads_home(home: Screen, browser: FakePage) -> None:
    await fill_in(home)
    await home.tap("Retour à l’accueil")
    await home.tap("1 brouillon à terminer")
    await home.tap("Reprendre")
    await home.tap("Enregistrer")
    assert home.button("Nouvelle rencontre")
    assert home.says("Rencontre enregistrée")


async def test_back_at_the_lock_screen_is_the_browser_s(home: Screen, browser: FakePage) -> None:
    await home.tap("Réglages")
    await home.tap("Verrouiller maintenant")
    assert not browser.held
    await back(home, browser)
    assert home.says("Tablette verrouillée")
