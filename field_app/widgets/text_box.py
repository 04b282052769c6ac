"""The field of text that every form uses: what is typed is never overwritten by an older echo of itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import flet as ft

from field_app import theme, widgets
from field_app.widgets.client import client
from field_app.widgets.sight import FAILED
from shared import french

CLEAR = "Effacer la recherche"
LOOK: dict[str, Any] = {"text_size": theme.LEAD, "border": theme.FIELD}


@dataclass
class Echo:
    """What was drawn last, and the text that the screen and the state last agreed on."""

    box: ft.TextField | None = None
    agreed: str = ""

    def text_to_draw(self, value: str | None) -> str:
        """Return what the field shows: the state's text only where it changed by itself.

        The person may be three letters ahead of what was heard. To draw the text heard, as it was, would take
        those letters away: as long as the state says nothing of its own, what stands on the screen stays. The
        state may drop the blanks around a text: that is nothing of its own.
        """
        if self.box is not None and (value is None or value.strip() == self.agreed.strip()):
            return str(self.box.value or "")
        self.agreed = value or ""
        return self.agreed


@ft.component
def TextBox(  # noqa: N802  # a component is written as it is used
    label: str,
    value: str | None,
    on_typed: Callable[[str], Awaitable[None] | None],
    asked_for: bool = False,
    **look: Any,
) -> ft.Control:
    """Draw a field of text; `value` is what the state holds, None where the screen alone holds it; one that a tap
    `asked_for` takes the keyboard when it comes.

    `on_typed` gets the whole text at each key, and enters it before it waits for anything.
    """
    echo, _ = ft.use_state(Echo())  # the same as long as the field is there

    def listen(event: ft.Event[ft.TextField]) -> Awaitable[None] | None:
        # The event's own text: the control may already hold a later one, whose event is still to come.
        echo.agreed = str(event.data or "")
        return on_typed(echo.agreed)

    async def take_focus() -> None:
        # The client gives it by itself (`autofocus`) only where nothing else has it, and what was tapped has.
        if asked_for and echo.box is not None:
            with suppress(*FAILED):
                await client().await_frame()
                await echo.box.focus()  # type: ignore[no-untyped-call]  # flet's own

    ft.use_effect(take_focus, [])
    echo.box = ft.TextField(
        label=french.typeset(label),
        value=echo.text_to_draw(value),
        on_change=widgets.typed(listen),
        **LOOK | look,
    )
    return ft.Semantics(container=True, content=echo.box)  # a text beside it is not part of its name


def search_box(
    label: str, words: str, look_for: Callable[[str], Awaitable[None] | None], hint: str | None = None
) -> ft.Control:
    """Draw the field of what is looked for, with the way to look for nothing once something is."""
    clear = widgets.step(ft.Icons.CLOSE, CLEAR, partial(look_for, "")) if words else None
    return TextBox(label, words, look_for, hint_text=hint, text_size=None, suffix_icon=clear)
