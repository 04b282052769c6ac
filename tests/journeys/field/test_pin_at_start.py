"""The PIN typed while Python still starts, in the installed app."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import PIN, Window, button, expose_names, wait_until_installed
from tests.journeys.conftest import World
from tests.journeys.enrolled import enrol

pytestmark = [
    pytest.mark.journey,
    pytest.mark.installs,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def test_a_pin_typed_while_the_app_opens_without_network_leads_straight_home(
    world: World, browser: Window
) -> None:
    page = browser.page()
    page.goto(world.app)
    expect(page.locator("#splash")).to_be_visible()
    expect(page.get_by_label("Code PIN")).to_be_hidden()  # no PIN yet
    enrol(page, world)
    wait_until_installed(page)
    world.kill("server")
    page.close()
    page = browser.page()
    page.goto(world.app)
    expect(page.get_by_label("Code PIN")).to_be_focused()
    page.keyboard.type(PIN[:3], delay=80)
    page.wait_for_selector("flutter-view", state="attached")  # it wants the focus
    page.keyboard.type(PIN[3:], delay=80)
    page.wait_for_selector("#splash", state="detached")
    expose_names(page)
    expect(button(page, "Nouvelle rencontre")).to_be_visible()
