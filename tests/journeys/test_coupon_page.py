"""The public page of the slips in a browser: what a service's phone shows once the QR is scanned."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from shared import coupons
from tests.browser import PHONE, window
from tests.journeys.conftest import World

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("browser")]


def serious(page: Page) -> list[str]:
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [v["id"] for v in violations if v["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_scanned_slip_is_answered_on_a_phone(world: World) -> None:
    address = f"http://127.0.0.1:{world.server_port}/coupon"
    code = coupons.new_code()
    with window(PHONE) as browser:
        page = browser.page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}#{code}")
        expect(page.get_by_label("Code du coupon")).to_have_value(code)
        assert page.url == address  # out of the address bar
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        assert serious(page) == []

        page.get_by_role("button", name="Envoyer").click()  # no answer chosen: the browser asks for one
        expect(page.get_by_role("button", name="Envoyer")).to_be_visible()
        page.get_by_label("La personne est venue").check()
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_role("status")).to_contain_text("Si ce coupon est valable")
        assert serious(page) == []

        page.get_by_role("link", name="Répondre à un autre coupon").click()
        page.get_by_label("Code du coupon").fill("ABC-DEF-GHX")
        page.get_by_label("Le service est engagé").check()
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_role("alert")).to_contain_text("un caractère est faux")
        expect(page.get_by_label("Code du coupon")).to_have_value("ABC-DEF-GHX")
        assert serious(page) == []

        page.goto(f"{address}/nulle-part")
        expect(page.get_by_role("heading")).to_have_text("Cette page n’existe pas.")
        assert serious(page) == []
        assert not any(
            coupons.bare(code) in url.replace("-", "") for url in asked
        )  # the code is in no request line
        assert browser.strangers == set()
