"""Words on a screen: written in the code with ordinary spaces, drawn with those of French."""

from __future__ import annotations

from typing import Any

import flet as ft

from field_app import theme
from shared import french


def written(text: str, size: float | None = theme.PLAIN, **how: Any) -> ft.Text:
    """Draw a text, by default of the usual size; `how` is what else `ft.Text` takes: its weight, its colour."""
    return ft.Text(french.typeset(text), size=size, **how)
