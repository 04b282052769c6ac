"""The form of an encounter: where, when, who was met, needs, referrals, obstacles, rights."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.forms import parts
from field_app.screens.forms.fields import Circumstances, single
from field_app.screens.forms.first_contact import first_ever, met_before
from field_app.screens.forms.needs import Needs
from field_app.screens.forms.offers import Toward
from field_app.screens.forms.private_note import Remembered
from field_app.state.follow_ups.followed import PARTS
from field_app.state.forms import series
from field_app.state.forms.drafts import Draft
from shared import choices, field_labels

OPTIONAL_PROFILE = (
    "household", "housing", "activity", "rsa", "already_followed", "contact_mode", "duration_band",
)  # fmt: skip
"""What is useful only sometimes, closed until « Compléter le profil »."""


def who_and_where(draft: Draft) -> list[widgets.Slot]:
    """Return the fields of who was met, and where."""
    return [
        Circumstances(draft),
        _same_profile(draft),
        met_before(draft),
        first_ever(draft),
        single(draft, "age_band"),
        single(draft, "gender"),
        Profile(draft),
    ]


def what_for(draft: Draft) -> list[widgets.Slot]:
    """Return the fields of what the person came for, and what follows."""
    return [
        Toward(draft) if draft.toward else None,
        _same_needs(draft),
        Needs(draft),
        parts.Referrals(draft) if draft.fields.get("needs") or draft.fields.get("referrals") else None,
        parts.Details(draft) if draft.fields.get("needs") else None,
        parts.Several(draft, "obstacles", "kind", "obstacle"),
        parts.Several(draft, "rights", "right", "right"),
        _remembered(draft),
    ]


def _remembered(draft: Draft) -> ft.Control | None:
    """Draw what stays on this tablet; nothing before something was entered that keeps the draft."""
    followed = any(draft.fields.get(part) for part in PARTS.values())
    entered = followed or draft.fields.get("needs") or draft.fields.get("no_need")
    return Remembered(draft.private_note, followed=followed) if entered else None


def _same_profile(draft: Draft) -> ft.Control | None:
    """Draw the button that copies the profile of the person met before, in one tap: friends are met together."""
    profile = {name: code for name, code in draft.alike.items() if name != "needs"}
    shown = (name for name in ("age_band", "gender", "activity") if name in profile)
    said = [choices.load(name).label_of(profile[name]) for name in shown]
    if not profile:
        return None
    taken = all(draft.fields.get(name) == code for name, code in profile.items())
    return _copied("Même profil", partial(series.take_profile, draft), ft.Icons.PEOPLE, said, taken)


def _same_needs(draft: Draft) -> ft.Control | None:
    """Draw the button that copies the needs of the person met before: friends often come for the same."""
    needs, known = draft.alike.get("needs", []), choices.load("theme").by_code
    if not needs:
        return None
    said = [known[need["theme"]].plain for need in needs]
    entered = {need["theme"] for need in draft.fields.get("needs", [])}
    taken = entered >= {need["theme"] for need in needs}
    return _copied("Mêmes besoins", partial(series.take_needs, draft), ft.Icons.CONTENT_COPY, said, taken)


def _copied(name: str, copy: widgets.Action, icon: ft.IconData, said: list[str], taken: bool) -> ft.Control:
    """Draw a button that copies something, and what. It stays, ticked, once it did: the next tap falls where it
    was aimed."""
    return widgets.row(
        widgets.button(name, copy, ft.Icons.CHECK if taken else icon),
        widgets.line(" · ".join(said)),
        wrap=True,
        spacing=theme.ROOM,
        vertical_alignment=ft.CrossAxisAlignment.CENTER,
    )


@ft.component
def Profile(draft: Draft) -> ft.Control:  # noqa: N802
    """Draw what is useful only sometimes, closed until it is wanted."""
    opened, set_opened = ft.use_state(any(name in draft.fields for name in (*OPTIONAL_PROFILE, "accompanied")))
    if not opened:
        return widgets.buttons(
            widgets.button("Compléter le profil", lambda: set_opened(True), ft.Icons.EXPAND_MORE)
        )
    done = widgets.chip(
        "Démarche faite avec la personne",
        draft.value("accompanied"),
        partial(draft.put, "accompanied", not draft.value("accompanied")),
    )
    return widgets.stack(
        [single(draft, name) for name in OPTIONAL_PROFILE],
        widgets.chips([done], field_labels.of("accompanied")),
        spacing=theme.APART,
    )
