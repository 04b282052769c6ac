"""The journal: each record with its true state, to go on with, correct, edit or delete."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.record import RecordScreen
from field_app.state import journal as journals
from field_app.state.journal import Journal, Kept
from field_app.state.session import Session
from field_app.widgets.nothing import nothing

NOTHING = "Rien ici pour l’instant. Ce que vous enregistrez arrive ici, avec l’état de son envoi."
ICONS = {
    "running": ft.Icons.TIMER,
    "draft": ft.Icons.EDIT_NOTE,
    "pending": ft.Icons.CLOUD_UPLOAD,
    "sent": ft.Icons.CLOUD_DONE,
    "to_correct": ft.Icons.ERROR_OUTLINE,
    "received": ft.Icons.GROUP,
}


@ft.component
def JournalScreen(session: Session, journal: Journal) -> ft.Control:  # noqa: N802  # written as it is used
    """Draw a filter by state, then the records, latest first; or the one that is read."""
    if journal.read is not None:
        return RecordScreen(session, journal, session.follow_ups, journal.read)
    filters = [
        widgets.chip(f"{label} ({journal.count(state)})", journal.shown == state, partial(journal.filter, state))
        for state, label in journals.STATES.items()
        if journal.count(state)
    ]
    found = journal.visible
    names = journal.names()
    rows = [_row(session, journal, kept, names[kept.id]) for kept in found[: journal.most]]
    older = len(found) - journal.most
    if older > 0:
        name = f"Voir plus ancien ({older})"
        rows.append(widgets.buttons(widgets.button(name, journal.show_older, ft.Icons.EXPAND_MORE)))
    return widgets.page_of(
        widgets.top_bar("Journal des saisies", session.go_home),
        widgets.notice(session.notice, "good") if session.notice else None,
        widgets.before(Deleted(session, journal), widgets.chips(filters, "Filtrer par état")),
        rows=rows or [_nothing(session, journal)],
    )


def _nothing(session: Session, journal: Journal) -> ft.Control:
    """Draw what comes here; where a filter hides the rest, the way out of it: its own chip went with its last
    record."""
    if journal.shown and journal.records:
        words = f"Rien ici pour l’instant : aucune saisie « {journals.STATES[journal.shown]} »."
        back = partial(journal.filter, journal.shown)
        return nothing("journal", words, "Tout afficher", back, ft.Icons.LIST_ALT)
    begin = partial(session.new, "encounter")
    return nothing("journal", NOTHING, "Nouvelle rencontre", begin, ft.Icons.PERSON_ADD_ALT_1)


@ft.component
def Deleted(session: Session, journal: Journal) -> ft.Control:  # noqa: N802
    """Draw what was just deleted or thrown away, with the way to put it back."""
    if journal.deleted is None:
        return widgets.stack()
    said = widgets.notice(f"Supprimée : {journals.title(journal.deleted)}")
    back = widgets.button("Annuler la suppression", session.put_back, ft.Icons.UNDO)
    return widgets.before(widgets.spaced(widgets.stack(said, widgets.buttons(back))))


def _row(session: Session, journal: Journal, kept: Kept, name: str) -> ft.Control:
    state = journal.state_of(kept)
    colour = theme.BAD if kept.state == "to_correct" else theme.MUTED
    lines: list[ft.Control] = [
        widgets.written(journals.title(kept), size=theme.LEAD, weight=ft.FontWeight.W_600),
        widgets.written(journals.details(kept), size=theme.FINE, color=theme.MUTED),
        *([widgets.written(more, size=theme.FINE, color=theme.MUTED)] if (more := journal.more(kept)) else []),
        widgets.row(
            ft.Icon(ICONS[state], color=colour),
            widgets.written(journals.STATES[state], size=theme.FINE, color=colour),
            spacing=theme.TIGHT,
        ),
    ]
    lines += [widgets.written(reason["message"], size=theme.FINE, color=theme.BAD) for reason in kept.reasons]
    actions = _actions(session, journal, kept, name)
    return widgets.framed(
        widgets.grid(
            widgets.stack(lines, spacing=theme.TIGHT, col={"xs": 12, "sm": 8}),
            widgets.row(actions, wrap=True, alignment=ft.MainAxisAlignment.END, col={"xs": 12, "sm": 4}),
            vertical_alignment=ft.CrossAxisAlignment.CENTER,
        ),
        kept.id,
    )


def _actions(session: Session, journal: Journal, kept: Kept, which: str) -> list[ft.Control]:
    """Draw what can be done with a record of one's own; the name of an icon says which record it is about. A
    colleague's can be read."""
    if kept.kind in journals.EDITABLE and not kept.entered_here:
        return [widgets.button("Lire", partial(journal.open, kept), ft.Icons.MENU_BOOK)]
    if kept.kind not in journals.DELETABLE or not kept.entered_here:
        return []
    verb = {"draft": "Reprendre", "to_correct": "Corriger"}.get(kept.state, "Modifier")
    editable = kept.kind in journals.EDITABLE
    actions = [widgets.button(verb, partial(session.take_up, kept))] if editable else []
    if editable and kept.state != "draft":
        actions.append(widgets.step(ft.Icons.COPY, f"Dupliquer {which}", partial(session.copy, kept)))
    actions.append(widgets.step(ft.Icons.DELETE_OUTLINE, f"Supprimer {which}", partial(journal.delete, kept)))
    return actions
