"""Install, update and go back: the builds of the web app on a tablet."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import Window
from tests.journeys.web.small_build import Site, Tablet, lay_build
from tools.web_build import listing

pytestmark = pytest.mark.journey


def test_one_visit_is_enough_to_open_without_a_network(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site).open()
    version = tablet.build
    browser.context.set_offline(True)
    site.asked.clear()
    tablet.page.reload()
    assert tablet.wait().build == version
    tablet.page.goto(f"{site.url}une-page-qui-n-existe-pas")  # an old bookmark
    assert tablet.wait().build == version
    assert site.asked == []


def test_a_visit_brings_each_file_once(site: Site, browser: Window) -> None:
    Tablet(browser, site).open().page.wait_for_timeout(500)
    files = set(listing.list_files(site.folder)) - {listing.LISTING, "sw.js"}
    files -= {"index.html"}  # a kilobyte: the page asked for it by the address of the folder
    # The page and the service worker both ask for most of them: the second is told that it has the right one.
    twice = {name: site.sent.count(name) for name in files if site.sent.count(name) != 1}
    assert twice == {}


def test_an_update_waits_until_it_is_let_in(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site).open()
    first, second = tablet.build, lay_build(site.folder, "B")
    assert first != second
    assert tablet.heard("update ready") is False
    assert tablet.ask("update") is True
    tablet.until_heard("update ready", True)
    tablet.page.reload()
    assert tablet.wait().build == first  # a form may be open in it
    tablet.until_heard("update ready", True)
    tablet.take_over()
    assert tablet.wait().build == second
    assert tablet.heard("update ready") is False
    files = listing.list_files(site.folder)
    tablet.page.wait_for_timeout(500)
    assert tablet.kept() == len({d for n, d in files.items() if n not in (listing.LISTING, "sw.js")})


def test_an_update_fetches_what_changed_alone(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site).open()
    lay_build(site.folder, "B")
    site.asked.clear()
    tablet.ask("update")
    tablet.until_heard("update ready", True)
    assert sorted(site.asked) == ["build.js", "python/app.zip", "sw.js"]


def test_a_damaged_file_refuses_the_whole_update(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site).open()
    first, second = tablet.build, lay_build(site.folder, "B")
    site.damage("build.js")
    tablet.ask("update")
    tablet.page.wait_for_timeout(1_000)
    assert tablet.heard("update ready") is False
    browser.context.set_offline(True)
    tablet.page.reload()
    assert tablet.wait().build == first
    browser.context.set_offline(False)
    assert lay_build(site.folder, "B") == second  # mended: the same build
    site.asked.clear()
    tablet.ask("update")
    tablet.until_heard("update ready", True)
    assert "python/app.zip" not in site.asked  # what had arrived is not fetched again


def test_a_server_that_went_back_to_an_old_program_takes_nothing_away(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site).open()
    first = tablet.build
    (site.folder / listing.LISTING).unlink()
    assert tablet.ask("update") is False  # 503
    tablet.page.reload()
    assert tablet.wait().build == first


@pytest.mark.parametrize("when", ["at once", "late"])
def test_a_build_that_does_not_start_gives_way_to_the_one_before(site: Site, browser: Window, when: str) -> None:
    tablet = Tablet(browser, site).open()
    first, broken = tablet.build, lay_build(site.folder, "B", when)
    tablet.ask("update")
    tablet.until_heard("update ready", True)
    browser.context.set_offline(True)
    tablet.take_over()
    expect(tablet.page.get_by_text("elle réessaie. Rien n’est effacé.")).to_be_visible()
    expect(tablet.page.get_by_text("la précédente revient. Rien n’est effacé.")).to_be_visible()
    assert tablet.wait().build == first
    tablet.until_heard("went back", True)
    assert tablet.state()["current"] == broken
    tablet.page.reload()
    assert tablet.wait().build == first  # and stays

    browser.context.set_offline(False)
    third = lay_build(site.folder, "C")
    tablet.ask("update")
    tablet.until_heard("update ready", True)
    tablet.take_over()
    assert tablet.wait().build == third
    assert tablet.state() | {"started": True} == {
        "build": third, "current": third, "former": None, "started": True, "failures": 0, "back": False,
    }  # fmt: skip


def test_a_page_of_a_new_build_that_does_not_even_load_gives_way_too(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site).open()
    first = tablet.build
    lay_build(site.folder, "B")
    (site.folder / "page.js").write_text("this is no JavaScript (")
    version = listing.name_build(site.folder)
    (site.folder / "sw.js").unlink()
    (site.folder / listing.LISTING).unlink()
    listing.write_service_worker(site.folder, version)
    listing.write_listing(site.folder, version, "", listing.list_files(site.folder))
    tablet.ask("update")
    tablet.until_heard("update ready", True)
    tablet.take_over()
    expect(tablet.page.get_by_text("la précédente revient. Rien n’est effacé.")).to_be_visible()
    assert tablet.wait().build == first


def test_a_first_build_that_does_not_start_says_that_nothing_is_lost(site: Site, browser: Window) -> None:
    lay_build(site.folder, "B", "at once")
    page = browser.page()
    page.goto(site.url)
    expect(page.get_by_text("Rien n’est effacé")).to_be_visible()
    expect(page.get_by_text("TypeError")).to_be_visible()
    mended = lay_build(site.folder, "C")
    page.get_by_role("button", name="Réessayer").click()  # and it is let in by itself, for nothing is open
    page.wait_for_function("() => window.opening?.started === true")
    assert page.workers[-1].evaluate("() => self.tablet.build") == mended
