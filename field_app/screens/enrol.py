"""The first start: the server's address and a one-time code."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.installing import NotSafe
from field_app.state.session import Session
from field_app.widgets import sight
from field_app.widgets.text_box import TextBox

TO_TYPE = "Saisissez le code que l’administration vous a donné."
FILLED = "Le lien a rempli l’adresse et le code : il reste à toucher « Activer la tablette »."
SENT = "La tablette n’enverra que des rencontres sans nom : ni identité, ni adresse, ni position."


@ft.component
def EnrolScreen(session: Session) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the fields for the server's address and the code, what the tablet will send, and what went wrong."""

    def set_url(text: str) -> None:
        session.server_url = text

    def set_code(text: str) -> None:
        session.code = text

    listing, show_fault = sight.use_sight()

    async def enrol() -> None:
        await session.enrol()
        if session.message:
            show_fault(session.message)

    title = widgets.heading("Préparer cette tablette")
    if session.team:
        title = widgets.top_bar("Nouveau code", partial(session.show, "settings"), "Retour aux réglages")
    asked = FILLED if session.code and session.code == session.installed.code else TO_TYPE
    wait = widgets.waiting("Vérification du code…")
    said = widgets.notice(session.message, "bad", sight.mark("enrol")) if session.message else None
    beside = session.at_fault if said else ""
    lines = widgets.stack(
        title,
        widgets.stack(NotSafe(session.installed), widgets.line(f"{asked} {SENT}"), spacing=0),
        said if beside == "address" else None,
        TextBox(
            "Adresse du serveur", session.server_url, set_url,
            width=480, keyboard_type=ft.KeyboardType.URL, autocorrect=False,
        ),
        said if beside == "code" else None,
        TextBox(
            "Code à usage unique", session.code, set_code, on_submit=widgets.typed(lambda _: enrol()),
            text_size=theme.BIG, width=480, autocorrect=False, capitalization=ft.TextCapitalization.CHARACTERS,
        ),
        None if beside else said,
        wait if session.busy else widgets.button("Activer la tablette", enrol, main=True),
        spacing=theme.APART,
    )  # fmt: skip
    return widgets.page_of(None, ft.Container(lines, padding=theme.GAP), listing=listing)


@ft.component
def BrokenScreen(session: Session) -> ft.Control:  # noqa: N802
    """Show that the records cannot be opened, that nothing is erased, and what to do."""
    return widgets.page_of(None, widgets.heading("Tablette verrouillée"), widgets.notice(session.message, "bad"))
