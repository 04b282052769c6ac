"""The card of the emergency numbers, one tap away in the bar of a screen. Opening it records nothing."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.emergency import EmergencyNumber, list_numbers
from field_app.widgets import sheet

NAME = "Numéros d’urgence"
TITLE, FREE = "Urgence", "Gratuits, jour et nuit."
NO_PHONE = "Si la tablette ne téléphone pas, composez le numéro sur un autre appareil."


def bar(title: str, back: widgets.Action, back_name: str = "Retour à l’accueil") -> ft.Control:
    """Draw the bar of a screen with the way to the emergency numbers at its end."""
    return beside(widgets.top_bar(title, back, back_name))


def beside(content: ft.Control, *before: ft.Control) -> ft.Control:
    """Draw the way to the emergency numbers at the end of a line, after what else stands there."""
    return widgets.row(widgets.filling(content), list(before), EmergencyCard())


@ft.component
def EmergencyCard(named: bool = False) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the button that opens the card over the screen, which stays as it was; with its name in a form."""
    opened, set_opened = ft.use_state(False)
    close = partial(set_opened, False)
    ft.use_dialog(sheet.over_screen(_card(close), close) if opened else None)
    if named:
        return widgets.button(NAME, partial(set_opened, True), ft.Icons.SOS)
    return widgets.step(ft.Icons.SOS, NAME, partial(set_opened, True), theme.BAD)


def _card(close: widgets.Action) -> ft.Control:
    lines = [_number(one) for one in list_numbers()]
    last = widgets.line(NO_PHONE, color=theme.MUTED)
    return sheet.content_of(TITLE, close, widgets.line(FREE, color=theme.MUTED), lines, last)


def _number(one: EmergencyNumber) -> ft.Control:
    """Draw a number that can be read from a step away and dials by a tap, then when it is called. The buttons are
    equally wide, whatever the number; what it is for has the whole line, so that few large letters fit too."""
    link = ft.FilledTonalButton(
        widgets.written(one.spoken, None, style=theme.BIG_TEXT, semantics_label=one.action),
        icon=ft.Icons.SMS if one.sms else ft.Icons.CALL,
        url=ft.Url(one.url, target=ft.UrlTarget.BLANK),
        style=theme.BUTTON,
        col={"xs": 6, "sm": 4},
    )
    name = ft.Container(widgets.heading(one.name, 3), col={"xs": 6, "sm": 8})
    first = widgets.grid(link, name, vertical_alignment=ft.CrossAxisAlignment.CENTER)
    return widgets.stack(first, widgets.line(one.when))
