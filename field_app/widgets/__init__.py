"""Draw what several screens share: headings, chips, notices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

import flet as ft

from field_app import theme
from field_app.ports.taps import Tap, Taps
from field_app.state.desk import StoreError
from field_app.widgets.drawn import drawn, target_of
from field_app.widgets.writing import written as written  # the screens know it from here
from shared.french import typeset

Action = Callable[[], Awaitable[None] | None]
Slot = ft.Control | Sequence[ft.Control] | None
"""A place in a screen: what stands there, several of it, or nothing for now."""
TICK, TICK_GAP, CHIP_SIDE = 18, 4, 20
"""The tick of a chosen chip, what parts it from the words, and what is left on each side of them; in pixels."""
HEARD = 100
"""Milliseconds between two words of a list that scrolls, where anybody listens."""
NOT_KEPT = (
    "La tablette n’a pas pu enregistrer cela : sa mémoire est peut-être pleine. Ce qui était enregistré l’est "
    "toujours. Libérez de la place, puis réessayez."
)
NO_MEMORY = (
    "La tablette n’a plus assez de mémoire vive pour cela. Ce qui était enregistré l’est toujours. Fermez les "
    "autres applications, puis réessayez."
)


def handler(action: Action) -> Callable[[ft.Event[Any]], Awaitable[None]]:
    """Return the action of a tap as flet calls it, without the event. A tap that cannot have been meant, since
    what is under the finger has just changed places, does nothing."""

    async def handle(event: ft.Event[Any]) -> None:
        taps = _taps()
        tap = taps.begin(target_of(event.control), drawn(ft.context.page))
        if tap is not None:
            await _do(action, taps, tap)

    return handle


E = TypeVar("E", bound=ft.Event[Any])


def typed(listen: Callable[[E], Awaitable[None] | None]) -> Callable[[E], Awaitable[None]]:
    """Return what listens to a field as flet calls it. What is typed is always meant."""

    async def handle(event: E) -> None:
        taps = _taps()
        await _do(lambda: listen(event), taps, taps.follow(target_of(event.control), drawn(ft.context.page)))

    return handle


async def finish(done: Awaitable[None] | None) -> None:
    """Wait for what an action has begun, where it waits for anything."""
    if done is not None:
        await done


async def _do(action: Action, taps: Taps, tap: Tap) -> None:
    """Run the action of a tap. A storage or a memory that is full must never take the screen away: an error that
    flet hears of ends the session, so what no screen says for itself is said here."""
    try:
        await finish(action())
    except (StoreError, MemoryError) as error:
        taps.cover(tap)
        _say(NOT_KEPT if isinstance(error, StoreError) else NO_MEMORY)
    finally:
        taps.end(tap)


def _say(text: str) -> None:
    page = ft.context.page
    _show_words(page, text, [button("Compris", lambda: _close(page))])


def _show_words(page: ft.Page, text: str, actions: list[ft.Control]) -> None:
    words = ft.Semantics(container=True, live_region=True, content=written(text, size=16))
    page.show_dialog(ft.AlertDialog(content=words, actions=actions))


def _close(page: ft.Page) -> None:
    page.pop_dialog()


def ask(page: ft.Page, question: str, stay: str, go_on: str, action: Action) -> None:
    """Ask before something is done that a slip of the finger may have meant."""

    async def do() -> None:
        page.pop_dialog()
        await finish(action())

    _show_words(page, question, [button(stay, lambda: _close(page)), button(go_on, do)])


def _taps() -> Taps:
    """Return the taps that the page names: they tell the lock too that the tablet is in use."""
    found = ft.context.page.data
    return found if isinstance(found, Taps) else Taps()


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


def row(*slots: Slot, spacing: float = theme.GAP, **look: Any) -> ft.Row:
    """Draw one place beside the other."""
    return ft.Row(placed(slots), spacing=spacing, **look)


def grid(*slots: Slot, spacing: float = 12, run_spacing: float = 12, **look: Any) -> ft.ResponsiveRow:
    """Draw places in the columns that each asks for."""
    return ft.ResponsiveRow(placed(slots), spacing=spacing, run_spacing=run_spacing, **look)


def heading(text: str, level: int = 1, most: int | None = None) -> ft.Control:
    """Draw a heading, in `most` lines, that a screen reader announces as one: a container, else what follows would
    be read into it."""
    size = {1: 24, 2: 18}.get(level, 16)
    # An ellipsis without a number of lines would leave one line of any heading.
    cut = ft.TextOverflow.ELLIPSIS if most else ft.TextOverflow.CLIP
    words = written(text, size=size, weight=ft.FontWeight.W_600, max_lines=most, overflow=cut)
    return ft.Semantics(container=True, header=True, heading_level=level, content=words)


def line(text: str, size: int = 16, color: str | None = None) -> ft.Control:
    """Draw a sentence read out on its own, and again when it changes."""
    return ft.Semantics(container=True, live_region=True, content=written(text, size=size, color=color))


def top_bar(title: str, back: Action | None = None, back_name: str = "Retour à l’accueil") -> ft.Control:
    """Draw the title of the screen, in two lines at most since it stays in sight, with the way back."""
    return row(step(ft.Icons.ARROW_BACK, back_name, back) if back else None, filling(heading(title, most=2)))


def chip(text: str, chosen: bool, on_tap: Action, key: str = "", icon: ft.IconData | None = None) -> ft.Control:
    """Draw a big chip that is on or off; `key` tells it from its neighbours where its text changes with a tap; an
    `icon` before the words makes it a tile that is found without reading.

    Its padding and its tick are inside the label: flutter measures a label before it takes those of the chip off
    the width, so that a text that just fitted lost its second line. The tick stands in the padding: a chip that
    grew as it is chosen would push its neighbour from under the finger.
    """
    # A chip fades what it takes for too high: letters that came later than their place was measured (Arabic).
    whole = ft.TextOverflow.VISIBLE
    words = written(text, size=16, max_lines=6, expand=True, expand_loose=True, overflow=whole)
    tick = ft.Icon(ft.Icons.CHECK, size=TICK) if chosen else None
    picture = (
        ft.Container(ft.Icon(icon, size=22, color=theme.MAIN), padding=ft.Padding.only(right=4)) if icon else None
    )
    left, right = (CHIP_SIDE - TICK / 2 - TICK_GAP, CHIP_SIDE - TICK / 2) if chosen else (CHIP_SIDE, CHIP_SIDE)
    return ft.Chip(
        key=key or text,
        label=ft.Container(
            row(tick, picture, words, tight=True, spacing=TICK_GAP),
            padding=ft.Padding(left, 14, right, 14),
        ),
        selected=chosen,
        on_click=handler(on_tap),  # not on_select: the client would turn it by itself, whatever is chosen
        padding=0,
        label_padding=0,
        show_checkmark=False,
    )


def chips(items: Iterable[ft.Control], name: str) -> ft.Control:
    """Draw chips, as many in a line as there is room for; together they answer `name`, so that a screen reader
    says which « Oui » this is."""
    return ft.Semantics(container=True, label=name, content=row(list(items), wrap=True, run_spacing=theme.GAP))


def group(title: str, *content: Slot, problem: str = "") -> ft.Control:
    """Draw a titled part of a form, with what is wrong in it said where it is."""
    return stack(heading(title, 2), line(problem, color=theme.BAD) if problem else None, *content)


def framed(content: ft.Control, key: str = "", side: int = 12) -> ft.Control:
    """Draw a line around what belongs together, `side` pixels from it."""
    line_around = ft.Border.all(1, theme.LINE)
    return ft.Container(content, key=key or None, padding=side, border_radius=side, border=line_around)


def notice(text: str, kind: str = "warn") -> ft.Control:
    """Draw a sentence that must be seen, read out at once by a screen reader: kind is warn, good or bad."""
    colour, ground, icon = {
        "warn": (theme.WARN, theme.WARN_GROUND, ft.Icons.INFO_OUTLINE),
        "good": (theme.GOOD, theme.GOOD_GROUND, ft.Icons.CHECK_CIRCLE_OUTLINE),
        "bad": (theme.BAD, theme.BAD_GROUND, ft.Icons.ERROR_OUTLINE),
    }[kind]
    words = row(ft.Icon(icon, color=colour), written(text, color=colour, size=16, expand=True), spacing=10)
    return ft.Semantics(
        container=True,
        live_region=True,
        content=ft.Container(words, bgcolor=ground, border_radius=12, padding=12),
    )


def button(
    text: str, on_tap: Action, icon: ft.IconData | None = None, main: bool = False, about: str = ""
) -> ft.Control:
    """Draw a button; the main one of a screen is filled and larger. Its height follows its text, however large. Of
    several alike, a screen reader says what each is `about`."""
    if about:
        words = written(text, semantics_label=f"{text} {about}")
        return ft.OutlinedButton(words, icon=icon, on_click=handler(on_tap), style=theme.BUTTON)
    if main:
        return ft.FilledButton(typeset(text), icon=icon, on_click=handler(on_tap), style=theme.BIG_BUTTON)
    return ft.OutlinedButton(typeset(text), icon=icon, on_click=handler(on_tap), style=theme.BUTTON)


def step(icon: ft.IconData, name: str, on_tap: Action) -> ft.Control:
    """Draw a button that is an icon, with the name that a screen reader says."""
    return ft.IconButton(
        ft.Icon(icon, semantics_label=name), on_click=handler(on_tap), width=theme.TOUCH, height=theme.TOUCH
    )


def filling(control: ft.Control) -> ft.Control:
    """Let a control take what is left of a row, so that a long text goes to the next line instead of off the
    screen."""
    return ft.Container(control, expand=True)


def _apart(slots: Iterable[Slot]) -> ft.Column:
    """Draw one place below the other, each read out on its own: as one child of a list, a text would be read into
    the field below it."""
    apart = [ft.Semantics(container=True, content=control, key=control.key) for control in placed(slots)]
    return ft.Column([*apart], spacing=20, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)


def columns(left: Iterable[Slot], right: Iterable[Slot]) -> ft.Control:
    """Draw two halves of a form, beside each other where a tablet lies flat, else one below the other."""
    halves = [
        ft.Semantics(container=True, content=_apart(slots), col={"xs": 12, "lg": 6}) for slots in (left, right)
    ]
    return grid(*halves, spacing=28, run_spacing=20)


def page_of(
    top: ft.Control | None,
    *slots: Slot,
    rows: Sequence[ft.Control] = (),
    bottom: ft.Control | None = None,
    width: int = theme.WIDEST,
    listing: ft.Ref[ft.ListView] | None = None,
    on_scroll: Callable[[ft.OnScrollEvent], Awaitable[None]] | None = None,
) -> ft.Control:
    """Draw a screen: its content scrolls between its bar and its bottom, which stay in reach. Centred where the
    tablet is wider than `width`. `listing` is to refer to what scrolls, `on_scroll` hears of it.

    The content is one child of the list, whose others are drawn only when they come near: such a list knows its
    children by their rank alone, so `rows` come last and hold neither a field nor anything that opens.
    """
    content = _apart(slots)
    scrolling = ft.ListView(
        placed([content, rows, ft.Container(height=16)]), expand=True, spacing=20, padding=16,
        ref=listing, on_scroll=on_scroll, scroll_interval=HEARD,
    )  # fmt: skip
    below = ft.Container(bottom, padding=12, border=ft.Border(top=ft.BorderSide(1, theme.LINE)))
    # Aligned, the inner box is at most as wide as the screen; in a row it would be cut off on a phone.
    line_below = ft.Border(bottom=ft.BorderSide(1, theme.LINE))
    above = ft.Container(top, padding=ft.Padding.symmetric(horizontal=8, vertical=4), border=line_below)
    lines = stack(
        None if top is None else above, scrolling, None if bottom is None else below, expand=True, spacing=0
    )
    inner = ft.Container(lines, width=width)
    return ft.SafeArea(ft.Container(inner, alignment=ft.Alignment.TOP_CENTER, expand=True), expand=True)
