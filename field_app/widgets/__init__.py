"""What several screens draw: headings, chips, notices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import flet as ft

from field_app import theme

Action = Callable[[], Awaitable[None] | None]


def handler(action: Action) -> Callable[[], Awaitable[None]]:
    """The action as flet should call it: without the event, which it passes to whatever seems to take one."""

    async def handle() -> None:
        done = action()
        if done is not None:
            await done

    return handle


def heading(text: str, level: int = 1) -> ft.Control:
    """A heading that a screen reader announces as one: a container, else what follows would be read into it."""
    size = {1: 24, 2: 18}.get(level, 16)
    words = ft.Text(text, size=size, weight=ft.FontWeight.W_600)
    return ft.Semantics(container=True, header=True, heading_level=level, content=words)


def line(text: str, size: int = 16, color: str | None = None) -> ft.Control:
    """A sentence read out on its own, and again when it changes."""
    return ft.Semantics(container=True, live_region=True, content=ft.Text(text, size=size, color=color))


def top_bar(title: str, back: Action | None = None, back_name: str = "Retour à l’accueil") -> ft.Control:
    """The title of the screen, with the way back."""
    arrow = ft.IconButton(
        ft.Icon(ft.Icons.ARROW_BACK, semantics_label=back_name),
        on_click=handler(back) if back else None,
        width=theme.TOUCH,
        height=theme.TOUCH,
    )
    return ft.Row([arrow, heading(title)] if back else [heading(title)], spacing=theme.GAP)


def chip(text: str, chosen: bool, on_tap: Action) -> ft.Control:
    """A big chip that is on or off."""
    return ft.Chip(
        key=text,
        label=ft.Text(text, size=16, max_lines=4),  # flutter shows one line of a chip unless told otherwise
        selected=chosen,
        on_select=handler(on_tap),
        padding=ft.Padding.symmetric(horizontal=8, vertical=14),
        show_checkmark=True,
    )


def chips(items: Iterable[ft.Control]) -> ft.Control:
    """Chips, as many in a line as there is room for."""
    return ft.Row(list(items), wrap=True, spacing=theme.GAP, run_spacing=theme.GAP)


def group(title: str, *content: ft.Control) -> ft.Control:
    """A titled part of a form."""
    return ft.Column([heading(title, 2), *content], spacing=theme.GAP)


def notice(text: str, kind: str = "warn") -> ft.Control:
    """A sentence that must be seen, read out at once by a screen reader: kind is warn, good or bad."""
    colour, ground, icon = {
        "warn": (theme.WARN, theme.WARN_GROUND, ft.Icons.INFO_OUTLINE),
        "good": (theme.GOOD, theme.GOOD_GROUND, ft.Icons.CHECK_CIRCLE_OUTLINE),
        "bad": (theme.BAD, theme.BAD_GROUND, ft.Icons.ERROR_OUTLINE),
    }[kind]
    words = ft.Row([ft.Icon(icon, color=colour), ft.Text(text, color=colour, size=16, expand=True)])
    return ft.Semantics(
        container=True,
        live_region=True,
        content=ft.Container(words, bgcolor=ground, border_radius=12, padding=12),
    )


def button(text: str, on_tap: Action, icon: ft.IconData | None = None, main: bool = False) -> ft.Control:
    """A button; the main one of a screen is filled and larger."""
    if main:
        return ft.FilledButton(text, icon=icon, on_click=handler(on_tap), style=theme.BIG_BUTTON, height=60)
    return ft.OutlinedButton(text, icon=icon, on_click=handler(on_tap), style=theme.BUTTON, height=theme.TOUCH)


def page_of(*content: ft.Control, bottom: ft.Control | None = None) -> ft.Control:
    """A screen: its content scrolls, its bottom stays in reach. Centred where the tablet is wide."""
    scrolling = ft.ListView([*content, ft.Container(height=16)], expand=True, spacing=20, padding=16)
    lines: list[ft.Control] = [scrolling]
    if bottom is not None:
        lines.append(ft.Container(bottom, padding=12, border=ft.Border(top=ft.BorderSide(1, theme.LINE))))
    # Aligned, the inner box is at most as wide as the screen; in a row it would be cut off on a phone.
    inner = ft.Container(ft.Column(lines, expand=True, spacing=0), width=theme.WIDEST)
    return ft.SafeArea(ft.Container(inner, alignment=ft.Alignment.TOP_CENTER, expand=True), expand=True)
