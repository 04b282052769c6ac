"""The first start: the server's address and a one-time code."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.session import Session


@ft.component
def EnrolScreen(session: Session) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Asks for both, says what the tablet will send, and what went wrong."""

    def set_url(e: ft.Event[ft.TextField]) -> None:
        session.server_url = e.control.value

    def set_code(e: ft.Event[ft.TextField]) -> None:
        session.code = e.control.value

    title = widgets.heading("Préparer cette tablette")
    if session.team:
        title = widgets.top_bar("Nouveau code", partial(session.show, "settings"), "Retour aux réglages")
    lines: list[ft.Control] = [
        title,
        ft.Text(
            "Saisissez le code que l’administration vous a donné. La tablette n’enverra que des rencontres "
            "sans nom : ni identité, ni adresse, ni position.",
            size=16,
        ),
        ft.TextField(
            label="Adresse du serveur", value=session.server_url, on_change=widgets.typed(set_url),
            text_size=18, width=480,
            keyboard_type=ft.KeyboardType.URL, autocorrect=False,
        ),
        ft.TextField(
            label="Code à usage unique", value=session.code, on_change=widgets.typed(set_code),
            on_submit=widgets.handler(session.enrol),
            text_size=22, width=480, autocorrect=False, capitalization=ft.TextCapitalization.CHARACTERS,
        ),
    ]  # fmt: skip
    if session.message:
        lines.append(widgets.notice(session.message, "bad"))
    wait = ft.Row([ft.ProgressRing(width=24, height=24), ft.Text("Vérification du code…", size=16)])
    lines.append(wait if session.busy else widgets.button("Enrôler la tablette", session.enrol, main=True))
    return widgets.page_of(ft.Container(ft.Column(lines, spacing=20), padding=theme.GAP))


@ft.component
def BrokenScreen(session: Session) -> ft.Control:  # noqa: N802
    """The records cannot be opened: nothing is erased, and what to do is said."""
    return widgets.page_of(widgets.heading("Tablette verrouillée"), widgets.notice(session.message, "bad"))
