"""The two versions of a record, side by side, above its form."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import widgets
from field_app.screens.forms.first_contact import reword
from field_app.state import clash
from field_app.state.forms.drafts import Draft
from shared.merge import Difference


def list_choices(draft: Draft) -> list[ft.Control]:
    """List one line for each field that both changed: a tap takes the one or the other."""
    return [_choice(draft, reword(difference)) for difference in clash.differences(draft)]


def _choice(draft: Draft, found: Difference) -> ft.Control:
    theirs = clash.is_theirs(draft, found.field)
    name = f"{found.label.removesuffix(' ?')} : deux versions"
    mine = widgets.chip(f"La vôtre : {found.mine}", not theirs, partial(clash.take, draft, found.field, False))
    other = widgets.chip(f"L’autre : {found.theirs}", theirs, partial(clash.take, draft, found.field, True))
    return widgets.group(name, widgets.chips((mine, other), name))
