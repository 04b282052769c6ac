"""The form of a group session: where and when, how many came, and as much of who as is known."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.forms.fields import Circumstances, single
from field_app.screens.forms.needs import THEME, Needs
from field_app.screens.forms.structure import Structure
from field_app.state.forms import margins, school_days
from field_app.state.forms.drafts import Draft
from field_app.widgets.number_stepper import AskedNumber, NumberStepper
from shared import choices, field_labels, french
from shared.models.group_session import MOST_PEOPLE


def group_session(draft: Draft) -> list[widgets.Slot]:
    """Return the whole of its fields."""
    return [
        Circumstances(draft),
        _headcount(draft),
        single(draft, "session_type"),
        Needs(draft, THEME),
        _margin(draft, "ages"),
        _margin(draft, "genders"),
        Structure(draft, "partner", "Partenaire"),
        Structure(draft, "establishment", "Établissement"),
        _school_holidays(draft),
    ]


def _headcount(draft: Draft) -> ft.Control:
    """Draw how many came: by taps, or typed."""
    asked = AskedNumber("Nombre", "Un participant de moins", "Un participant de plus", 1, MOST_PEOPLE)
    now, told = margins.headcount(draft.fields), margins.most_placed(draft.fields)
    # Always there: a line that came and went would move the steps of the ages from under the finger.
    counted = f"{french.format_count(told, 'personne')} {'comptées' if told > 1 else 'comptée'} plus bas."
    said = counted if told else "Âges et genres : plus bas, facultatifs."
    return widgets.group(
        "Nombre de participants",
        NumberStepper(asked, lambda: margins.headcount(draft.fields), partial(draft.put, "headcount"), leap=5),
        widgets.line(said, color=theme.BAD if told > now > 0 else theme.MUTED),
        problem=draft.refusal("headcount"),
    )


def _school_holidays(draft: Draft) -> ft.Control:
    """Draw whether it was in the school holidays, and what the calendar says of the day."""
    known = school_days.describe(draft.day, draft.value(school_days.FIELD))
    return widgets.stack(
        single(draft, school_days.FIELD), widgets.line(known, color=theme.MUTED) if known else None
    )


def _margin(draft: Draft, part: str) -> ft.Control:
    """Draw a number for each code, and how they stand against the headcount: too many is said, never refused
    before the end."""
    came, over = margins.headcount(draft.fields), margins.is_over(draft.fields, part)
    refusal = draft.refusal(part)
    shares = [
        ft.Container(_share(draft, part, c), col={"xs": 12, "md": 6}) for c in margins.codes(draft.fields, part)
    ]
    describe = margins.describe(draft.fields, part)
    return widgets.group(
        field_labels.of(part),
        # Said once: where it is refused, by the refusal.
        None if refusal and over else widgets.line(describe, color=theme.BAD if over and came else theme.MUTED),
        widgets.grid(shares, spacing=2 * theme.WIDE, run_spacing=theme.TIGHT),
        problem=refusal,
    )


def put_right(draft: Draft) -> ft.Control | None:
    """Draw the tap that makes the headcount as large as what is counted below it, where it is smaller: in the bar
    of the form, since a button that came among the steps would move them from under the finger."""
    told = margins.most_placed(draft.fields)
    if told > MOST_PEOPLE or not any(margins.is_over(draft.fields, part) for part in margins.KEYS):
        return None
    verb = "Passer à" if margins.headcount(draft.fields) else "Noter"
    name = f"{verb} {french.format_count(told, 'participant')}"
    return widgets.buttons(widgets.button(name, partial(draft.put, "headcount", told), ft.Icons.GROUPS))


def _share(draft: Draft, part: str, code: str) -> ft.Control:
    """Draw how many of them there were of one age or gender."""
    label = choices.load(margins.KEYS[part]).label_of(code)
    of = french.begin_small(label)
    asked = AskedNumber(
        f"Combien de personnes, {of}", f"Une personne de moins, {of}", f"Une personne de plus, {of}",
        0, MOST_PEOPLE, label,
    )  # fmt: skip

    async def put(number: int) -> None:
        await draft.put(part, margins.with_people(draft.fields, part, code, number))

    return NumberStepper(asked, lambda: margins.people(draft.fields, part, code), put)
