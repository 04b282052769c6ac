"""A sheet that lies over a screen, which stays where it was below it."""

from __future__ import annotations

import flet as ft

from field_app import theme, widgets


def over_screen(content: ft.Control, close: widgets.Action) -> ft.BottomSheet:
    """Return the sheet for `ft.use_dialog`, as high as the screen; a tap beside it or « Retour » closes it too."""
    return ft.BottomSheet(content, fullscreen=True, on_dismiss=lambda _: close())


def content_of(title: str, close: widgets.Action, box: ft.Control | None, *slots: widgets.Slot) -> ft.Control:
    """Draw what stands on a sheet: its title, « Fermer » and a field of text or none, always in sight; the rest
    scrolls below them."""
    bar = widgets.row(
        widgets.filling(widgets.heading(title, most=2)),
        widgets.button("Fermer", close, ft.Icons.CLOSE),
        vertical_alignment=ft.CrossAxisAlignment.CENTER,
    )
    listed = ft.ListView(
        widgets.placed(slots), expand=True, spacing=theme.EDGE, padding=ft.Padding.only(bottom=24)
    )
    wide = ft.CrossAxisAlignment.STRETCH
    lines = widgets.stack(bar, box, listed, expand=True, spacing=theme.ROOM, horizontal_alignment=wide)
    return widgets.screen_of(lines, padding=theme.EDGE)
