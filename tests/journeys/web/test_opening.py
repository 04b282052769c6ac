"""Open the page of the web app: one tab at a time, the link of an enrolment, the secret, old browsers."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import evidence
from tests.browser import Window
from tests.journeys.web.small_build import Site, Tablet

pytestmark = pytest.mark.journey

EXTRACT = "() => self.tablet.secret.extract(new Uint8Array([1, 2, 3])).then((found) => [...found])"
WRITE = """async () => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("tablet", { create: true });
  const out = await (await folder.getFileHandle("tablet.db", { create: true })).createWritable();
  await out.write(new Uint8Array(4096).fill(7));
  await out.close();
}"""
FORGET = """() => new Promise((resolve) => {
  const request = indexedDB.deleteDatabase("tablet-secret");
  request.onsuccess = request.onerror = () => resolve(null);  // blocked: as soon as the worker is gone
})"""


def test_a_second_tab_says_so_and_opens_when_the_first_is_closed(site: Site, browser: Window) -> None:
    first = Tablet(browser, site).open()
    second = browser.page()
    second.goto(site.url)
    expect(second.get_by_text("déjà ouverte dans un autre onglet")).to_be_visible()
    assert second.evaluate("() => opening.started") is False
    first.page.close()
    second.wait_for_function("() => opening.started")
    expect(second.locator("#splash")).to_have_count(0)


def test_the_code_of_a_link_reaches_python_and_nobody_else(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site).open("#enroler=ABCD-EFGH")
    assert tablet.python.evaluate("() => [self.tablet.opened.hash, String(self.tablet.opened)]") == [
        "enroler=ABCD-EFGH",
        "enroler=ABCD-EFGH",
    ]
    assert "ABCD" not in tablet.page.url  # the next who looks at the address bar, or goes back, sees none
    assert not any("ABCD" in path for path in site.asked)
    tablet.page.evaluate("() => { location.hash = 'nouvelle-rencontre'; }")  # tapped while it is open
    tablet.until_heard("opened", "nouvelle-rencontre")
    assert tablet.page.url == site.url
    tablet.page.reload()
    assert tablet.wait().python.evaluate("() => self.tablet.opened.hash") == ""


def test_the_secret_stays_the_same_and_no_script_reads_it(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site).open()
    first = tablet.python.evaluate(EXTRACT)
    assert len(first) == 32
    tablet.page.reload()
    assert tablet.wait().python.evaluate(EXTRACT) == first
    extractable = tablet.page.evaluate(
        """() => new Promise((resolve) => {
             indexedDB.open("tablet-secret").onsuccess = (event) => {
               const read = event.target.result.transaction("keys").objectStore("keys").getAll();
               read.onsuccess = () => resolve(read.result.map((key) => key.extractable));
             };
           })"""
    )
    assert extractable == [False]


def test_no_new_secret_is_made_over_records_that_only_the_old_one_opens(site: Site, browser: Window) -> None:
    page = browser.page()
    page.goto(f"{site.url}version-de-passage")  # of the same origin, and nothing of the app runs there
    page.evaluate(WRITE)
    tablet = Tablet(browser, site)
    tablet.open()
    for _ in range(2):
        refused = tablet.python.evaluate(
            "() => self.tablet.secret.extract(new Uint8Array(3)).then(() => 'made', (error) => error.name)"
        )
        assert refused == "SecretGone"


def test_a_browser_whose_keys_were_erased_keeps_what_it_recorded_closed(site: Site, browser: Window) -> None:
    Tablet(browser, site).open().page.close()
    page = browser.page()
    page.goto(f"{site.url}../static/nothing")  # of the same origin, and nothing of the app runs there
    page.evaluate(FORGET)
    page.evaluate(WRITE)
    page.close()
    tablet = Tablet(browser, site).open()
    refused = tablet.python.evaluate(
        "() => self.tablet.secret.extract(new Uint8Array(3)).then(() => 'made', (error) => error.name)"
    )
    assert refused == "SecretGone"


@pytest.mark.parametrize(
    ("without", "words"),
    [
        ("delete window.FileSystemFileHandle", "trop ancien"),
        ("WebAssembly.validate = () => false", "trop ancien"),
        ("Object.defineProperty(window, 'isSecureContext', { value: false })", "doit commencer par https"),
        ("HTMLCanvasElement.prototype.getContext = () => null", "l’accélération graphique"),
    ],
)
def test_a_browser_that_cannot_run_it_is_told_what_to_do(
    site: Site, browser: Window, without: str, words: str
) -> None:
    page = browser.page()
    page.add_init_script(without)
    page.goto(site.url)
    expect(page.get_by_text(words)).to_be_visible()
    assert page.evaluate("() => opening.started") is False
    assert page.workers == []


def test_python_asks_the_page_what_only_a_page_may_do(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site).open()
    assert set(tablet.ask("state")) == {"persisted", "standalone", "quota", "usage"}
    assert set(tablet.ask("persist")) == {"persisted", "standalone", "quota", "usage"}
    assert tablet.ask("online") is True
    assert tablet.ask("vibrate", 20) in (True, False)
    assert tablet.ask("take over") is False  # nothing waits
    assert (tablet.heard("visibility"), tablet.heard("standalone")) == ("visible", False)
    assert tablet.python.evaluate("() => self.tablet.room()") > 0
    env = tablet.python.evaluate("() => self.env")
    assert (env["FIELD_APP_SERVER"] + "/app/", env["FLET_APP_STORAGE_DATA"]) == (site.url, "/data")
    assert env["FIELD_APP_BUILD"] == tablet.build
    refused = tablet.python.evaluate("() => self.tablet.page('nothing').catch((error) => error.message)")
    assert "nothing" in refused


def test_the_first_second_has_the_name_and_the_words_before_any_script(site: Site, browser: Window) -> None:
    page = browser.page()
    page.route("**/*.js", lambda route: route.abort())
    page.goto(site.url)
    expect(page.get_by_role("heading", name="Trait d’union")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("L’application s’ouvre…")
    expect(page.get_by_role("progressbar", name="Ouverture")).to_be_visible()


def test_the_browser_finds_all_it_needs_to_install_the_app(site: Site, browser: Window) -> None:
    tablet = Tablet(browser, site).open()
    tablet.until_heard("installable", True)
    devtools = browser.context.new_cdp_session(tablet.page)
    found = devtools.send("Page.getAppManifest")
    assert found["errors"] == []
    faults = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one["errorId"] for one in faults if one["errorId"] != "in-incognito"] == []


def test_what_a_browser_shows_is_kept_when_its_journey_fails(site: Site, browser: Window, tmp_path: Path) -> None:
    tablet = Tablet(browser, site).open()
    tablet.page.evaluate(
        """() => { document.body.innerHTML = '<input aria-label="Code PIN" value="4829">';
                   document.querySelector("input").focus(); console.log("four digits"); }"""
    )
    told = evidence.keep(browser, "a journey [sqlite]", tmp_path)
    assert [picture for picture in tmp_path.glob("*.png") if picture.stat().st_size > 1_000]
    shown = (tmp_path / "a-journey-sqlite-.txt").read_text("utf-8")
    assert shown == told
    for seen in (
        "log: four digits",
        '"value": "4829"',
        '"label": "Code PIN"',
        site.url,
        "--type=renderer",
        "focusin INPUT Code PIN",
    ):
        assert seen in told
