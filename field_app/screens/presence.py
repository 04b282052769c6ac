"""The form of a presence: where, when, how long, how many."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import widgets
from field_app.screens.fields import Circumstances
from field_app.state.drafts import Draft

MINUTES = (30, 60, 90, 120, 180, 240)


def presence(draft: Draft) -> list[ft.Control]:
    """The whole of its fields."""
    agents = [
        widgets.chip(str(n) if n > 1 else "Seul·e", draft.value("agents") == n, partial(draft.put, "agents", n))
        for n in range(1, 6)
    ]
    minutes = [
        widgets.chip(
            f"{m} min" if m < 60 else f"{m // 60} h {m % 60 or ''}".strip(),
            draft.value("minutes") == m,
            partial(draft.put, "minutes", m),
        )
        for m in MINUTES
    ]
    return [
        Circumstances(draft),
        widgets.group(
            "Durée sur place", widgets.chips(minutes, "Durée sur place"), problem=draft.refusal("minutes")
        ),
        widgets.group(
            "Nombre d’agents", widgets.chips(agents, "Nombre d’agents"), problem=draft.refusal("agents")
        ),
    ]
