"""The `main` of a build that runs the suite in a browser instead of the app: `site.py` puts it there.

What stands after `#` in the address says what to run next; each result is one line of the console.
"""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import flet_js
from pyodide.ffi import create_proxy

from field_app.ports.browser.ciphers import BrowserCiphers
from field_app.ports.browser.installation import BrowserInstallation
from field_app.ports.browser.ports import browser_ports
from tests.conformance.suite import keeping, opfs, sealing
from tests.conformance.suite.every import CHECKS
from tests.conformance.suite.subject import Check, Subject

GIVEN = json.loads(Path("/app/given.json").read_text("utf-8"))
SUBJECT = Subject("browser", browser_ports(), BrowserCiphers(), **GIVEN)
ALL = {check.__name__: check for check in opfs.CHECKS} | CHECKS  # the server is gone after the last
saved = 0


def say(**result: Any) -> None:
    """Report one result to the test that opened the page."""
    print("conformance " + json.dumps(result))


async def report(name: str, action: Callable[[], Awaitable[Any]]) -> Any:
    """Run one step, and report what it returned or how it failed."""
    try:
        value, fault = await action(), ""
    except Exception:
        value, fault = None, traceback.format_exc()
    say(name=name, value=value, fault=fault)
    return value


async def check(name: str) -> None:
    """Run one check of the suite."""
    tried: Check = ALL[name]
    await report(name, lambda: tried(SUBJECT))


async def run(asked: str) -> None:
    """Run what the address asks for."""
    global saved
    if asked == "suite":
        await report("sealed", lambda: sealing.seal_for_the_other(SUBJECT))
        for name in ALL:
            await check(name)
    elif asked == "flushes":
        await report("flushes", lambda: opfs.count_flushes(SUBJECT))
    elif asked == "secret":
        await report("secret", lambda: keeping.secret_answers(SUBJECT))
    elif asked == "gone":
        await report("gone", lambda: keeping.secret_is_told_damaged(SUBJECT))
    elif asked == "before":
        await report("before", lambda: opfs.keep_before(SUBJECT))
    elif asked == "full":
        saved = (await report("full", lambda: opfs.fill_up(SUBJECT)) or {}).get("saved", 0)
    elif asked == "room":
        await report("room", lambda: opfs.go_on(SUBJECT, saved))
    say(name="done", value=asked, fault="")


async def follow() -> None:
    """Run what the address asks for, and again each time it asks for something else."""
    done, page = "", BrowserInstallation()
    while True:
        if page.opened_with not in ("", done):
            done = page.opened_with
            await run(done)
        await asyncio.sleep(0.05)


async def _draw_nothing(callback: object) -> None:
    """Take the place of flet's own start."""


flet_js.start_connection = create_proxy(_draw_nothing)
following = asyncio.get_running_loop().create_task(follow())
