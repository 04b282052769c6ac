"""The journal: each record with its true state, to go on with, correct, edit or delete."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state import journal as journals
from field_app.state.journal import Journal, Kept
from field_app.state.session import Session

ICONS = {
    "draft": ft.Icons.EDIT_NOTE,
    "pending": ft.Icons.CLOUD_UPLOAD,
    "sent": ft.Icons.CLOUD_DONE,
    "to_correct": ft.Icons.ERROR_OUTLINE,
    "received": ft.Icons.GROUP,
}


@ft.component
def JournalScreen(session: Session, journal: Journal) -> ft.Control:  # noqa: N802  # written as it is used
    """A filter by state, then the records, latest first."""
    nobody: Kept | None = None
    doomed, set_doomed = ft.use_state(nobody)

    async def delete() -> None:
        if doomed is not None:
            await journal.delete(doomed)
        set_doomed(None)

    ft.use_dialog(_confirm(doomed, delete, lambda: set_doomed(None)) if doomed else None)
    filters = [
        widgets.chip(f"{label} ({journal.count(state)})", journal.shown == state, partial(journal.filter, state))
        for state, label in journals.STATES.items()
        if journal.count(state)
    ]
    rows = [_row(session, kept, partial(_call, set_doomed, kept)) for kept in journal.visible]
    empty = ft.Text("Rien ici pour l’instant.", size=16, color=theme.MUTED)
    return widgets.page_of(
        widgets.top_bar("Journal des saisies", session.go_home),
        widgets.chips(filters, "Filtrer par état"),
        *(rows or [empty]),
    )


def _call(choose: Callable[[Kept | None], None], kept: Kept) -> None:
    choose(kept)


def _row(session: Session, kept: Kept, on_delete: widgets.Action) -> ft.Control:
    state = journals.STATES[kept.state]
    colour = theme.BAD if kept.state == "to_correct" else theme.MUTED
    lines: list[ft.Control] = [
        ft.Text(journals.title(kept), size=17, weight=ft.FontWeight.W_600),
        ft.Text(journals.details(kept), size=15, color=theme.MUTED),
        ft.Row(
            [ft.Icon(ICONS[kept.state], color=colour, size=20), ft.Text(state, size=15, color=colour)], spacing=6
        ),
    ]
    lines += [ft.Text(reason["message"], size=15, color=theme.BAD) for reason in kept.reasons]
    actions: list[ft.Control] = []
    if kept.kind in journals.EDITABLE and kept.state != "received":
        verb = {"draft": "Reprendre", "to_correct": "Corriger"}.get(kept.state, "Modifier")
        actions = [
            widgets.button(verb, partial(session.take_up, kept)),
            widgets.step(ft.Icons.DELETE_OUTLINE, f"Supprimer {journals.title(kept)}", on_delete),
        ]
    return ft.Container(
        ft.ResponsiveRow(
            [
                ft.Column(lines, spacing=4, col={"xs": 12, "sm": 8}),
                ft.Row(actions, alignment=ft.MainAxisAlignment.END, col={"xs": 12, "sm": 4}),
            ],
            vertical_alignment=ft.CrossAxisAlignment.CENTER,
        ),
        key=kept.id,
        padding=12,
        border=ft.Border.all(1, theme.LINE),
        border_radius=12,
    )


def _confirm(kept: Kept, on_yes: widgets.Action, on_no: widgets.Action) -> ft.AlertDialog:
    return ft.AlertDialog(
        modal=True,
        title=ft.Text("Supprimer cette saisie ?"),
        content=ft.Text(f"{journals.title(kept)}\n{journals.details(kept)}"),
        actions=[
            ft.TextButton("Garder", on_click=widgets.handler(on_no), style=theme.BUTTON),
            ft.FilledButton("Supprimer", on_click=widgets.handler(on_yes), style=theme.BUTTON),
        ],
        on_dismiss=widgets.handler(on_no),
    )
