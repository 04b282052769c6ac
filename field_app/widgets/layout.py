"""Lay controls out: one below the other, beside each other, in columns, and the page that holds them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import flet as ft

from field_app import theme

Slot = ft.Control | Sequence[ft.Control] | None
"""A place in a screen: what stands there, several of it, or nothing for now."""
HEARD = 100
"""Milliseconds between two words of a list that scrolls, where anybody listens."""


def placed(slots: Iterable[Slot]) -> list[ft.Control]:
    """Return the controls of those places in order, each keyed by its own place.

    A line that comes or goes must not be taken for its neighbour: flet tells controls without a key apart by their
    rank, and a field whose rank changes loses the focus, its text and whatever was opened under it. So what is
    absent keeps its place (None), and several in one place are told apart by their own keys, or by their rank.
    """
    found: list[ft.Control] = []
    for place, slot in enumerate(slots):
        several = slot if isinstance(slot, list | tuple) else [] if slot is None else [slot]
        for rank, given in enumerate(several):
            # A component is frozen, and the client looks through it for a key: a box takes the key.
            control = ft.Container(given) if hasattr(given, "_frozen") else given
            control.key = f"{place} {rank if given.key is None else given.key}"
            found.append(control)
    return found


def stack(*slots: Slot, spacing: float = theme.GAP, **look: Any) -> ft.Column:
    """Draw one place below the other; pass None for a line that is absent, never a shorter list."""
    return ft.Column(placed(slots), spacing=spacing, **look)


def row(*slots: Slot, spacing: float = theme.GAP, run_spacing: float = theme.GAP, **look: Any) -> ft.Row:
    """Draw one place beside the other."""
    return ft.Row(placed(slots), spacing=spacing, run_spacing=run_spacing, **look)


def buttons(*slots: Slot, **look: Any) -> ft.Row:
    """Draw buttons, as many in a line as there is room for. In a row that cannot wrap, a long name written twice
    as large would run off the screen."""
    return row(*slots, wrap=True, **look)


def grid(
    *slots: Slot, spacing: float = theme.ROOM, run_spacing: float = theme.ROOM, **look: Any
) -> ft.ResponsiveRow:
    """Draw places in the columns that each asks for."""
    return ft.ResponsiveRow(placed(slots), spacing=spacing, run_spacing=run_spacing, **look)


def filling(control: ft.Control) -> ft.Control:
    """Let a control take what is left of a row, so that a long text goes to the next line instead of off the
    screen."""
    return ft.Container(control, expand=True)


def _apart(slots: Iterable[Slot]) -> ft.Column:
    """Draw one place below the other, each read out on its own: as one child of a list, a text would be read into
    the field below it."""
    apart = [ft.Semantics(container=True, content=control, key=control.key) for control in placed(slots)]
    return ft.Column([*apart], spacing=theme.APART, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)


def before(*slots: Slot) -> ft.Column:
    """Draw what may show nothing before what always stands there: what is empty leaves no gap of its own, and what
    is not brings it along (`spaced`)."""
    return stack(*slots, spacing=0, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)


def spaced(control: ft.Control) -> ft.Control:
    """Draw it with the distance to what comes next."""
    return ft.Container(control, padding=ft.Padding.only(bottom=theme.APART))


def is_narrow() -> bool:
    """Return whether the screen is a phone or a tablet held upright, as it was when it was drawn last."""
    return (ft.context.page.width or 0) < theme.WIDEST


def screen_of(whole: ft.Control, padding: float = 0) -> ft.Control:
    """Draw what holds a screen, clear of the tablet's own edges: its icons grow with the text, night and day."""
    inside = ft.Container(whole, padding=padding, expand=True, theme=theme.GROWING, dark_theme=theme.GROWING)
    return ft.SafeArea(inside, expand=True)


def page_of(
    top: ft.Control | None,
    *slots: Slot,
    beside: Sequence[Slot] = (),
    rows: Sequence[ft.Control] = (),
    bottom: ft.Control | None = None,
    width: int = theme.WIDEST,
    listing: ft.Ref[Any] | None = None,
    on_scroll: Callable[[ft.OnScrollEvent], Awaitable[None]] | None = None,
) -> ft.Control:
    """Draw a screen: its content scrolls between its bar and its bottom, which stay in reach. Centred where the
    tablet is wider than `width`: its margins, where the thumbs are that hold it, scroll too. What stands `beside`
    scrolls by itself where a tablet lies flat, and comes below elsewhere. `listing` is to refer to what scrolls,
    `on_scroll` hears of it.

    The content is one child of the list, whose others are drawn only when they come near: such a list knows its
    children by their rank alone, so `rows` come last and hold neither a field nor anything that opens.
    """
    if beside and not is_narrow():
        halves = [ft.Container(_scrolling([_inset(_apart(half))]), expand=True) for half in (slots, beside)]
        both = row(*halves, spacing=0, vertical_alignment=ft.CrossAxisAlignment.STRETCH, ref=listing)
        scrolling: ft.Control = ft.Container(_centred(both, width), expand=True)
    else:
        lines = [_centred(_inset(line), width) for line in (_apart([*slots, *beside]), *rows)]
        scrolling = _scrolling(lines, ref=listing, on_scroll=on_scroll, scroll_interval=HEARD)
    edge = ft.BorderSide(1, theme.LINE)
    around = ft.Padding.symmetric(horizontal=theme.GAP, vertical=theme.TIGHT)
    above = None if top is None else ft.Container(top, padding=around, border=ft.Border(bottom=edge))
    below = None if bottom is None else ft.Container(bottom, padding=theme.ROOM, border=ft.Border(top=edge))
    whole = stack(
        None if above is None else _centred(above, width),
        scrolling,
        None if below is None else _centred(below, width),
        expand=True,
        spacing=0,
    )
    return screen_of(whole)


def _scrolling(lines: Sequence[ft.Control], **look: Any) -> ft.Control:
    end = ft.Container(height=theme.EDGE)
    padding = ft.Padding.symmetric(vertical=theme.EDGE)
    return ft.ListView(
        placed([*lines[:1], lines[1:], end]), expand=True, spacing=theme.APART, padding=padding, **look
    )


def _inset(line: ft.Control) -> ft.Control:
    return ft.Container(line, padding=ft.Padding.symmetric(horizontal=theme.EDGE), key=line.key)


def _centred(control: ft.Control, width: int) -> ft.Container:
    """Draw it in the middle of a screen that is wider. Aligned, the inner box is at most as wide as the screen; in
    a row it would be cut off on a phone."""
    return ft.Container(ft.Container(control, width=width), alignment=ft.Alignment.TOP_CENTER, key=control.key)
