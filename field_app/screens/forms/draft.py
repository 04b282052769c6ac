"""The form of a record: one scrolling screen of big chips, « Enregistrer » always in reach."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.forms.encounter import what_for, who_and_where
from field_app.screens.forms.first_contact import title_of
from field_app.screens.forms.group_session import group_session, put_right
from field_app.screens.forms.partner_contact import partner_contact
from field_app.screens.forms.presence import presence
from field_app.screens.forms.referral import ANSWERED, find_unanswered
from field_app.screens.forms.timing import Timing
from field_app.screens.forms.two_versions import list_choices
from field_app.screens.slip import SlipScreen
from field_app.state.forms.drafts import Draft
from field_app.state.session import Session
from field_app.widgets import emergency, sight

Fields = Callable[[Draft], list[widgets.Slot]]
FORMS: dict[str, tuple[str, Fields]] = {
    "encounter": ("Nouvelle rencontre", who_and_where),
    "presence": ("Présence", presence),
    "group_session": ("Séance collective", group_session),
    "partner_contact": ("Partenariat", partner_contact),
}
"""The title and the fields of each kind that is entered by hand: as many places whatever is entered."""
BESIDE: dict[str, Fields] = {"encounter": what_for}
"""The second half of a long form."""
BELOW: dict[str, Callable[[Draft], ft.Control | None]] = {"group_session": put_right}
"""What else comes and goes in the bar below the form."""


@ft.component
def DraftScreen(session: Session, draft: Draft) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the whole form, or the slip that was asked for."""
    listing, show_fault = sight.use_sight()
    sight.follow_new(listing, find_unanswered(draft))

    async def save(following: bool = False) -> None:
        await (session.save_and_next(draft) if following else session.save())
        if not draft.saved:
            show_fault(_say_refused(draft))

    if draft.slip is not None:
        return SlipScreen(draft.slip, draft.close_slip, draft.withdraw_slip)
    title, fields = FORMS[draft.kind]
    leaving = _leaving(session, draft)
    beside = [*BESIDE[draft.kind](draft), leaving] if draft.kind in BESIDE else []
    return widgets.page_of(
        emergency.bar(
            title if draft.is_new else "Modifier la saisie",
            session.leave_form,
            "Retour au journal" if session.from_journal else "Retour à l’accueil",
        ),
        [widgets.notice(reason, "bad") for reason in draft.reasons],
        list_choices(draft),
        Timing(session.timer, draft, save) if draft.kind == "presence" and draft.is_new else None,
        *fields(draft),
        None if beside else leaving,
        beside=beside,
        bottom=_bottom(draft, save),
        width=theme.WIDE_FORM if draft.kind == "encounter" else theme.WIDEST,
        listing=listing,
    )


def _leaving(session: Session, draft: Draft) -> ft.Control:
    """Draw the button that discards, far from « Enregistrer »: a cold thumb must not throw away what it meant to
    keep."""
    if draft.is_new:
        return widgets.buttons(widgets.button("Abandonner", session.discard, ft.Icons.DELETE_OUTLINE))
    return widgets.buttons(widgets.button("Annuler mes changements", session.discard, ft.Icons.UNDO))


def _bottom(draft: Draft, save: Callable[..., Awaitable[None]]) -> ft.Control:
    """Draw what is said of the record over the buttons: what comes and goes there moves nothing in the form."""
    refused = _say_refused(draft)
    return widgets.stack(
        widgets.notice(draft.said, draft.said_kind) if draft.said else None,
        [widgets.notice(p.message) for p in draft.problems if p.warning],
        BELOW[draft.kind](draft) if draft.kind in BELOW else None,
        widgets.notice(refused, "bad") if refused else None,
        _saving(draft, save),
        spacing=theme.ROOM,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _saving(draft: Draft, save: Callable[..., Awaitable[None]]) -> ft.Control:
    """Draw the buttons that save, always in reach; the next of a series is one tap where a series makes sense."""
    button = widgets.button("Enregistrer", save, ft.Icons.CHECK, main=True)
    if not draft.is_new or draft.kind != "encounter":
        return widgets.row(widgets.filling(button))
    following = widgets.button("Enregistrer et suivante", partial(save, following=True))
    return widgets.buttons(button, following, spacing=theme.ROOM, run_spacing=theme.ROOM)


def _say_refused(draft: Draft) -> str:
    """Say why it is not saved, beside the button that was tapped; the first field comes into sight, with the whole
    sentence. What has no field is said whole. Empty where nothing was refused."""
    said = dict.fromkeys(_title_of(p.field) if p.field else p.message for p in draft.refusals)
    return f"Pas encore enregistré. À revoir : {', '.join(said)}" if said else ""


def _title_of(field: str) -> str:
    """Return the title under which the form asks for that field."""
    return ANSWERED if field.endswith(".accepted") else title_of(field)
