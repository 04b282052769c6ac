"""The form of a partner contact: where and when, whom the team met, and why."""

from __future__ import annotations

from field_app import widgets
from field_app.screens.forms.fields import day_of, single, where
from field_app.screens.forms.structure import Structure
from field_app.state.forms.drafts import Draft


def partner_contact(draft: Draft) -> list[widgets.Slot]:
    """Return the whole of its fields: it has neither kind of place nor slot."""
    return [
        where(draft),
        day_of(draft),
        single(draft, "partner_type"),
        single(draft, "purpose"),
        Structure(draft, "structure", "Structure"),
        single(draft, "action"),
    ]
