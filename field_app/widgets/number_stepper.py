"""A number that is entered by taps on − and +, or typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import flet as ft

from field_app import theme, widgets
from field_app.widgets.text_box import TextBox

NOT_TYPED: str | None = None
"""Nobody is typing; an empty field that is being typed in stays empty."""
BIG = 64
"""The side of a step that is tapped many times in a row, without looking."""
UNSEEN = 0.1
"""The size of a name that is for screen readers alone: none would be no name."""
LONG = 10
"""Digits of no number that is meant: a text that was pasted."""


@dataclass(frozen=True)
class AskedNumber:
    """A number that is asked for, from `least` to `most`, and the names a screen reader says: of the field, of the
    steps. `title` stands before it; without one, below a title of its own, all is larger."""

    name: str
    fewer: str
    more: str
    least: int
    most: int
    title: str = ""


@ft.component
def NumberStepper(  # noqa: N802  # a component is written as it is used
    asked: AskedNumber, now: Callable[[], int], put: Callable[[int], Awaitable[None]], leap: int = 0
) -> ft.Control:
    """Draw − and +, the field between them and, with `leap`, a larger step. What is typed and can be no number
    stays there, is said, and changes nothing."""
    typed, set_typed = ft.use_state(NOT_TYPED)

    async def step(by: int) -> None:
        set_typed(NOT_TYPED)
        if by < 0 and not now():
            return  # nothing was told yet: one fewer is no number
        # Asked at the tap: the next one may come before the screen has followed.
        await put(min(max(now() + by, asked.least), asked.most))

    async def listen(text: str) -> None:
        set_typed(text)
        number = read_number(text, asked)
        if number is not None:
            await put(number)

    def leave(event: ft.Event[ft.TextField]) -> None:
        if not _objection(str(event.control.value or ""), asked, now()):
            set_typed(NOT_TYPED)

    number = now()
    shown = (str(number) if number else "") if typed is NOT_TYPED else typed
    steps = [
        _step(asked, ft.Icons.REMOVE, asked.fewer, partial(step, -1)),
        TextBox(asked.name, shown, listen, on_blur=widgets.typed(leave), **_look(asked)),
        _step(asked, ft.Icons.ADD, asked.more, partial(step, 1)),
        widgets.button(f"+{leap}", partial(step, leap)) if leap else None,
    ]
    wrong = _objection(typed or "", asked, number)
    said = widgets.line(wrong, color=theme.BAD) if wrong else None
    wide = ft.CrossAxisAlignment.STRETCH
    return widgets.stack(_line_up(asked, steps), said, spacing=theme.TIGHT, tight=True, horizontal_alignment=wide)


def read_number(text: str, asked: AskedNumber) -> int | None:
    """Return the number that a text says, an empty one 0; None where it is none, or not one that may be."""
    text = text.strip()
    number = int(text) if text.isdecimal() and len(text) < LONG else 0 if not text else -1
    return number if asked.least <= number <= asked.most else None


def _objection(text: str, asked: AskedNumber, now: int) -> str:
    """Return why what is typed is no such number; empty when it is, and while nothing is typed."""
    if not text.strip() or read_number(text, asked) is not None:
        return ""
    stands = f" Le nombre reste {now}." if now else ""
    return f"Écrivez un nombre entier, de {asked.least} à {asked.most}.{stands}"


def _line_up(asked: AskedNumber, steps: list[ft.Control | None]) -> ft.Control:
    """Draw the steps in one line; a title before them, above them where there is no room beside."""
    middle = ft.CrossAxisAlignment.CENTER
    if not asked.title:
        return widgets.row(*steps, wrap=True, spacing=theme.ROOM, vertical_alignment=middle)
    # The title is read out with each control that it is the title of.
    title = ft.Semantics(exclude_semantics=True, content=widgets.written(asked.title))
    entered = widgets.row(*steps, spacing=theme.TIGHT, tight=True)
    apart = ft.MainAxisAlignment.SPACE_BETWEEN
    return widgets.row(title, entered, wrap=True, run_spacing=0, alignment=apart, vertical_alignment=middle)


def _step(asked: AskedNumber, icon: ft.IconData, name: str, on_tap: widgets.Action) -> ft.Control:
    if asked.title:
        return widgets.step(icon, name, on_tap)
    return ft.FilledTonalIconButton(
        ft.Icon(icon, size=theme.BIG_ICON, semantics_label=name),
        on_click=widgets.handler(on_tap),
        size_constraints=ft.BoxConstraints(min_width=BIG, min_height=BIG),
    )


def _look(asked: AskedNumber) -> dict[str, Any]:
    """Return how the field looks: its name is for screen readers alone, a title says it to the eye."""
    unseen = ft.TextStyle(size=UNSEEN, letter_spacing=0, color=ft.Colors.TRANSPARENT)
    # No gap in the line for a name that is not seen.
    closed = ft.OutlineInputBorder(border_radius=theme.RADIUS, gap_padding=0)
    # As far in as the corner is round: the line is cut where that name would stand, which would be the corner.
    room = ft.Padding.symmetric(horizontal=theme.RADIUS, vertical=theme.ROOM)
    size = {"width": 96} if asked.title else {"width": 140, "text_size": theme.FIGURE}
    return size | {
        "text_align": ft.TextAlign.CENTER,
        "keyboard_type": ft.KeyboardType.NUMBER,
        "label_style": unseen,
        "border": closed,
        "content_padding": room,
    }
