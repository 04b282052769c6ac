"""The suite of the ports in Chromium: the build that a tablet gets, with the suite in the place of the app."""

from __future__ import annotations

import asyncio
import hmac
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.browser import Window, window
from tests.conformance.conftest import released
from tests.conformance.serving import Served
from tests.conformance.site import drop_the_flush, lay_site
from tests.conformance.suite import keeping, sealing
from tests.conformance.suite.every import CHECKS
from tests.conformance.suite.subject import SECRET
from tests.conformance.test_desk import desk_subject

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("conformance")]
HERE_ALONE = (
    "each_commit_is_flushed", "the_file_that_is_given_up_leaves_nothing",
    "memory_that_the_browser_does_not_give_is_told_as_such",
)  # fmt: skip
"""Of `suite/opfs.py`, which only a browser can import."""
LONGEST = 240
"""Seconds that a step of the suite may take on a machine that does ten things at once."""
SAME_SECRET = """async (bytes) => {
  const kind = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", new Uint8Array(bytes), kind, false, ["sign"]);
  const opening = indexedDB.open("tablet-secret", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
  await new Promise((resolve) => { opening.onsuccess = resolve; });
  const change = opening.result.transaction("keys", "readwrite");
  change.objectStore("keys").add(key, "device");
  await new Promise((resolve) => { change.oncomplete = resolve; });
  opening.result.close();
}"""
"""A browser that was given the secret of a desk: what it makes of it must be the same."""
TRY_TO_READ = """async () => {
  const opening = indexedDB.open("tablet-secret", 1);
  await new Promise((resolve) => { opening.onsuccess = resolve; });
  const keys = opening.result.transaction("keys").objectStore("keys");
  const [all, key] = await Promise.all([keys.getAll(), keys.get("device")].map(
    (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); })));
  const tried = {};
  for (const format of ["raw", "jwk"]) {
    tried[format] = await crypto.subtle.exportKey(format, key).then(() => "read", (error) => error.name);
  }
  return {
    kept: all.length, kind: key.constructor.name, shown: JSON.stringify(key), extractable: key.extractable,
    usages: key.usages, tried,
  };
}"""

ELSEWHERE = """async (url) => {
  const refused = [];
  document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
  await fetch(url).catch(() => {});
  await import(url).catch(() => {});
  const picture = new Image();
  await new Promise((resolve) => { picture.onerror = picture.onload = resolve; picture.src = url; });
  return refused;
}"""
"""Fetch, run and show something of another origin: which rule refused each."""
FORGET = """async () => {
  const gone = indexedDB.deleteDatabase("tablet-secret");
  await new Promise((resolve) => { gone.onsuccess = resolve; });
}"""


@dataclass
class Run:
    """A build opened in a browser, and what it reported so far."""

    window: Window
    page: Page
    url: str
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    tried_elsewhere: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.session = self.page.context.new_cdp_session(self.page)  # what it overrides ends with it

    def _hear(self, message: ConsoleMessage) -> None:
        word, _, rest = message.text.partition(" ")
        if word == "conformance":
            result = json.loads(rest)
            self.results[result["name"]] = result
        else:
            self.said.append(message.text)

    def start(self, asked: str) -> Any:
        """Open the page anew and let it run that; return what it reported of it."""
        self.results.pop("done", None)
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/app/#{asked}")
        return self._wait(asked)

    def go_on(self, asked: str) -> Any:
        """Let the page that is open run that."""
        self.results.pop("done", None)
        self.page.evaluate("(asked) => { location.hash = asked; }", asked)
        return self._wait(asked)

    def _wait(self, asked: str) -> Any:
        until = time.monotonic() + LONGEST
        while (self.results.get("done") or {}).get("value") != asked:
            assert time.monotonic() < until, self.said[-20:]
            self.page.wait_for_timeout(100)
        found = self.results.get(asked, {"value": None, "fault": ""})
        assert found["fault"] == ""
        return found["value"]


@contextmanager
def opened(url: str) -> Iterator[Run]:
    with window(installs=True) as browser:
        yield Run(browser, browser.page(), url)


@pytest.fixture(scope="module")
def served(serve: Callable[[Path], Served], tmp_path_factory: pytest.TempPathFactory) -> Served:
    """The server, with the suite in the place of the app."""
    folder = tmp_path_factory.mktemp("site")
    found = serve(folder / "web")
    brought = asyncio.run(sealing.seal_for_the_other(desk_subject(folder / "desk")))
    given = {"server": found.url, "code": found.code(), "brought": brought, "golden": released()}
    lay_site(folder / "web", given)
    return found


