"""The journal: each record with its true state, to go on with, correct, edit or delete."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.record import RecordScreen
from field_app.state import journal as journals
from field_app.state.journal import DELETED, Journal, Kept
from field_app.state.session import Session
from field_app.widgets.nothing import nothing
from field_app.widgets.place import use_place
from field_app.widgets.text_box import search_box

NOTHING = "Rien ici pour l’instant. Ce que vous enregistrez arrive ici, avec l’état de son envoi."
ICONS = {
    "running": ft.Icons.TIMER,
    "draft": ft.Icons.EDIT_NOTE,
    "pending": ft.Icons.CLOUD_UPLOAD,
    "sent": ft.Icons.CLOUD_DONE,
    "to_correct": ft.Icons.ERROR_OUTLINE,
    "received": ft.Icons.GROUP,
    "deleted": ft.Icons.DELETE_OUTLINE,
}
FILTERS = {"": "Mes saisies"} | journals.STATES
"""What the list is filtered by: what was entered here, else one state of all."""
ASKED = {
    "encounter": "cette rencontre",
    "presence": "cette présence",
    "group_session": "cette séance",
    "partner_contact": "ce contact",
    "follow_up": "cette suite",
    "service_report": "ce signalement",
}
"""What a worker is asked about before it is deleted."""


@ft.component
def JournalScreen(session: Session, journal: Journal) -> ft.Control:  # noqa: N802  # written as it is used
    """Draw a filter by state, then the records, latest first; or the one that is read."""
    listing, follow = use_place(journal.place, journal.read is None)
    if journal.read is not None:
        return RecordScreen(session, journal, session.follow_ups, journal.read)
    counts = {state: journal.count(state) for state in FILTERS}
    filters = [
        widgets.chip(
            label if journal.words.strip() else f"{label} ({counts[state]})",  # it counts what is not looked for
            journal.shown == state,
            partial(journal.filter, state),
            state,
        )
        for state, label in FILTERS.items()
        if counts[state]
    ]
    hint = "repère, besoin, service, commune"
    box = search_box("Rechercher une saisie", journal.words, journal.look_for, hint)
    found = journal.visible
    names = journal.names()
    rows = [_row(session, journal, kept, names[kept.id]) for kept in found[: journal.most]]
    older = len(found) - journal.most
    if older > 0:
        name = f"Voir plus ancien ({older})"
        rows.append(widgets.buttons(widgets.button(name, journal.show_older, ft.Icons.EXPAND_MORE)))
    return widgets.page_of(
        widgets.top_bar("Journal des saisies", session.go_home),
        box if journal.records or journal.deleted else None,
        widgets.chips(filters, "Filtrer par état"),
        rows=rows or [_nothing(session, journal)],
        bottom=Said(session, journal) if session.notice or journal.told else None,
        listing=listing,
        on_scroll=follow,
    )


def _nothing(session: Session, journal: Journal) -> ft.Control:
    """Draw what comes here; where a filter or a search hides the rest, the way out of it: a filter's own chip went
    with its last record."""
    team = " « Reçue de l’équipe » montre celles de vos collègues." if journal.count("received") else ""
    team = "" if journal.shown == "received" else team
    every = ("Tout afficher", partial(journal.begin, ""), ft.Icons.LIST_ALT)
    if journal.words.strip():
        return nothing("journal", f"Aucune saisie ne correspond : essayez un autre mot.{team}", *every)
    if journal.shown:
        return nothing(
            "journal", f"Rien ici pour l’instant : aucune saisie « {FILTERS[journal.shown]} ».{team}", *every
        )
    begin = partial(session.new, "encounter")
    return nothing("journal", f"{NOTHING}{team}", "Nouvelle rencontre", begin, ft.Icons.PERSON_ADD_ALT_1)


@ft.component
def Said(session: Session, journal: Journal) -> ft.Control:  # noqa: N802
    """Draw what was just deleted or thrown away, else what was saved, with the way back from either."""
    gone, saved = journal.told, session.saved
    if gone is not None:
        back = widgets.button("Annuler la suppression", partial(session.put_back, gone), ft.Icons.UNDO)
        gone_words = widgets.notice(f"Supprimée : {journals.title(gone)}")
        return widgets.before(widgets.spaced(widgets.stack(gone_words, widgets.buttons(back))))
    if not session.notice:
        return widgets.stack()
    said = widgets.notice(session.notice, "good")
    if saved is None:
        return widgets.before(widgets.spaced(said))
    edit = widgets.button("Modifier", partial(session.take_up, saved), ft.Icons.EDIT)
    undo = widgets.button("Annuler", partial(session.unsave, saved), ft.Icons.UNDO)
    return widgets.before(widgets.spaced(widgets.stack(said, widgets.buttons(edit, undo))))


def _row(session: Session, journal: Journal, kept: Kept, name: str) -> ft.Control:
    state = journal.state_of(kept)
    colour = theme.BAD if kept.state == "to_correct" and state != DELETED else theme.MUTED
    faded = theme.MUTED if state == DELETED else None
    asks = journal.asked == kept.id and state != DELETED
    question = f"Supprimer {'ce brouillon' if state == 'draft' else ASKED[kept.kind]} ?"
    about = journals.details(kept), journal.more(kept)
    said = widgets.written(journals.STATES[state], size=theme.FINE, color=colour)
    lines: list[ft.Control] = [
        widgets.written(journals.title(kept), size=theme.LEAD, weight=ft.FontWeight.W_600, color=faded),
        # One text, in as many lines: each control of a card is compared at each tap.
        widgets.written("\n".join(filter(None, about)), size=theme.FINE, color=theme.MUTED),
        *([widgets.written(f"Repère : {note}", size=theme.FINE)] if (note := journal.note(kept)) else []),
        widgets.row(
            ft.Icon(ICONS[state], color=colour),
            ft.Semantics(live_region=True, content=said) if state == DELETED else said,
            spacing=theme.TIGHT,
        ),
    ]
    lines += [widgets.written(reason["message"], size=theme.FINE, color=theme.BAD) for reason in kept.reasons]
    lines += (
        [widgets.line(question, theme.LEAD, theme.BAD)] if asks else []
    )  # beside its answers, however large the text
    actions = (_asked if asks else _actions)(session, journal, kept, name)
    return widgets.framed(
        widgets.grid(
            widgets.stack(lines, spacing=theme.TIGHT, col={"xs": 12, "md": 7}),
            widgets.row(
                actions, wrap=True, alignment=ft.MainAxisAlignment.END, spacing=theme.GAP, col={"xs": 12, "md": 5}
            ),
            vertical_alignment=ft.CrossAxisAlignment.CENTER,
        ),
        kept.id,
    )


def _actions(session: Session, journal: Journal, kept: Kept, which: str) -> list[ft.Control]:
    """Draw what can be done with a record of one's own; a screen reader hears which record it is about. A
    colleague's can be read; what was deleted comes back."""
    if journal.state_of(kept) == DELETED:
        back = partial(session.put_back, kept)
        return [widgets.button("Annuler la suppression", back, ft.Icons.UNDO, about=f"de {which}")]
    if kept.kind in journals.EDITABLE and not kept.entered_here:
        return [widgets.button("Lire", partial(journal.open, kept), ft.Icons.MENU_BOOK)]
    if kept.kind not in journals.DELETABLE or not kept.entered_here:
        return []
    verb = {"draft": "Reprendre", "to_correct": "Corriger"}.get(kept.state, "Modifier")
    editable = kept.kind in journals.EDITABLE
    actions = [widgets.button(verb, partial(session.take_up, kept))] if editable else []
    if editable and kept.state != "draft":
        actions.append(widgets.button("Dupliquer", partial(session.copy, kept), about=which))
    actions.append(widgets.button("Supprimer", partial(journal.ask, kept), about=which))
    return actions


def _asked(session: Session, journal: Journal, kept: Kept, which: str) -> list[ft.Control]:
    """Draw the answers, « Garder » where « Supprimer » stood: a second tap of a cold thumb keeps the record."""
    return [
        widgets.button("Oui, supprimer", partial(session.delete, kept), ft.Icons.DELETE_OUTLINE, about=which),
        widgets.button("Garder", partial(journal.ask, None), about=which),
    ]
