"""The public page of the slips in a browser: what a service's phone shows once the QR is scanned."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from shared import coupons
from tests.browser import PHONE, window
from tests.console import desk_page, violations
from tests.journeys.conftest import World

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_scanned_slip_is_answered_on_a_phone(world: World) -> None:
    address = f"http://127.0.0.1:{world.server_port}/coupon"
    code = coupons.new_code()
    with window(PHONE) as browser:
        page, said = desk_page(browser)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}#{code}")
        expect(page.get_by_label("Code du coupon")).to_have_value(code)
        assert page.url == address  # out of the address bar
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        assert violations(page) == []

        page.get_by_role("button", name="Envoyer").click()  # no answer chosen: the browser asks for one
        expect(page.get_by_role("button", name="Envoyer")).to_be_visible()
        page.get_by_label("La personne est venue").check()
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_role("status")).to_contain_text("Si ce coupon est valable")
        assert violations(page) == []

        page.get_by_role("link", name="Répondre à un autre coupon").click()
        page.get_by_label("Code du coupon").fill("ABC-DEF-GHX")
        page.get_by_label("Le service est engagé").check()
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_role("alert")).to_contain_text("un caractère est faux")
        expect(page.get_by_label("Code du coupon")).to_have_value("ABC-DEF-GHX")
        assert violations(page) == []

        page.goto(f"{address}/nulle-part")
        expect(page.get_by_role("heading")).to_have_text("Cette page n’existe pas.")
        assert violations(page) == []
        assert not any(
            coupons.bare(code) in url.replace("-", "") for url in asked
        )  # the code is in no request line
        assert said == []
        assert browser.strangers == set()