@pytest.fixture(scope="module")
def suite(served: Served) -> Run:
    """The suite, run in a browser that was given the secret of a desk; the browser is closed by now."""
    with opened(served.url) as run:
        run.page.goto(f"{served.url}/app/manifest.webmanifest")
        run.page.evaluate(SAME_SECRET, list(SECRET))
        run.start("suite")
        run.tried_elsewhere = run.page.evaluate(ELSEWHERE, f"http://localhost:{served.port}/odd/asked")
        served.start()  # its last check stopped it
        run.start("secret")
        return run


@pytest.mark.parametrize("name", [*HERE_ALONE, *CHECKS])
def test_the_ports_of_a_browser(name: str, suite: Run) -> None:
    fault = suite.results[name]["fault"]
    assert fault == "", fault


async def test_a_desk_opens_what_the_browser_sealed(suite: Run, tmp_path: Path) -> None:
    brought = suite.results["sealed"]["value"]
    await sealing.what_the_other_platform_sealed_opens(desk_subject(tmp_path, brought=brought))


def test_the_key_of_a_browser_makes_of_a_pin_what_the_secret_of_a_desk_makes(suite: Run) -> None:
    answers = suite.results["secret"]["value"]
    assert answers[:-1] == [hmac.digest(SECRET, given, "sha256").hex() for given in keeping.GIVEN]


def test_the_suite_speaks_with_its_own_server_alone(suite: Run) -> None:
    assert suite.window.strangers == set()
    assert any(
        url.startswith(f"{suite.url}/app/pyodide/") for url in suite.window.requests
    )  # they were listened to


def test_the_policy_refuses_whatever_would_ask_another_host(suite: Run) -> None:
    assert suite.tried_elsewhere == ["connect-src", "script-src-elem", "img-src"]


@pytest.fixture(scope="module")
def alone(served: Served) -> Run:
    """A browser that made its own secret, and was left without room for a while."""
    served.start()
    with opened(served.url) as run:
        run.start("before")
        run.results["first secret"] = {"value": run.go_on("secret")}
        run.results["secret as seen"] = {"value": run.page.evaluate(TRY_TO_READ)}
        limit_room(run, 300_000)
        run.go_on("full")
        limit_room(run, None)
        run.go_on("room")
        run.start("secret")
        run.page.goto(f"{served.url}/app/manifest.webmanifest")
        run.page.evaluate(FORGET)
        run.start("gone")
        return run


def limit_room(run: Run, left: int | None) -> None:
    """Let the browser grant so many bytes more to this origin; None: as many as it would."""
    limit: dict[str, Any] = {"origin": run.url}
    if left is not None:
        usage = run.page.evaluate("() => navigator.storage.estimate().then(({ usage }) => usage)")
        limit["quotaSize"] = usage + left
    run.session.send("Storage.overrideQuotaForOrigin", limit)


def test_the_secret_of_a_browser_is_the_same_at_the_next_start(alone: Run, suite: Run) -> None:
    first, again = alone.results["first secret"]["value"], alone.results["secret"]["value"]
    assert first == again
    assert not set(first) & set(suite.results["secret"]["value"])  # another device, another secret


def test_no_script_reads_the_secret_of_a_browser(alone: Run) -> None:
    assert alone.results["secret as seen"]["value"] == {
        "kept": 1, "kind": "CryptoKey", "shown": "{}", "extractable": False, "usages": ["sign"],
        "tried": {"raw": "InvalidAccessError", "jwk": "InvalidAccessError"},
    }  # fmt: skip


def test_a_secret_that_is_gone_is_told_and_never_replaced_over_sealed_rows(alone: Run) -> None:
    assert alone.results["gone"]["value"] == "SecretGone: the device secret is gone"


def test_a_browser_without_room_says_so_as_a_disk_does_and_loses_nothing(alone: Run) -> None:
    full = alone.results["full"]["value"]
    assert (full["kind"], full["words"]) == ("OperationalError", "database or disk is full")
    assert (full["held"], full["unreadable"], full["check"]) == (full["saved"], 0, "ok")
    assert full["saved"] > 10  # some were still granted
    after = alone.results["room"]["value"]
    assert after == {"before": full["saved"], "unreadable": 0, "check": "ok", "all there": True}


def test_without_the_patch_of_the_build_no_commit_would_be_flushed(
    served: Served, serve: Callable[[Path], Served], tmp_path: Path
) -> None:
    web = tmp_path / "web"
    shutil.copytree(served.web, web)
    unpatched = serve(drop_the_flush(web))
    with opened(unpatched.url) as run:
        counted = run.start("flushes")
    assert len(counted) == 20
    assert all(each["writes"] >= 1 for each in counted)
    assert [each["flushes"] for each in counted[1:]] == [0] * 19
