"""A worker's follow-ups by hand: today's referral at once, a step for a day of the calendar, told at home."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from shared import french
from tests.browser import Window, button, chip, press, tap, text
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home
from tests.journeys.field.test_double_tap import refer

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def pick(page: Page, day: date) -> None:
    """Choose a day in the calendar that is open, of this month or of the next."""
    expect(button(page, "Choisir")).to_be_visible()
    shown = page.get_by_role("button", name=re.compile(f"^{day.day}, "))
    if not shown.count():
        page.get_by_role("button", name="Mois suivant").click()
    shown.click()
    button(page, "Choisir").click()


def test_today_s_referral_is_noted_and_what_comes_next_is_told_at_home(world: World, browser: Window) -> None:
    page = browser.page()
    open_home(page, world)
    refer(page, "Giromagny", "Mairie")
    expect(text(page, "Tout est envoyé")).to_be_visible()
    today = date.fromisoformat(page.evaluate("() => new Date().toLocaleDateString('sv')"))

    # Two taps from home: the first card is that of today.
    tap(page, page.get_by_role("button", name="Suites"))
    expect(text(page, "Giromagny · Mairie · aujourd’hui")).to_be_visible()
    tap(page, button(page, "Rendez-vous pris"))
    expect(text(page, "Noté : Rendez-vous pris · France Services Giromagny")).to_be_visible()

    far = today + timedelta(12)
    tap(page, button(page, "Prochaine étape"))
    tap(page, chip(page, "Accompagner"))
    expect(text(page, "le jour venu : Accompagner demain")).to_be_visible()
    tap(page, button(page, "Autre jour"))
    pick(page, far)
    expect(text(page, f"le jour venu : Accompagner {french.format_near_day(far, today)}")).to_be_visible()
    tap(page, chip(page, "Aujourd’hui"))
    tap(page, button(page, "Fermer"))
    expect(text(page, "Accompagner aujourd’hui")).to_be_visible()

    tap(page, button(page, "Retour à l’accueil"))
    expect(text(page, "À faire")).to_be_visible()
    expect(text(page, "Accompagner aujourd’hui · personne vue aujourd’hui · Giromagny")).to_be_visible()
    tap(page, page.get_by_role("button", name="Suites"))
    tap(page, button(page, "C’est fait"))
    expect(button(page, "Prochaine étape")).to_be_visible()
    tap(page, button(page, "Retour à l’accueil"))
    expect(text(page, "À faire")).to_have_count(0)
    assert browser.strangers == set()


def test_a_forgotten_day_is_entered_the_day_after_and_one_of_the_week_by_the_calendar(
    world: World, browser: Window
) -> None:
    page = browser.page()
    open_home(page, world)
    press(page, button(page, "Partenariat"))
    today = date.fromisoformat(page.evaluate("() => new Date().toLocaleDateString('sv')"))
    tap(page, button(page, "Hier"))
    expect(text(page, french.format_weekday(today - timedelta(1)))).to_be_visible()
    tap(page, button(page, "Aujourd’hui"))
    expect(text(page, french.format_weekday(today))).to_be_visible()
    tap(page, button(page, "Choisir dans le calendrier"))
    first = today.replace(day=1)  # on the first of a month, this is today
    pick(page, first)
    expect(text(page, french.format_weekday(first))).to_be_visible()
    assert browser.strangers == set()
