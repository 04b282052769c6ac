"""What several screens draw: headings, chips, notices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import flet as ft

from field_app import theme
from field_app.state.desk import StoreError

Action = Callable[[], Awaitable[None] | None]
NOT_KEPT = (
    "La tablette n’a pas pu enregistrer cela : sa mémoire est peut-être pleine. Ce qui était enregistré l’est "
    "toujours. Libérez de la place, puis réessayez."
)


def handler(action: Action) -> Callable[[], Awaitable[None]]:
    """The action as flet should call it: without the event, which it passes to whatever seems to take one."""

    async def handle() -> None:
        await _done(action)

    return handle


E = TypeVar("E")


def typed(listen: Callable[[E], Awaitable[None] | None]) -> Callable[[E], Awaitable[None]]:
    """What listens to a field of text, as flet should call it."""

    async def handle(event: E) -> None:
        await _done(lambda: listen(event))

    return handle


async def _done(action: Action) -> None:
    """Does it. A memory that is full must never take the screen away: an error that flet hears of ends the
    session, so what no screen says for itself is said here."""
    _touched()
    try:
        done = action()
        if done is not None:
            await done
    except StoreError:
        _say_not_kept()


def _say_not_kept() -> None:
    page = ft.context.page
    words = ft.Semantics(container=True, live_region=True, content=ft.Text(NOT_KEPT, size=16))
    page.show_dialog(ft.AlertDialog(content=words, actions=[button("Compris", lambda: _close(page))]))


def _close(page: ft.Page) -> None:
    page.pop_dialog()


def _touched() -> None:
    """The worker is there: told to whom the page names, so that a tablet in use does not lock."""
    tell = ft.context.page.data
    if callable(tell):
        tell()


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
    arrow = [step(ft.Icons.ARROW_BACK, back_name, back)] if back else []
    return ft.Row([*arrow, filling(heading(title))], spacing=theme.GAP)


def chip(text: str, chosen: bool, on_tap: Action) -> ft.Control:
    """A big chip that is on or off.

    Its padding and its tick are inside the label: flutter measures a label before it takes those of the chip off
    the width, so that a text that just fitted lost its second line.
    """
    words = ft.Text(text, size=16, max_lines=6, expand=True, expand_loose=True)
    tick = [ft.Icon(ft.Icons.CHECK, size=20)] if chosen else []
    return ft.Chip(
        key=text,
        label=ft.Container(
            ft.Row([*tick, words], spacing=theme.GAP, tight=True),
            padding=ft.Padding.symmetric(horizontal=16, vertical=14),
        ),
        selected=chosen,
        on_click=handler(on_tap),  # not on_select: the client would turn it by itself, whatever is chosen
        padding=0,
        label_padding=0,
        show_checkmark=False,
    )


def chips(items: Iterable[ft.Control], name: str) -> ft.Control:
    """Chips, as many in a line as there is room for; together they answer `name`, so that a screen reader says
    which « Oui » this is."""
    row = ft.Row(list(items), wrap=True, spacing=theme.GAP, run_spacing=theme.GAP)
    return ft.Semantics(container=True, label=name, content=row)


def group(title: str, *content: ft.Control, problem: str = "") -> ft.Control:
    """A titled part of a form, with what is wrong in it said where it is."""
    wrong = [line(problem, color=theme.BAD)] if problem else []
    return ft.Column([heading(title, 2), *wrong, *content], spacing=theme.GAP)


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
    """A button; the main one of a screen is filled and larger. Its height follows its text, however large."""
    if main:
        return ft.FilledButton(text, icon=icon, on_click=handler(on_tap), style=theme.BIG_BUTTON)
    return ft.OutlinedButton(text, icon=icon, on_click=handler(on_tap), style=theme.BUTTON)


def step(icon: ft.IconData, name: str, on_tap: Action) -> ft.Control:
    """A button that is an icon, with the name that a screen reader says."""
    return ft.IconButton(
        ft.Icon(icon, semantics_label=name), on_click=handler(on_tap), width=theme.TOUCH, height=theme.TOUCH
    )


def filling(control: ft.Control) -> ft.Control:
    """Takes what is left of a row, so that a long text goes to the next line instead of off the screen."""
    return ft.Container(control, expand=True)


def page_of(*content: ft.Control, bottom: ft.Control | None = None) -> ft.Control:
    """A screen: its content scrolls, its bottom stays in reach. Centred where the tablet is wide."""
    scrolling = ft.ListView([*content, ft.Container(height=16)], expand=True, spacing=20, padding=16)
    lines: list[ft.Control] = [scrolling]
    if bottom is not None:
        lines.append(ft.Container(bottom, padding=12, border=ft.Border(top=ft.BorderSide(1, theme.LINE))))
    # Aligned, the inner box is at most as wide as the screen; in a row it would be cut off on a phone.
    inner = ft.Container(ft.Column(lines, expand=True, spacing=0), width=theme.WIDEST)
    return ft.SafeArea(ft.Container(inner, alignment=ft.Alignment.TOP_CENTER, expand=True), expand=True)
