"""The name of a structure: typed, or taken from those already used on this tablet."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.forms import structures
from field_app.state.forms.drafts import Draft
from field_app.widgets.text_box import TextBox

MEANT = {
    "partner": "Qui anime ou accueille avec vous : association, club, service.",
    "establishment": "D’où viennent les participants : collège, lycée, foyer.",
}
"""What tells the two structures of a group session apart."""


@ft.component
def Structure(draft: Draft, name: str, title: str) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw a short text that names no person, with suggestions, most used first."""
    typed = str(draft.fields.get(name) or "")

    async def listen(text: str) -> None:
        await draft.put(name, text if text.strip() else None)

    box = TextBox(
        title, typed, listen, max_length=80, width=480,
        capitalization=ft.TextCapitalization.SENTENCES, autocorrect=False,
    )  # fmt: skip
    doubt = structures.doubt(typed)
    found = [
        widgets.chip(other, False, partial(draft.put, name, other))
        for other in structures.proposed(typed, draft.structures, name)
    ]
    return widgets.group(
        title,
        widgets.line(MEANT[name], color=theme.MUTED) if name in MEANT else None,
        box,
        widgets.line(doubt, color=theme.MUTED) if doubt else None,
        widgets.chips(found, f"{title} : déjà notés") if found else None,
        problem=structures.objection(typed) or draft.refusal(name),
    )
