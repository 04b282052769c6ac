"""Drives the field app in Chromium: Flutter draws on a canvas, its semantics tree gives roles and names."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import urlsplit
from weakref import WeakSet

import psutil
from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, Playwright, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Scheme = Literal["light", "dark"]
TABLET, PHONE, DESK = (1280, 800), (400, 850), (1440, 900)
FLAT = 900
"""Pixels from which a form shows its two halves beside each other."""
PIN = "482916"
LOCKED = "Tablette verrouillée"
LOOK = 1_200
"""Milliseconds that a person looks at a screen that has just come before deciding on it."""
HAND = 400
"""Milliseconds from a shortcut of two keys to the first letter of a word."""
_STILL: WeakSet[Page] = WeakSet()
"""The pages where the last tap was on a chip: nothing has moved under the finger."""
PATIENCE = 120_000
"""Milliseconds: the first frame takes one second here, a hundred on a machine that does ten things at once."""
FOCUSED = """globalThis.focused = [];
for (const name of ["focusin", "focusout", "pointerdown", "visibilitychange"]) {
  document.addEventListener(name, (event) => {
    const at = event.composedPath()[0];
    focused.push([Math.round(performance.now()), name, at.tagName, at.getAttribute?.("aria-label")].join(" "));
  }, true);
}"""
"""What has had the focus, in each page, for `tests/evidence.py`."""
SELECTED = """() => {
  const field = document.activeElement;
  return field.selectionEnd - field.selectionStart === field.value.length;
}"""
"""Whether all of the field that has the focus is selected."""
LOOKS = (120, 360, 1_000, 2_000)
"""Milliseconds at each step of a form that is scrolled, the first time and the next ones."""


@dataclass
class Window:
    """A browser with a profile of its own, which outlives its death, every address it asked for, and all that was
    said on its console."""

    playwright: Playwright
    profile: Path
    size: tuple[int, int]
    scheme: Scheme
    installs: bool
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    _context: BrowserContext | None = None

    @property
    def context(self) -> BrowserContext:
        """The browser, started when it is first asked for."""
        if self._context is None:
            self._context = self.playwright.chromium.launch_persistent_context(
                self.profile,
                executable_path=CHROMIUM,
                args=FLAGS,
                viewport={"width": self.size[0], "height": self.size[1]},
                locale="fr-FR",
                timezone_id="Europe/Paris",
                accept_downloads=True,
                color_scheme=self.scheme,
                service_workers="allow" if self.installs else "block",
            )
            self._context.add_init_script(FOCUSED)
            self._context.on("request", lambda request: self.requests.append(request.url))
            self._context.on("console", lambda said: self.said.append(f"{said.type}: {said.text}"))
            self._context.on("weberror", lambda error: self.said.append(f"uncaught: {error.error}"))
        return self._context

    @property
    def strangers(self) -> set[str]:
        """The hosts asked for that are not this machine."""
        asked = {urlsplit(url) for url in self.requests}
        hosts = {url.hostname or "" for url in asked if url.scheme in ("http", "https", "ws", "wss")}
        return hosts - {"127.0.0.1", "localhost"}

    @property
    def open_pages(self) -> list[Page]:
        """Its tabs, if it was started."""
        return self._context.pages if self._context is not None else []

    def page(self) -> Page:
        """A new tab."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        return page

    def die(self) -> None:
        """Kill the browser as a battery that is pulled would."""
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(self.processes(), timeout=30)

    def pull_battery(self) -> Page:
        """Kill the browser, start it again, and give a new tab."""
        self.die()
        self._context = None
        self.said.append("--- started again")
        return self.page()

    def close(self) -> None:
        """Close the browser, if it was started."""
        if self._context is not None:
            self._context.close()

    def processes(self) -> list[psutil.Process]:
        """The processes of this profile: the browser and all that it started."""
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter(["cmdline"]):
            if f"--user-data-dir={self.profile}" in (process.info["cmdline"] or []):
                with suppress(psutil.NoSuchProcess):
                    found |= {each.pid: each for each in (process, *process.children(recursive=True))}
        return list(found.values())


