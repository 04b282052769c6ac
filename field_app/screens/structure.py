"""The name of a structure: typed, or taken from those already used on this tablet."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state import structures
from field_app.state.drafts import Draft


@ft.component
def Structure(draft: Draft, name: str, title: str) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """A short text that names no person, with suggestions, most used first."""
    typed = str(draft.fields.get(name) or "")

    async def listen(e: ft.Event[ft.TextField]) -> None:
        await draft.put(name, e.control.value if e.control.value.strip() else None)

    box = ft.TextField(
        label=title, value=typed, on_change=widgets.typed(listen), max_length=80, width=480, text_size=18,
        capitalization=ft.TextCapitalization.SENTENCES, autocorrect=False,
    )  # fmt: skip
    lines: list[ft.Control] = [box]
    if doubt := structures.doubt(typed):
        lines.append(widgets.line(doubt, color=theme.MUTED))
    found = [
        widgets.chip(other, False, partial(draft.put, name, other))
        for other in structures.proposed(typed, draft.structures)
    ]
    if found:
        lines.append(widgets.chips(found, f"{title} : déjà notés"))
    return widgets.group(title, *lines, problem=structures.objection(typed) or draft.refusal(name))
