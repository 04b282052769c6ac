"""Know of the client that draws a page what its screens ask: which taps were meant, whether all is drawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import flet as ft

from field_app.ports.ports import await_nothing
from field_app.ports.taps import Taps


@dataclass(frozen=True, slots=True)
class Client:
    """What the app keeps in `page.data`: the taps of the person, and `await_frame`, which waits until what was
    sent to the client is on the screen."""

    taps: Taps = field(default_factory=Taps)
    await_frame: Callable[[], Awaitable[None]] = await_nothing


def client() -> Client:
    """Return the client of the page that is drawn now."""
    found = ft.context.page.data
    return found if isinstance(found, Client) else Client()
