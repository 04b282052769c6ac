"""The fields that several forms share: one choice of a list, where, when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.forms.drafts import Draft
from field_app.widgets.calendar import day_stepper
from field_app.widgets.commune_box import CommuneBox
from shared import choices, field_labels, french, territory
from shared.choices import Choice, ChoiceList

FIRST_PLACES = 6
"""How many kinds of place are shown before « Autres lieux »."""


def single(draft: Draft, name: str, *codes: str) -> ft.Control:
    """Draw a field of one choice among a list, or among those codes of it; « inconnu » is no chip: nothing chosen;
    nor is an « autre » that nobody tapped."""
    found = choices.load(field_labels.LISTS.get(name, name))
    shown = [found[c] for c in codes if c in found] if codes else found.on(draft.day)
    chosen = draft.value(name) if name in draft.fields or draft.value(name) != "autre" else ""
    return widgets.group(
        field_labels.of(name),
        widgets.chips(
            (
                widgets.chip(c.label, c.code == chosen, partial(draft.choose, name, c.code))
                for c in shown
                if c.code != "inconnu"
            ),
            field_labels.of(name),
        ),
        problem=draft.refusal(name),
    )


def where(draft: Draft) -> ft.Control:
    """Draw the commune: the usual ones as chips, every other by its name or post code."""
    known = territory.communes()
    chosen = str(draft.fields.get("commune", ""))
    first = draft.usual_communes
    usual = [*first, *([chosen] if chosen in known and chosen not in first else [])]
    return widgets.group(
        "Commune",
        widgets.chips(
            (widgets.chip(known[i].name, chosen == i, partial(draft.choose, "commune", i)) for i in usual),
            "Commune",
        ),
        CommuneBox("Autre commune", partial(draft.put, "commune"), chosen),
        widgets.buttons(widgets.button("Ma commune", draft.locate, ft.Icons.MY_LOCATION))
        if draft.may_locate
        else None,
        problem=draft.refusal("commune"),
    )


@ft.component
def Circumstances(draft: Draft) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw where, when and for which action: in one line when they are proposed and right, whole on a tap."""
    wanted = ("commune", "place_type", "day", "slot", "action")
    known = draft.fields.get("commune") in territory.communes()  # communes merge, and the last one used is gone
    complete = known and all(draft.fields.get(name) in choices.load(name) for name in ("place_type", "action"))
    afterwards, _ = ft.use_state(draft.is_afterwards)  # stays where it is drawn, whatever is tapped
    blamed = any(reason.get("field") in wanted for reason in draft.opened.reasons)  # by the server
    opened, set_opened = ft.use_state(blamed or not complete)
    was_refused = ft.use_ref(False)  # what a refusal opened stays open: it is being mended there
    refused = any(draft.refusal(name) for name in wanted)
    was_refused.current = refused or bool(was_refused.current)
    if opened or was_refused.current:
        return widgets.stack(where(draft), Place(draft), when(draft), single(draft, "action"), spacing=theme.APART)
    places, slots = choices.load("place_type"), choices.load("slot")
    commune = territory.communes()[str(draft.fields["commune"])].name
    here = f"{commune} · {places.label_of(draft.fields['place_type'])}"
    action = choices.load("action").label_of(draft.fields["action"])
    now = f"{french.format_weekday(draft.day)} · {slots.label_of(draft.value('slot'))} · {action}"
    words = widgets.stack(
        widgets.line(here, theme.LEAD),
        widgets.line(now, color=theme.MUTED),
        widgets.line(draft.night, color=theme.MUTED) if draft.night else None,
        spacing=theme.TIGHT,
        tight=True,
    )
    change = widgets.button("Changer", lambda: set_opened(True), ft.Icons.EDIT_LOCATION_ALT)
    slot = ft.Container(single(draft, "slot"), col=12)  # not the clock's: one tap away
    return widgets.framed(
        widgets.grid(
            ft.Container(words, col={"xs": 12, "sm": 8}),
            widgets.row(change, alignment=ft.MainAxisAlignment.END, col={"xs": 12, "sm": 4}),
            slot if afterwards else None,
            vertical_alignment=ft.CrossAxisAlignment.CENTER,
        )
    )


@ft.component
def Place(draft: Draft) -> ft.Control:  # noqa: N802
    """Draw the kinds of place: the most used, the others one tap away."""
    every, set_every = ft.use_state(False)
    chosen = draft.fields.get("place_type")
    first = draft.places[:FIRST_PLACES]
    shown = [c.code for c in choices.load("place_type").on(draft.day)] if every else first
    if chosen and chosen not in shown:
        shown = [*shown, chosen]
    more = widgets.buttons(widgets.button("Autres lieux", lambda: set_every(True), ft.Icons.ADD))
    return widgets.stack(single(draft, "place_type", *shown), None if every else more)


def when(draft: Draft) -> ft.Control:
    """Draw the day, backdated by taps, and the slot."""
    return widgets.stack(day_of(draft), single(draft, "slot"), spacing=theme.APART)


def day_of(draft: Draft) -> ft.Control:
    """Draw the day, backdated by taps."""
    return day_stepper("Jour", draft, draft.refusal("day"))


def list_proposed(found: ChoiceList, day: date, chosen: list[str]) -> list[Choice]:
    """List the choices of that day, and those chosen that left the list since: a tap takes them out."""
    on = found.on(day)
    return [choice for choice in found.by_code.values() if choice in on or choice.code in chosen]


def draw_unknown(codes: list[str], tap: Callable[[str], widgets.Action]) -> ft.Control | None:
    """Draw what is entered and stands in no list here: the server refuses it, so a chip must take it out."""
    found = [widgets.chip(code, True, tap(code)) for code in codes]
    return widgets.chips(found, "Ne sont plus dans la liste") if found else None
