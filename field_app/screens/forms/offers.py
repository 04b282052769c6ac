"""The services proposed for a need: the nearest at once, the others and the whole directory a tap away."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.directory import Entry
from field_app.state.forms.drafts import NEAREST, Draft
from field_app.widgets.text_box import TextBox
from shared import choices

MOST_FOUND = 6
"""How many services that hold the words looked for are proposed."""
NONE = "Aucun service de l’annuaire n’est noté pour ce besoin."
NOT_FOUND = "Aucun service ne contient ces mots."


@ft.component
def Offer(draft: Draft, need: str) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the nearest that answer it; then all of them, and any other by its words: a worker may know better."""
    every, set_every = ft.use_state(False)
    words, set_words = ft.use_state("")
    title = f"Orienter pour : {choices.load('theme').label_of(need)}"
    answering = draft.services(need)
    shown = answering if every else answering[:NEAREST]
    near = _chips(draft, shown, need, title) if shown else widgets.line(NONE, color=theme.MUTED)
    more = widgets.row(widgets.button("Autres services", lambda: set_every(True), ft.Icons.ADD))
    box = TextBox("Chercher dans tout l’annuaire", words, set_words, width=480, autocorrect=False)
    return widgets.group(
        title,
        near,
        box if every else more,
        _found(draft, need, words) if words.strip() else None,
    )


def _found(draft: Draft, need: str, words: str) -> ft.Control:
    """Draw those of the whole directory that hold the words."""
    found = draft.services(need, words)[:MOST_FOUND]
    if not found:
        return widgets.line(NOT_FOUND, color=theme.MUTED)
    return _chips(draft, found, need, "Services trouvés")


def _chips(draft: Draft, entries: list[Entry], need: str, name: str) -> ft.Control:
    return widgets.chips((_service(draft, entry, need) for entry in entries), name)


def _service(draft: Draft, entry: Entry, need: str) -> ft.Control:
    name = entry.service.name if entry.km is None else f"{entry.service.name} · {entry.km:.0f} km"
    return widgets.chip(
        name,
        draft.has("referrals", "service", entry.id),
        partial(draft.toggle, "referrals", "service", entry.id, theme=need),
    )
