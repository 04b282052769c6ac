"""The coordinator's console in Chromium: signing in, the keyboard, and what is asked of every page."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import ConsoleMessage, Locator, Page, ViewportSize, expect

from tests.browser import DESK, Window
from tests.journeys.conftest import PASSWORD, World

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
FULL: ViewportSize = {"width": DESK[0], "height": DESK[1]}
ZOOMED: ViewportSize = {"width": DESK[0] // 2, "height": DESK[1] // 2}
"""What is left of a desk's window at 200 %."""
UPRIGHT, ACROSS = 702, 1031
"""What the margins leave of the width of a sheet of A4, in the pixels of a style sheet."""

JUDGED = """async () => {
  const seen = new Set();
  for (const one of document.querySelectorAll('tbody tr, li, label')) {
    const look = one.outerHTML.replace(/>[^<]+</g, '><').replace(/ (?!class=)[\\w-]+="[^"]*"/g, '');
    if (seen.has(look)) one.dataset.alike = 'yes';
    seen.add(look);
  }
  const told = {resultTypes: ['violations']}, rest = {exclude: ['[data-alike]']};
  const all = await axe.run(document, {...told, rules: {'color-contrast': {enabled: false}}});
  const contrast = await axe.run(rest, {...told, runOnly: 'color-contrast'});
  return [...all.violations, ...contrast.violations]
      .map(fault => `${fault.impact}, ${fault.id}: ${fault.nodes[0].html.slice(0, 120)}`);
}"""
"""What axe finds. Contrast is most of its time: of lines that have the same tags and classes, one is measured."""

STRUCTURE = """() => {
  const all = (what) => [...document.querySelectorAll(what)], found = [];
  const ask = (holds, words) => { if (!holds) found.push(words); };
  ask(document.documentElement.lang === 'fr', 'the language is not said');
  ask(/^\\S.* – Trait d’union$/.test(document.title), 'the title says nothing: ' + document.title);
  ask(all('h1').length === 1, 'titles of the first level: ' + all('h1').length);
  ask(all('main').length === 1, 'main parts: ' + all('main').length);
  const ways = all('nav').map((nav) => nav.getAttribute('aria-label'));
  ask(ways.every(Boolean) && new Set(ways).size === ways.length, 'ways without a name of their own: ' + ways);
  ask(!document.querySelector('.who') || ways.includes('Principale'), 'no way to the other pages');
  for (const cell of all('th')) ask(cell.scope, 'a header of nothing: ' + cell.innerText);
  for (const table of all('table')) {
    ask(table.caption?.innerText.trim(), 'a table without a name');
    ask(table.querySelector('thead th[scope=col]'), 'a table without headers: ' + table.caption?.innerText);
  }
  return found;
}"""
"""What a page lacks for whoever does not see it."""

FIT = """() => {
  const found = [], root = document.documentElement;
  if (root.scrollWidth > innerWidth) found.push(`${root.scrollWidth} wide in ${innerWidth}`);
  for (const one of document.querySelectorAll('main *')) {
    const style = getComputedStyle(one);
    const scrolls = /auto|scroll/.test(style.overflowX + style.overflowY) && !/AREA|SELECT/.test(one.tagName);
    const more = one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
    if (scrolls && more && !(one.tabIndex === 0 && one.ariaLabel))
      found.push('scrolls out of the reach of the keyboard: ' + one.outerHTML.slice(0, 80));
  }
  return found;
}"""
"""What does not fit the window: the page, or what scrolls and takes no focus."""

PRINTED = """() => {
  const found = [], shown = (one) => one.checkVisibility({visibilityProperty: true});
  for (const one of document.querySelectorAll('nav, button, .button, .filters, .skip, header, .downloads, .files'))
    if (shown(one)) found.push('printed: ' + one.outerHTML.slice(0, 80));
  for (const one of document.querySelectorAll('main table, main img, main svg')) {
    if (!shown(one)) continue;
    const box = one.getBoundingClientRect();
    if (box.right > innerWidth + 1 || box.left < -1)
      found.push(`cut at ${Math.round(box.right)}: ` + one.outerHTML.slice(0, 80));
    for (let over = one.parentElement; over; over = over.parentElement)
      if (getComputedStyle(over).overflowX !== 'visible' || getComputedStyle(over).overflowY !== 'visible')
        found.push('cut by ' + over.outerHTML.slice(0, 80));
  }
  return found;
}"""
"""What should not be on paper, and what the edge of the sheet cuts."""


def desk_page(browser: Window) -> tuple[Page, list[str]]:
    """A tab with axe in it, and what it will complain of: blocked by the strict policy, a file not there."""
    browser.context.add_init_script(AXE)
    page, said = browser.page(), list[str]()

    def hear(message: ConsoleMessage) -> None:
        of = urlsplit(message.location["url"]).path  # an error page is complained of too: it is one we asked for
        if not message.text.startswith("Failed to load resource") or "." in of:
            said.append(message.text)

    page.on("console", hear)
    return page, said


def sign_in(page: Page, world: World, login: str = "coordination") -> None:
    page.goto(f"{world.console}/connexion")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()


def download(page: Page, name: str, folder: Path) -> Path:
    """What the link of that name gives, kept in the folder."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name, exact=True).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def violations(page: Page) -> list[str]:
    """What axe finds, grave or not."""
    return list[str](page.evaluate(JUDGED))


def faults(page: Page) -> list[str]:
    """Whatever is wrong with this page: for a reader of screens, at 100 % and 200 %, on paper."""
    page.wait_for_load_state("load")  # a busy server sends the styles of paper last
    found = violations(page) + list[str](page.evaluate(STRUCTURE)) + list[str](page.evaluate(FIT))
    page.set_viewport_size(ZOOMED)
    found += page.evaluate(FIT)
    page.emulate_media(media="print")
    across = page.evaluate("getComputedStyle(document.body).page === 'across'")
    page.set_viewport_size({"width": ACROSS if across else UPRIGHT, "height": DESK[1]})
    found += page.evaluate(PRINTED)
    page.emulate_media(media="screen")
    page.set_viewport_size(FULL)
    return found


def press(page: Page, name: str) -> None:
    """A button or a link, reached and pressed by the keyboard alone."""
    target = page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True))
    target.focus()
    page.keyboard.press("Enter")


def tab_to(page: Page, target: Locator) -> None:
    """Tab until the control has the focus, which shows at every stop on the way."""
    expect(target).to_have_count(1)
    for _ in range(200):
        page.keyboard.press("Tab")
        outlined = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outlined != "none", page.evaluate("document.activeElement.outerHTML")
        if target.evaluate("control => control === document.activeElement"):
            return
    raise AssertionError(f"{target} is out of the keyboard's reach")
