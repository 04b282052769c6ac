"""Bring what stands in the way of saving into sight: scrolled to, said aloud, and ready to be typed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import flet as ft

from field_app.widgets.client import client

MARK = "fault "
"""What the key of a heading begins with whose field is at fault: the first on the screen is the one to go to."""
GLIDE = 300
"""Milliseconds of the way there, which show where it leads. It delays nothing: the form answers meanwhile."""
FAILED = (RuntimeError, TimeoutError)
"""What the client answers when it cannot: the screen has gone. An error of an effect would end the session."""


def mark(title: str) -> ft.ScrollKey:
    """Return the key of a heading whose field is at fault."""
    return ft.ScrollKey(f"{MARK}{title}")  # type: ignore[call-arg]  # flet hides its constructor


def use_sight() -> tuple[ft.Ref[Any], Callable[[str], None]]:
    """Return the reference that `page_of` gives to what scrolls, and what is called after a refusal with its
    reason: once the form is drawn with its faults, the first is brought into sight."""
    listing = ft.use_memo(lambda: ft.Ref[Any](), [])
    asked, set_asked = ft.use_state((0, ""))

    async def show() -> None:
        if asked[0] and listing.current is not None:
            # The first time the live regions say it; in the same words again they would be silent.
            await _show_first(listing.current, asked[1] if asked[0] > 1 else "")

    ft.use_effect(show, [asked])
    return listing, lambda reason: set_asked((asked[0] + 1, reason))


def follow_new(listing: ft.Ref[Any], title: str) -> None:
    """Bring the part of that title into sight when it comes: else it would stand below the fold, and nothing would
    seem to happen. Empty: nothing has come."""
    before = ft.use_ref(title)  # what a form is opened with stays where it is

    async def show() -> None:
        came, before.current = title != before.current, title
        if came and title and listing.current is not None:
            with suppress(*FAILED):
                await _glide(listing.current, asked(title))

    ft.use_effect(show, [title])


def asked(title: str) -> ft.ScrollKey:
    """Return the key of a heading under which something is asked."""
    return ft.ScrollKey(f"asked {title}")  # type: ignore[call-arg]  # flet hides its constructor


async def _glide(shown: ft.Control, key: ft.ScrollKey) -> None:
    """Scroll to what bears that key, in the list that holds it; at once where the tablet asks for stillness."""
    features = await ft.SemanticsService().get_accessibility_features()
    still = features.reduce_motion or features.disable_animations
    await client().await_frame()  # what was just sent is nowhere to go to yet
    lists = (each for each in _walk(shown) if isinstance(each, ft.ListView))
    for listing in lists:
        if any(str(getattr(each, "key", None)) == str(key) for each in _walk(listing)):
            await listing.scroll_to(scroll_key=key, duration=0 if still else GLIDE)


async def _show_first(shown: ft.Control, reason: str) -> None:
    """Scroll to the first heading at fault, give the focus to its field where it is typed in, say the reason."""
    found = _walk(shown)
    fault = next((each for each in found if _is_marked(each)), None)
    box = next((each for each in found if isinstance(each, ft.TextField) or _is_tapped(each)), None)
    try:
        if fault is not None:
            await _glide(shown, fault.key)
        if isinstance(box, ft.TextField):
            await box.focus()  # type: ignore[no-untyped-call]  # flet's own
        if reason:
            await ft.SemanticsService().announce_message(reason)
    except FAILED:
        return


def _is_marked(control: Any) -> bool:
    key = getattr(control, "key", None)
    return isinstance(key, ft.ScrollKey) and str(key).startswith(MARK)


def _is_tapped(control: Any) -> bool:
    return getattr(control, "on_click", None) is not None


def _walk(control: Any) -> Iterator[Any]:
    """List what is drawn, from top to bottom."""
    yield control
    # What a component drew, several controls, or one.
    for name in ("_b", "controls", "content"):
        inside = getattr(control, name, None)
        for child in inside if isinstance(inside, list) else [inside]:
            if isinstance(child, ft.BaseControl):
                yield from _walk(child)
