"""Keeps what a browser shows when a journey fails: a fault seen once in a hundred starts is understood from it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Error

from tests.browser import Window
from tools.run import ROOT

FOLDER = ROOT / "var" / "journeys"
ANSWERS_WITHIN = 15_000
"""Milliseconds: a page that draws no picture in that time answers no question either, and none is asked."""
SHOWN = """async () => {
  const about = (e) => e && ({ tag: e.tagName, label: e.getAttribute("aria-label"), value: e.value ?? null,
                               type: e.type ?? null, role: e.getAttribute("role"),
                               box: Object.values(e.getBoundingClientRect().toJSON()).map(Math.round).join(" ") });
  const registration = await navigator.serviceWorker?.getRegistration();
  return {
    title: document.title, hasFocus: document.hasFocus(), visibility: document.visibilityState,
    opening: globalThis.opening && { ...globalThis.opening }, bar: document.getElementById("bar")?.ariaValueNow,
    splash: document.getElementById("splash")?.innerText, focus: about(document.activeElement),
    focused: globalThis.focused?.slice(-40), inputs: [...document.querySelectorAll("input, textarea")].map(about),
    tree: [...document.querySelectorAll("flt-semantics")].map((e) =>
      [e.getAttribute("role"), e.getAttribute("aria-label"), e.childElementCount ? "" : e.innerText]
      .filter(Boolean).join(" : ")).filter(Boolean),
    locks: await navigator.locks?.query(), room: await navigator.storage?.estimate(),
    builds: registration && ["installing", "waiting", "active"].map((name) => [name, registration[name]?.state]),
  };
}"""


def keep(window: Window, name: str, folder: Path = FOLDER) -> str:
    """Write down each tab of a browser: a picture and what stands in the page. Return it in words, with what the
    browser said on its console and what its processes are doing."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"\W+", "-", name)[:120]
    told = [f"the end of the console:\n{_indent(window.said[-60:])}", f"processes:\n{_indent(_processes(window))}"]
    for number, page in enumerate(window.open_pages):
        picture = folder / f"{stem}-{number}.png"
        try:
            page.screenshot(path=picture, timeout=ANSWERS_WITHIN)
            shown = json.dumps(page.evaluate(SHOWN), ensure_ascii=False, indent=1, default=str)
        except Error as error:
            shown = f"does not answer: {error.message}"
        workers = ", ".join(worker.url for worker in page.workers)
        told.append(f"tab {number}, {page.url}, workers: {workers}, picture: {picture}\n{shown}")
    words = "\n\n".join(told)
    (folder / f"{stem}.txt").write_text(words, "utf-8")
    return words


def _indent(lines: list[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)


def _processes(window: Window) -> list[str]:
    """Say of each process of the browser what it is, its state, and the processor time it has had."""
    found = []
    for process in window.processes():
        with process.oneshot():
            kind = next((w for w in process.cmdline() if w.startswith("--type=")), "the browser itself")
            found.append(f"{process.pid} {kind} {process.status()} {sum(process.cpu_times()[:2]):.1f} s")
    return found