@contextmanager
def window(
    size: tuple[int, int] = TABLET, scheme: Scheme = "light", installs: bool = False, profile: Path | None = None
) -> Iterator[Window]:
    """A fresh Chromium, by day or by night, or with a copy of that profile; one that `installs` keeps the app for
    when there is no server, which takes the machine some seconds: the journeys that never lose the server do
    without."""
    temporary = TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
    with temporary as folder, sync_playwright() as playwright:
        if profile:
            shutil.copytree(profile, folder, dirs_exist_ok=True)
        found = Window(playwright, Path(folder), size, scheme, installs)
        try:
            yield found
        finally:
            found.close()


def open_app(page: Page, url: str) -> None:
    """Open the field app and switch its semantics on; a page that had it open lets go of it first."""
    page.goto("about:blank")
    page.goto(url)
    try:
        page.wait_for_selector("flt-semantics-placeholder", state="attached")
    except PlaywrightTimeout as error:
        said = page.locator("body").inner_text()[:500]
        raise AssertionError(f"the app did not open at {page.url}: « {said} »") from error
    expose_names(page)


def expose_names(page: Page) -> None:
    """Switch Flutter's semantics on, as a screen reader does, once Flutter is there."""
    page.wait_for_selector("flt-semantics-placeholder", state="attached")
    # The placeholder is one pixel outside the window: a real click misses it. An Android's takes its middle only.
    page.evaluate("""() => {
        const found = document.querySelector("flt-semantics-placeholder"), box = found.getBoundingClientRect();
        const middle = {clientX: (box.left + box.right) / 2, clientY: (box.top + box.bottom) / 2};
        found.dispatchEvent(new MouseEvent("click", {bubbles: true, ...middle}));
    }""")
    page.wait_for_selector("flt-semantics-host flt-semantics", state="attached")


