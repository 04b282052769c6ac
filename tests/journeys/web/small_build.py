"""Lay out a build that starts in a blink: our own page, worker and service worker as they are, with a stand-in for
what they start, Pyodide and Flutter. It opens and updates as the real one does."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, Worker, expect

from sync_server.web import web_client
from tests.browser import Window
from tests.journeys.conftest import own_port
from tools.web_build import listing, places

PYTHON = """
const broken = "{broken}";
export async function loadPyodide({ env }) {
  if (broken === "at once") throw new TypeError("this build does not start");
  const modules = {};
  return {
    FS: { writeFile() {}, mkdir() {}, mount() {} },
    runPython() {},
    pyimport: () => ({ async finish() { if (broken === "late") throw new TypeError("half of it is missing"); } }),
    registerJsModule(name, module) { modules[name] = module; },
    async runPythonAsync() {
      modules.flet_js.start_connection = async (send) => {
        self.draw = () => send({ toJs: () => new Uint8Array([1]) });
        for (let frame = 0; frame < 2; frame += 1) self.draw();
      };
      self.tablet = modules.tablet_js;
      self.env = env;
      self.heard = {};
      self.tablet.listen((name, value) => { self.heard[name] = value; });
    },
  };
}
"""
FLUTTER = """
jsConnect("flet", {}, () => {});
const view = Object.assign(document.createElement("flutter-view"), { tabIndex: 0 });
document.body.append(view);
setTimeout(() => {
  view.focus();  // as Flutter does when it begins to draw
  dispatchEvent(new Event("flutter-first-frame"));
});
"""
STATE = """() => new Promise((resolve) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => resolve(event.data);
  navigator.serviceWorker.controller.postMessage({ kind: "state" }, [channel.port2]);
})"""


def lay_build(folder: Path, note: str, broken: str = "") -> str:
    """Lay out a build that differs from others by its note; `broken` one breaks « at once », or « late », with its
    first screen drawn. Return its version."""
    fresh = folder.with_name("fresh")
    shutil.copytree(places.SOURCES, fresh, ignore=shutil.ignore_patterns("sw.js"))
    shutil.copy(places.ROOT / "assets" / "logo.svg", fresh)
    contents = {
        "pyodide/pyodide.mjs": PYTHON.replace("{broken}", broken),
        "flutter_bootstrap.js": FLUTTER,
        "python/site.zip": "packages",
        "python/lists.zip": "lists",
        "python/app.zip": note,
    }
    for name, content in contents.items():
        (fresh / name).parent.mkdir(exist_ok=True)
        (fresh / name).write_text(content)
    version = listing.list_build(fresh)
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)
    return version


class Site:
    """The server of a build, on its own port; every path it was asked for, and those it sent whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.sent: list[str] = []
        self.port = own_port()
        self.url = f"http://127.0.0.1:{self.port}/app/"

    def damage(self, name: str) -> None:
        """Change a file as a copy that broke off would."""
        (self.folder / name).write_text("half a fi")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI: the web client alone, as the server mounts it."""
        path = scope["path"].removeprefix("/app/")
        self.asked.append(path)

        async def note(message: Any) -> None:
            if message.get("status") == 200:
                self.sent.append(path or "index.html")
            await send(message)

        await self._app(scope, receive, note)

    @contextmanager
    def serving(self) -> Iterator[Site]:
        """Serve from a thread."""
        self._app = FastAPI()
        web_client.mount(self._app, self.folder)
        server = uvicorn.Server(uvicorn.Config(self, port=self.port, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield self
        finally:
            server.should_exit = True
            thread.join()


class Tablet:
    """A tab with the app, and what Python would see from its worker."""

    def __init__(self, window: Window, site: Site) -> None:
        self.page: Page = window.page()
        self.site = site

    def open(self, fragment: str = "") -> Tablet:
        """Open the address and wait until it started."""
        self.page.goto(self.site.url + fragment)
        return self.wait()

    def wait(self) -> Tablet:
        """Wait until the app started, and is installed."""
        self.page.wait_for_function("() => window.opening?.started === true")
        expect(self.page.locator("#splash")).to_have_count(0)
        self.page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
        return self

    @property
    def python(self) -> Worker:
        return self.page.workers[-1]

    @property
    def build(self) -> str:
        return str(self.python.evaluate("() => self.tablet.build"))

    def heard(self, name: str) -> Any:
        """The last value Python was told under that name."""
        return self.python.evaluate("(name) => self.heard[name] ?? null", name)

    def ask(self, name: str, value: object = None) -> Any:
        """What Python asks of the page."""
        return self.python.evaluate("([name, value]) => self.tablet.page(name, value)", [name, value])

    def until_heard(self, name: str, value: object) -> None:
        """Wait until Python was told so."""
        for _ in range(200):
            if self.heard(name) == value:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{name} is {self.heard(name)!r}")

    def take_over(self) -> Tablet:
        """Let the waiting build in: the page starts again."""
        before = self.python
        before.evaluate("() => { self.tablet.page('take over', null); }")
        for _ in range(400):
            if before not in self.page.workers:
                break
            self.page.wait_for_timeout(50)
        return self

    def state(self) -> dict[str, Any]:
        """What the service worker knows of the builds."""
        found: dict[str, Any] = self.page.evaluate(STATE)
        return found

    def kept(self) -> int:
        """How many contents are on the device."""
        return int(self.page.evaluate("async () => (await (await caches.open('tablet-contents')).keys()).length"))
