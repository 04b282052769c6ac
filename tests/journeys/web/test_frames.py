"""Frames as the page asks for them: by a message to itself, so that what Python sent is heard first.

How much sooner a tap is answered is measured by `tools.bench.web`.
"""

from __future__ import annotations

import pytest

from tests.browser import Window
from tests.journeys.conftest import World
from tests.journeys.enrolled import open_home

pytestmark = [
    pytest.mark.journey,
    pytest.mark.enrolled,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
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


def test_frames_are_asked_for_together_and_one_can_be_taken_back(world: World, browser: Window) -> None:
    page = browser.page()
    open_home(page, world)
    first, second, later = page.evaluate(FRAMES)
    assert "uncaught: of a test" in " ".join(browser.said)
    assert first == second
    assert later is True
