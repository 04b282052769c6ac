"""The form of a presence: where, when, how long, how many."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.forms.fields import Circumstances
from field_app.state.forms.drafts import Draft
from field_app.state.forms.timer import spoken, stepped

MINUTES = (30, 60, 90, 120, 150, 180, 240)


def presence(draft: Draft) -> list[widgets.Slot]:
    """Return the whole of its fields."""
    agents = [
        widgets.chip(str(n) if n > 1 else "Seul·e", draft.value("agents") == n, partial(draft.put, "agents", n))
        for n in range(1, 6)
    ]
    minutes = [
        widgets.chip(
            spoken(m),
            draft.fields.get("minutes") == m,
            partial(draft.put, "minutes", m),
        )
        for m in MINUTES
    ]
    return [
        Circumstances(draft),
        widgets.group(
            "Durée sur place",
            widgets.chips(minutes, "Durée sur place"),
            _quarters(draft),
            problem=draft.refusal("minutes"),
        ),
        widgets.group(
            "Nombre d’agents", widgets.chips(agents, "Nombre d’agents"), problem=draft.refusal("agents")
        ),
    ]


def _quarters(draft: Draft) -> ft.Control:
    """Draw the duration as it stands, a quarter of an hour more or less; nobody's is proposed, and a lone + says
    nothing of what it adds."""
    found = draft.fields.get("minutes")
    minutes = found if isinstance(found, int) else 0  # a refused record may hold anything

    async def move(by: int) -> None:
        await draft.put("minutes", stepped(minutes, by))

    more, add = "Un quart d’heure de plus", partial(move, 1)
    return widgets.row(
        widgets.step(ft.Icons.REMOVE, "Un quart d’heure de moins", partial(move, -1)) if minutes else None,
        widgets.line(spoken(minutes), theme.BIG) if minutes else None,
        widgets.step(ft.Icons.ADD, more, add) if minutes else widgets.button(more, add, ft.Icons.ADD),
        wrap=True,
        vertical_alignment=ft.CrossAxisAlignment.CENTER,
    )
