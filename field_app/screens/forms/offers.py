"""The services proposed for a need: the nearest at once, the others and the whole directory a tap away."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.directory import Entry
from field_app.screens import services
from field_app.screens.forms.referral import referral_card
from field_app.state.emergency import list_numbers
from field_app.state.forms import toward
from field_app.state.forms.drafts import NEAREST, Draft
from field_app.widgets import emergency, sheet
from field_app.widgets.text_box import TextBox
from shared import choices

MOST_FOUND = 6
"""How many services that hold the words looked for are proposed."""
NONE = "Aucun service de l’annuaire n’est noté pour ce besoin."
CHOOSE_NEED = "Touchez d’abord le besoin : l’annuaire n’en note aucun pour ce service."
NOT_FOUND = "Aucun service ne contient ces mots."


@ft.component
def Offer(draft: Draft, need: str) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the nearest that answer it; then all of them, and any other by its words: a worker may know better."""
    every, set_every = ft.use_state(False)
    words, set_words = ft.use_state("")
    looking, set_looking = ft.use_state(False)
    title = f"Orienter pour : {choices.load('theme').plain_of(need)}"
    answering = draft.services(need)
    near_ones = answering[:NEAREST]
    shown = [e for e in answering if every or e in near_ones or e.is_line]  # a line is as near as a telephone
    near = _chips(draft, shown, need, title) if shown else widgets.line(NONE, color=theme.MUTED)
    found = draft.services(need, words)[:MOST_FOUND] if words.strip() else []
    seen = [*found, *(entry for entry in shown if entry not in found)]
    close = partial(set_looking, False)
    ft.use_dialog(sheet.over_screen(_details(draft, need, seen, close), close) if looking else None)
    every_one = widgets.button("Autres services", lambda: set_every(True), ft.Icons.ADD)
    look = widgets.button("Détails des services", partial(set_looking, True), ft.Icons.INFO_OUTLINE)
    box = TextBox("Chercher dans tout l’annuaire", words, set_words, width=480, autocorrect=False)
    made = [r for r in draft.fields.get("referrals", []) if r.get("theme") == need]
    return widgets.group(
        title,
        near,
        box if every else None,
        _found(draft, need, found) if words.strip() else None,
        [referral_card(draft, referral) for referral in made],  # below what was tapped, which does not move
        widgets.row(
            None if every else every_one,
            look if seen else None,
            emergency.EmergencyCard(named=True) if _may_be_urgent(shown) else None,
            wrap=True,
        ),
    )


@ft.component
def Toward(draft: Draft) -> ft.Control:  # noqa: N802
    """Draw the service that the encounter was begun from, and the needs it answers: a tap refers to it."""
    name = draft.service_name(draft.toward)
    taps = [
        widgets.chip(
            need.plain, toward.is_for(draft, need.code), partial(toward.refer, draft, need.code), need.code
        )
        for need in toward.needs_of(draft)
    ]
    title = f"Orienter vers {name} pour"
    return widgets.group(
        title, widgets.chips(taps, title) if taps else widgets.line(CHOOSE_NEED, color=theme.MUTED)
    )


def _may_be_urgent(shown: list[Entry]) -> bool:
    """Return whether one of the services is an emergency number."""
    return not {entry.service.phone for entry in shown}.isdisjoint(one.number for one in list_numbers())


def _details(draft: Draft, need: str, seen: list[Entry], close: widgets.Action) -> ft.Control:
    """Draw on a sheet what the directory knows of the services that are proposed: the form stays below it."""
    title = f"Services : {choices.load('theme').plain_of(need)}"
    return sheet.content_of(title, close, None, [_card(draft, entry) for entry in seen])


def _card(draft: Draft, entry: Entry) -> ft.Control:
    service = entry.service
    lines = widgets.stack(
        services.facts(entry, draft.opening(service)), services.details(service), spacing=theme.TIGHT
    )
    ways = widgets.row(services.links(service), wrap=True)
    return widgets.framed(widgets.stack(lines, ways), entry.id)


def _found(draft: Draft, need: str, found: list[Entry]) -> ft.Control:
    """Draw those of the whole directory that hold the words."""
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
