"""A cheap tablet draws late what Python has long sent: what is to come into sight comes all the same."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import HAND, LOOK, PHONE, button, chip, is_clear, press, reach, tap, text, window
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home
from tests.journeys.field.test_recording import NEED, SERVICE

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
SLOWER = 10
"""How many times slower than this machine the page draws; Python's worker is as quick as ever."""


def comes_into_sight(page: Page, target: Locator) -> bool:
    """Whether it stands between the bars of the screen within 6 s, without a swipe."""
    for _ in range(15):
        if target.count() and is_clear(target, PHONE[1]):
            return True
        page.wait_for_timeout(HAND)
    return False


def test_the_person_s_answer_comes_into_sight_however_slowly_it_is_drawn(world: World) -> None:
    with window(PHONE, profile=world.profile) as browser:
        page = browser.page()
        open_home(page, world)
        machine = page.context.new_cdp_session(page)
        for where in (("Giromagny", "Mairie"), (), (), ()):  # proposed from the second on
            tap(page, button(page, "Nouvelle rencontre"))
            for name in (*where, NEED):
                tap(page, chip(page, name))
            reach(page, chip(page, SERVICE))
            page.wait_for_timeout(LOOK)
            machine.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            press(page, chip(page, SERVICE))
            assert comes_into_sight(page, chip(page, "Elle accepte"))
            machine.send("Emulation.setCPUThrottlingRate", {"rate": 1})
            press(page, chip(page, "Elle accepte"))
            press(page, button(page, "Enregistrer"))
            expect(text(page, "Rencontre enregistrée")).to_be_visible()
