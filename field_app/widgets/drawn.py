"""List what is on the screen to be tapped or typed in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flet as ft

from field_app.ports.taps import Drawn, Target


def drawn(page: ft.Page) -> Drawn:
    """List what can be tapped or typed in on the screen, or on the sheet that lies over it, from top to bottom."""
    over = [sheet for sheet in page._dialogs.controls if isinstance(sheet, ft.BottomSheet) and sheet.open]
    return tuple(target for shown in (over[-1:] or page.views[:1]) for target in _tappable(shown))


def _tappable(control: Any) -> Iterator[Target]:
    if getattr(control, "on_click", None) is not None or isinstance(control, ft.TextField | ft.Dropdown):
        yield target_of(control)
        return
    # What a component drew, several controls, or one.
    for name in ("_b", "controls", "content"):
        inside = getattr(control, name, None)
        for child in inside if isinstance(inside, list) else [inside]:
            if isinstance(child, ft.BaseControl):
                yield from _tappable(child)


def target_of(control: Any) -> Target:
    """Name one thing to tap: controls in a row are known by their rank, and the words on one may change."""
    named = getattr(control, "content", None) or getattr(control, "icon", None)
    if isinstance(named, ft.Text | ft.Icon):  # what a screen reader says of it, where that is more than it shows
        named = named.semantics_label or getattr(named, "value", "")
    return control._i, named if isinstance(named, str) else ""
