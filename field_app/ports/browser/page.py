"""Ask the page around the worker for what only a page may do, and hear of what happens to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyodide.ffi import create_proxy
from tablet_js import listen as js_listen
from tablet_js import page as js_page


async def ask(name: str, value: object = None) -> Any:
    """Ask the page (`assets/web/page.js` lists what it answers to). Return what it says, as Python values."""
    return _python(await js_page(name, value))


def listen(hear: Callable[[str, object], object]) -> None:
    """Call `hear` with each event of the page, by name and value, for as long as the page lives."""
    js_listen(create_proxy(lambda name, value: hear(name, _python(value))))


def _python(value: Any) -> Any:
    return value.to_py() if hasattr(value, "to_py") else value
