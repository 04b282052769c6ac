"""The forms of the desk in a browser: no choice is cut, and a report asks for the days that decide alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from shared import choices
from sync_server.intake import store
from sync_server.storage import database
from sync_server.web.context import paris_now
from tests.browser import DESK, window
from tests.console import sign_in
from tests.journeys.conftest import World
from tests.sync_server.world import ME, encounter, new_id

pytestmark = pytest.mark.journey
TODAY = paris_now().date()  # the server's day, whatever this machine's zone
ROOM = """select => {
  const style = getComputedStyle(select), brush = document.createElement("canvas").getContext("2d");
  brush.font = style.font;
  const text = brush.measureText(select.selectedOptions[0].label).width;
  return select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - text;
}"""
"""What is left of a select beside the words it shows, in pixels."""


def asked(page: Page, report: str) -> list[str]:
    """What the form asks for that report, besides the day of the outcomes."""
    page.get_by_label("Rapport", exact=True).select_option(report)
    labels = {"annee": "année", "du": "du", "au": "au"}
    return [word for name, word in labels.items() if page.locator(f"#{name}").is_visible()]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_longest_choice_is_read_whole_in_the_form_of_a_record(world: World, database_url: str) -> None:
    engine = database.connect(database_url)
    theme = max(choices.load("theme").by_code.values(), key=lambda c: len(c.label)).code
    referral = {"id": new_id(), "service": "mobijob", "theme": theme}
    met = encounter(
        day=str(TODAY), activity="ni-emploi-ni-etudes-ni-formation", needs=[{"theme": theme}], referrals=[referral]
    )
    [receipt] = store.accept(engine, ME, [met], TODAY)
    engine.dispose()
    assert receipt.status == "accepted", receipt
    with window(DESK) as browser:
        page = browser.page()
        sign_in(page, world)
        page.goto(f"{world.console}/saisies/{met['id']}/corriger")
        selects = page.locator("main select").all()
        assert len(selects) > 10
        cut = {select.get_attribute("name"): room for select in selects if (room := select.evaluate(ROOM)) < 0}
        assert cut == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_report_asks_for_its_year_or_for_its_days_never_for_both(world: World, database_url: str) -> None:
    with window(DESK) as browser:
        page = browser.page()
        sign_in(page, world)
        page.goto(f"{world.console}/rapports")
        assert asked(page, "Rapport annuel") == ["année"]
        assert asked(page, "Rapport de période") == ["du", "au"]
        assert asked(page, "Évaluation finale") == []
        page.get_by_label("Rapport", exact=True).select_option("Rapport annuel")
        page.get_by_label("Année").select_option(str(TODAY.year))
        page.get_by_role("button", name="Voir l’aperçu").click()
        expect(page.get_by_role("heading", name=f"Rapport annuel {TODAY.year}", exact=True)).to_be_visible()
