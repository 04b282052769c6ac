"""The answer to a tap is heard between two frames, however much is being drawn under the finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser import Window, button, press
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home
from tests.journeys.field.test_no_room import python_of
from tools.bench.tablet import BACK

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
SLOW = """(() => {
  const now = () => performance.timeOrigin + performance.now();
  const frame = requestAnimationFrame.bind(globalThis);
  const heard = Object.getOwnPropertyDescriptor(Worker.prototype, "onmessage");
  globalThis.drawn = []; globalThis.probes = []; globalThis.slow = false;
  globalThis.requestAnimationFrame = (draw) => frame((time) => {
    draw(time);
    for (const until = performance.now() + 20; slow && performance.now() < until;);
    drawn.push(now());
  });
  Object.defineProperty(Worker.prototype, "onmessage", { set(hear) { heard.set.call(this, (event) => {
    if (event.data?.probe) probes.push([event.data.probe, now()]);
    else hear.call(this, event);
  }); } });
})()"""
"""A tablet whose frames take longer than a frame: what is drawn never ends while something moves."""
ANSWER = """() => addEventListener("message", () => {
  const answer = () => postMessage({ probe: performance.timeOrigin + performance.now() });
  for (let after = 10; after <= 120; after += 10) setTimeout(answer, after);
}, { once: true })"""
"""The worker answers the next message, that of the tap, as Python does: now sooner, now later."""
BETWEEN = "() => probes.map(([sent, heard]) => drawn.filter((at) => at > sent && at < heard).length)"
FRAMES = """() => new Promise((done) => {
  const drawn = [];
  const lost = requestAnimationFrame(() => drawn.push("lost"));
  requestAnimationFrame(() => { throw new Error("of a test"); });
  requestAnimationFrame((time) => drawn.push(time));
  requestAnimationFrame((time) => {
    drawn.push(time);
    requestAnimationFrame((later) => done([...drawn, later > time]));
  });
  cancelAnimationFrame(lost);
})"""


def answer_taps(page: Page, times: int) -> list[int]:
    """Tap, and tap again: how many frames were drawn while the answer to each had been sent and was not heard."""
    page.evaluate("() => { slow = true; }")
    for turn in range(times):
        python_of(page).evaluate(ANSWER)
        press(page, button(page, BACK[0] if turn % 2 else "Annuaire"))
        page.wait_for_function("(sent) => probes.length === sent", arg=12 * (turn + 1))
    found: list[int] = page.evaluate(BETWEEN)
    return found


def test_the_answer_to_a_tap_does_not_wait_for_the_splash_to_end(world: World, browser: Window) -> None:
    page = browser.page()
    page.add_init_script(SLOW)
    open_home(page, world)
    waited = answer_taps(page, 6)
    assert max(waited) <= 1, waited


def test_frames_are_asked_for_together_and_one_can_be_taken_back(world: World, browser: Window) -> None:
    page = browser.page()
    open_home(page, world)
    first, second, later = page.evaluate(FRAMES)
    assert "uncaught: of a test" in " ".join(browser.said)
    assert first == second
    assert later is True
