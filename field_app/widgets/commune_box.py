"""The field that finds a commune: any part of its name, a typo, a former name, a post code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial

import flet as ft

from field_app import widgets
from field_app.widgets.text_box import TextBox
from shared.territory import search

NONE = "Aucune commune du territoire ne ressemble à cela : vérifiez le nom, ou tapez le code postal."
NO_OTHER = "Aucune autre commune du territoire ne ressemble à cela : vérifiez le nom, ou tapez le code postal."


@ft.component
def CommuneBox(  # noqa: N802  # a component is written as it is used
    label: str,
    choose: Callable[[str], Awaitable[None] | None],
    chosen: str = "",
    without: Collection[str] = (),
    width: int | None = 320,
) -> ft.Control:
    """Draw the field, and the communes that what is typed may mean, but those of `without`; a tap chooses one. It
    is as wide as what holds it where no `width` is given."""
    typed, set_typed = ft.use_state("")

    async def take(insee: str) -> None:
        set_typed("")
        await widgets.finish(choose(insee))

    found = [f for f in search.find(typed) if f.commune.insee not in without]
    taps = [widgets.chip(f.label, f.commune.insee == chosen, partial(take, f.commune.insee)) for f in found]
    box = TextBox(label, typed, set_typed, hint_text="Nom ou code postal", width=width, autocorrect=False)
    return widgets.stack(
        box,
        widgets.line(NO_OTHER if without else NONE) if typed.strip() and not found else None,
        widgets.chips(taps, f"{label} : communes trouvées") if taps else None,
        horizontal_alignment=ft.CrossAxisAlignment.START if width else ft.CrossAxisAlignment.STRETCH,
    )