def wait_until_installed(page: Page) -> None:
    """Wait until the app starts without a network: its service worker has the whole build and is in charge."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def chip(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=name, exact=True)


def text(page: Page, words: str | re.Pattern[str]) -> Locator:
    """Something said: as text, or in the name of the group Flutter merges neighbouring lines into."""
    return page.get_by_text(words).or_(page.get_by_label(words)).last


def reach(page: Page, target: Locator) -> Locator:
    """Scrolls the form until the control is there: what is off screen is not in the tree."""
    size = page.viewport_size or {"width": TABLET[0], "height": TABLET[1]}
    # A tablet that lies flat has two halves, each of which scrolls by itself.
    places = [size["width"] * share for share in ((0.25, 0.5, 0.75) if size["width"] >= FLAT else (0.5,))]
    seen: FloatRect | None = None
    # Down and up again, each time slower: a busy machine draws what went by after it was looked for.
    for step, wait in ((step, wait) for wait in LOOKS for step in [400] * 25 + [-400] * 30):
        box = _box(target)
        if box is None:
            for across in places:
                scroll(page, across, step / len(places))
        elif _clear(box, size["height"]) or box == seen:  # or it scrolls no further
            return target
        else:  # brought to the middle: a machine that lags would overshoot it with whole steps
            middle = box["y"] + box["height"] / 2
            scroll(page, box["x"] + box["width"] / 2, middle - size["height"] / 2)
        page.wait_for_timeout(wait if box is None else 300)
        seen = box
    return target


def scroll(page: Page, across: float, by: float) -> None:
    """Turn the wheel over what stands so far across the middle of the screen."""
    page.mouse.move(across, (page.viewport_size or {"height": TABLET[1]})["height"] / 2)
    page.mouse.wheel(0, by)


def _box(target: Locator) -> FloatRect | None:
    """Where a control stands, if it is in the tree."""
    try:
        return target.first.bounding_box(timeout=1_000) if target.count() else None
    except PlaywrightTimeout:  # it was, and went as the form was redrawn
        return None


def is_clear(target: Locator, height: float) -> bool:
    """Whether a control stands in sight, in a window that high."""
    box = _box(target)
    return box is not None and _clear(box, height)


def _clear(box: FloatRect, height: float) -> bool:
    """Whether neither the bar above nor the one below hides it."""
    return box["y"] > 72 and box["y"] + box["height"] < height - 90


def tap(page: Page, target: Locator) -> None:
    """Scrolls to the control and taps it."""
    press(page, reach(page, target))


def press(page: Page, target: Locator) -> None:
    """Tap what is in sight as a person does: a look at what has just come, then a decision; chips go quickly.

    The app takes what falls sooner for the second half of a double tap (`field_app/ports/taps.py`).
    """
    target.first.wait_for()
    if page not in _STILL:
        page.wait_for_timeout(LOOK)
    is_chip = target.first.get_attribute("role") == "checkbox"
    target.click()
    if is_chip:
        _STILL.add(page)
    else:
        _STILL.discard(page)


def type_in(page: Page, label: str, value: str) -> None:
    """Flutter makes the input anew on focus: click, then type with the keyboard."""
    focus(reach(page, page.get_by_role("textbox", name=label)))
    select_all(page)
    page.keyboard.type(value, delay=5)
    expect(page.get_by_role("textbox", name=label)).to_have_value(value)


def focus(field: Locator) -> None:
    """Click a field until it has the focus, as a person does: Flutter makes the input anew as it takes the focus,
    and on a busy machine a click may fall on the one that goes away. For Flutter the field then has the focus
    already, and another click changes nothing: a click beside it takes it away first."""
    for _ in range(PATIENCE // 3_000):
        field.click()
        try:
            expect(field).to_be_focused(timeout=3_000)
        except AssertionError:
            field.page.mouse.click(4, 4)
            continue
        return
    expect(field).to_be_focused()


def select_all(page: Page) -> None:
    """Select what stands in the field that has the focus, and move the hand to the letters. Flutter answers the
    shortcut with the text as it was: a letter that follows within milliseconds would be taken back, on a busy
    machine, and no hand is as quick. The selection goes with an answer that is later still: whoever sees that
    nothing is selected tries again."""
    for _ in range(8):
        page.keyboard.press("Control+A")
        page.wait_for_timeout(HAND)
        if page.evaluate(SELECTED):
            return


def choose_pin(page: Page) -> None:
    """The six digits asked for after the enrolment, typed twice."""
    for title in ("Choisissez un code PIN", "Tapez-le encore une fois"):
        type_pin(page, title=title)
    expect(button(page, "Nouvelle rencontre")).to_be_visible()


def unlock(page: Page) -> None:
    """The six digits asked for at each start."""
    type_pin(page)
    expect(text(page, LOCKED)).to_have_count(0)


def type_pin(page: Page, digits: str = PIN, title: str = LOCKED) -> None:
    """Type six digits under that title until the app has taken them: on a busy machine some go to the input that
    Flutter makes anew as the screen comes, and an empty field does not tell those from digits that were taken."""
    expect(text(page, title)).to_be_visible()
    field = page.get_by_label("Code PIN")
    # An input that lost the focus of the browser and got it back, while for Flutter the field had it all the time,
    # is deaf: what is typed stands in it and reaches nobody, the field is drawn empty, and another click changes
    # nothing. A click beside it ends that, as whoever looks at the empty field would do.
    for _ in range(8):
        focus(field)
        select_all(page)
        page.keyboard.type(digits, delay=20)
        if _taken(page, field, title):
            return
        page.mouse.click(4, 4)
        page.wait_for_timeout(LOOK)
    raise AssertionError(f"six digits typed eight times: « {title} » still asks for them")


def _taken(page: Page, field: Locator, title: str) -> bool:
    """Whether the app took the digits: « Ouverture… » is in the place of the field, or another screen is there."""
    for _ in range(100):
        if field.count() == 0 or text(page, title).count() == 0:
            return True
        page.wait_for_timeout(100)
    return False
