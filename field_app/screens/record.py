"""A colleague's record: read whole, never edited; what became of it can be noted."""

from __future__ import annotations

import flet as ft

from field_app import theme, widgets
from field_app.screens.follow_ups import draw_card, just_noted
from field_app.state import journal as journals
from field_app.state.follow_ups.follow_ups import FollowUps
from field_app.state.journal import Journal, Kept
from field_app.state.session import Session


@ft.component
def RecordScreen(  # noqa: N802  # written as it is used
    session: Session, journal: Journal, follow_ups: FollowUps, kept: Kept
) -> ft.Control:
    """Draw what was entered, then the card of what is followed."""
    card = follow_ups.find(kept.id)
    return widgets.page_of(
        widgets.top_bar("Saisie d’un collègue", session.close_record, "Retour au journal"),
        widgets.notice(
            f"Vous pouvez la lire{' et noter ses suites' if card else ''}. Seul son auteur peut la modifier."
        ),
        widgets.heading(journals.title(kept), 2),
        widgets.grid([_field(*said) for said in journal.list_fields(kept)]),
        widgets.heading("Suites", 2) if card else None,
        draw_card(follow_ups, card) if card else None,
        bottom=just_noted(follow_ups),
    )


def _field(label: str, words: str) -> ft.Control:
    said = widgets.stack(
        widgets.written(label, size=theme.FINE, color=theme.MUTED),
        widgets.written(words, size=theme.LEAD),
        spacing=theme.TIGHT,
    )
    return ft.Semantics(container=True, content=said, col={"xs": 12, "sm": 6, "md": 4})
