"""Words on a screen: written in the code with ordinary spaces, drawn with those of French."""

from __future__ import annotations

from typing import Any

import flet as ft

from shared import french


def written(text: str, **how: Any) -> ft.Text:
    """Draw a text; `how` is what `ft.Text` takes, such as its size, its weight, its colour."""
    return ft.Text(french.typeset(text), **how)
