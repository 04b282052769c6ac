"""Draw a list that holds nothing: what comes here, and the way to the next act."""

from __future__ import annotations

import flet as ft

from field_app import theme, widgets

WIDTH, HEIGHT = 160, 120
"""Of a drawing, in pixels; it does not grow with the text: the words are what is read."""


def nothing(drawing: str, words: str, act: str, on_tap: widgets.Action, icon: ft.IconData) -> ft.Control:
    """Draw one of our drawings (`assets/rien-*.svg`, which says nothing to a screen reader), what comes here or
    why nothing does, and the button that leads on."""
    said = widgets.written(words, color=theme.MUTED, text_align=ft.TextAlign.CENTER)
    lines = widgets.stack(
        ft.Image(src=f"rien-{drawing}.svg", width=WIDTH, height=HEIGHT, exclude_from_semantics=True),
        ft.Semantics(container=True, live_region=True, content=said),
        widgets.button(act, on_tap, icon),
        spacing=theme.EDGE,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
    )
    return ft.Container(lines, padding=theme.WIDE, alignment=ft.Alignment.TOP_CENTER)
