"""Draw what several screens share: headings, chips, notices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import flet as ft

from field_app import theme
from field_app.ports.storage import StoreError
from field_app.ports.taps import Tap, Taps
from field_app.widgets import sight
from field_app.widgets.client import client
from field_app.widgets.drawn import drawn, target_of
from field_app.widgets.layout import Slot as Slot
from field_app.widgets.layout import before as before
from field_app.widgets.layout import buttons as buttons
from field_app.widgets.layout import filling as filling
from field_app.widgets.layout import grid as grid
from field_app.widgets.layout import is_narrow as is_narrow
from field_app.widgets.layout import page_of as page_of
from field_app.widgets.layout import placed as placed
from field_app.widgets.layout import row as row
from field_app.widgets.layout import screen_of as screen_of
from field_app.widgets.layout import spaced as spaced
from field_app.widgets.layout import stack as stack
from field_app.widgets.writing import written as written  # the screens know it from here
from shared.french import typeset

Action = Callable[[], Awaitable[None] | None]
TICK, TICK_GAP, CHIP_SIDE = 18, 4, 20
"""The tick of a chosen chip, what parts it from the words, and what is left on each side of them; in pixels."""
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
        taps = client().taps
        tap = taps.begin(target_of(event.control), drawn(ft.context.page))
        if tap is not None:
            await _do(action, taps, tap)

    return handle


E = TypeVar("E", bound=ft.Event[Any])


def typed(listen: Callable[[E], Awaitable[None] | None]) -> Callable[[E], Awaitable[None]]:
    """Return what listens to a field as flet calls it. What is typed is always meant."""

    async def handle(event: E) -> None:
        taps = client().taps
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
    words = ft.Semantics(container=True, live_region=True, content=written(text))
    page.show_dialog(ft.AlertDialog(content=words, actions=actions))


def _close(page: ft.Page) -> None:
    page.pop_dialog()


def ask(page: ft.Page, question: str, stay: str, go_on: str, action: Action) -> None:
    """Ask before something is done that a slip of the finger may have meant."""

    async def do() -> None:
        page.pop_dialog()
        await finish(action())

    _show_words(page, question, [button(stay, lambda: _close(page)), button(go_on, do)])


def heading(text: str, level: int = 1, most: int | None = None, mark: ft.ScrollKey | None = None) -> ft.Control:
    """Draw a heading, in `most` lines, that a screen reader announces as one: a container, else what follows would
    be read into it. `mark` tells that of a field at fault."""
    size = {1: theme.TITLE, 2: theme.LEAD}.get(level, theme.PLAIN)
    # An ellipsis without a number of lines would leave one line of any heading.
    cut = ft.TextOverflow.ELLIPSIS if most else ft.TextOverflow.CLIP
    words = written(text, size=size, weight=ft.FontWeight.W_600, max_lines=most, overflow=cut, key=mark)
    return ft.Semantics(container=True, header=True, heading_level=level, content=words)


def line(text: str, size: int = theme.PLAIN, color: str | None = None) -> ft.Control:
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
    words = written(text, max_lines=6, expand=True, expand_loose=True, overflow=whole)
    # The tick alone does not grow with the text: what is left for it beside the words does not either.
    tick = ft.Icon(ft.Icons.CHECK, size=TICK, apply_text_scaling=False) if chosen else None
    picture = ft.Icon(icon, color=theme.MAIN) if icon else None
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
        shape=theme.ROUND,
    )


def chips(items: Iterable[ft.Control], name: str, sideways: bool = False) -> ft.Control:
    """Draw chips, as many in a line as there is room for; together they answer `name`, so that a screen reader
    says which « Oui » this is. Where they would cover what scrolls above them, those of a narrow screen stand in
    one line that goes `sideways` under the finger; a mouse could not draw it."""
    look: dict[str, Any] = {"scroll": ft.ScrollMode.AUTO} if sideways and is_narrow() else {"wrap": True}
    return ft.Semantics(container=True, label=name, content=row(list(items), **look))


def group(title: str, *content: Slot, problem: str = "", key: ft.ScrollKey | None = None) -> ft.Control:
    """Draw a titled part of a form, with what is wrong in it said where it is; `key` tells where to scroll to."""
    said = line(problem, color=theme.BAD) if problem else None
    return stack(heading(title, 2, mark=sight.mark(title) if problem else key), said, *content)


def framed(content: ft.Control, key: str = "") -> ft.Control:
    """Draw the card of what belongs together: a line around it, no shadow."""
    line_around = ft.Border.all(1, theme.LINE)
    return ft.Container(
        content, key=key or None, padding=theme.ROOM, border_radius=theme.RADIUS, border=line_around
    )


def notice(text: str, kind: str = "warn", mark: ft.ScrollKey | None = None) -> ft.Control:
    """Draw a sentence that must be seen, read out at once by a screen reader: kind is warn, good or bad. `mark`
    tells what is wrong with the field below it."""
    colour, ground, icon = {
        "warn": (theme.WARN, theme.WARN_GROUND, ft.Icons.INFO_OUTLINE),
        "good": (theme.GOOD, theme.GOOD_GROUND, ft.Icons.CHECK_CIRCLE_OUTLINE),
        "bad": (theme.BAD, theme.BAD_GROUND, ft.Icons.ERROR_OUTLINE),
    }[kind]
    words = row(ft.Icon(icon, color=colour), written(text, color=colour, expand=True))
    return ft.Semantics(
        container=True,
        live_region=True,
        content=ft.Container(words, key=mark, bgcolor=ground, border_radius=theme.RADIUS, padding=theme.ROOM),
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


def step(icon: ft.IconData, name: str, on_tap: Action, color: str | None = None) -> ft.Control:
    """Draw a button that is an icon, with the name that a screen reader says; at least as large as a finger."""
    return ft.IconButton(
        ft.Icon(icon, color=color, semantics_label=name), on_click=handler(on_tap), size_constraints=theme.FINGER
    )


def waiting(words: str, **look: Any) -> ft.Control:
    """Draw what is being done, for as long as it takes."""
    return row(ft.ProgressRing(width=theme.ICON, height=theme.ICON), written(words), **look)


def opening() -> ft.Control:
    """Draw that the app opens, before there is a screen to show."""
    return waiting("Ouverture…", alignment=ft.MainAxisAlignment.CENTER)
