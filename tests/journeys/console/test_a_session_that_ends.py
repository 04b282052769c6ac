"""A coordinator called away in the middle of a form, in a real browser: what was typed is there on coming back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from sync_server.storage import database
from tests.browser import DESK, window
from tests.console import desk_page, faults, sign_in
from tests.journeys.conftest import PASSWORD, World

pytestmark = pytest.mark.journey
NAME = "Épicerie « Chez l’Aînée » & cie"


def leave_alone(world: World) -> None:
    """More than half an hour goes by."""
    engine = database.connect(world.env["DATABASE_URL"])
    with database.writing(engine) as connection:
        connection.execute(text("UPDATE console_session SET seen_at = 0"))
    engine.dispose()


def test_a_service_typed_before_a_long_call_is_sent_after_signing_in_again(world: World) -> None:
    with window(DESK) as browser:
        page, said = desk_page(browser)
        sign_in(page, world)
        page.goto(f"{world.console}/annuaire/nouveau")
        page.get_by_label("Nom").first.fill(NAME)
        page.get_by_role("group", name="Besoins").locator("summary").first.click()
        page.locator("input[name=themes]").first.check()
        leave_alone(world)
        page.get_by_role("button", name="Enregistrer").last.click()
        expect(page.get_by_text("Votre session a pris fin")).to_be_visible()
        expect(page.get_by_label("Identifiant")).to_have_value("coordination")
        found = faults(page)
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        expect(page.get_by_text("Votre session avait pris fin")).to_be_visible()
        expect(page.get_by_text(NAME)).to_be_visible()
        assert world.ask(f"SELECT name FROM service WHERE name = '{NAME}'") == []
        found += faults(page)
        page.get_by_role("button", name="Envoyer maintenant").click()
        expect(page.get_by_text("Votre session avait pris fin")).to_have_count(0)
        assert world.ask(f"SELECT name FROM service WHERE name = '{NAME}'") == [NAME]
        assert found == []
        assert [one for one in said if "401" not in one] == []  # the browser notes the answer that asks to sign in
        assert browser.strangers == set()
