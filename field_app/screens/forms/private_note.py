"""Draw what stays on this tablet about an encounter: the repère, with what is wrong in it, and the next step."""

from __future__ import annotations

from datetime import date
from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.private_note import STEPS, PrivateNote
from field_app.widgets.calendar import pick_day
from field_app.widgets.text_box import TextBox
from shared import french


@ft.component
def Remembered(note: PrivateNote, followed: bool = True) -> ft.Control:  # noqa: N802  # written as it is used
    """Draw what stays on this tablet about an encounter: whom it was, where something is followed or comes next,
    and what comes next; each one tap away, so that lists stay short."""
    noting, set_noting = ft.use_state(bool(note.text))
    choosing, set_choosing = ft.use_state(False)
    whom = (
        None
        if noting or not (followed or note.step)
        else widgets.button("Repère", lambda: set_noting(True), ft.Icons.EDIT_NOTE)
    )
    after = None
    if not (choosing or note.step):
        after = widgets.button("Prochaine étape", lambda: set_choosing(True), ft.Icons.EVENT)
    return widgets.stack(
        _text(note) if noting else None,
        _choices(note, lambda: set_choosing(False)) if choosing else None,
        _step(note, lambda: set_choosing(True)) if note.step and not choosing else None,
        widgets.row(whom, after, wrap=True) if whom or after else None,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _text(note: PrivateNote) -> ft.Control:
    """Draw the repère, kept as it is typed."""
    box = TextBox(
        "Repère", note.text, note.put, hint_text="manteau rouge, vue au marché",
        text_size=theme.PLAIN, autocorrect=False, asked_for=not note.text,
    )  # fmt: skip
    left = max(note.left, 0)
    rule = (
        "Pour vous seul : de quoi reconnaître la personne, sans nom. Reste sur cette tablette, effacé quand tout "
        f"est terminé. Encore {french.format_count(left, 'caractère')}."
    )
    problem, warning = note.judged.problem, note.judged.warning
    return widgets.stack(
        box,
        widgets.written(rule, size=theme.FINE, color=theme.MUTED),
        widgets.line(problem, color=theme.BAD) if problem else None,
        widgets.notice(warning) if warning else None,
    )


def _step(note: PrivateNote, change: widgets.Action) -> ft.Control:
    """Draw what comes next, to be ended or changed."""
    return widgets.row(
        ft.Icon(ft.Icons.EVENT, color=theme.MAIN),
        widgets.line(note.step, theme.LEAD),
        widgets.button("C’est fait", note.end_step, ft.Icons.CHECK),
        widgets.button("Changer", change),
        wrap=True,
        spacing=theme.ROOM,
        vertical_alignment=ft.CrossAxisAlignment.CENTER,
    )


def _choices(note: PrivateNote, close: widgets.Action) -> ft.Control:
    """Draw what may come next, and once that is known its day."""
    steps = [
        widgets.chip(label, note.kept.step == code, partial(note.choose_step, code))
        for code, label in STEPS.items()
    ]
    days = [
        widgets.chip(_said(day, note.today), day == note.step_day, partial(note.choose_day, day))
        for day in note.days
    ]
    pick = partial(pick_day, "Quel jour ?", note.step_day, note.today, note.last_day, note.choose_day)
    other = widgets.button("Autre jour", pick, ft.Icons.CALENDAR_MONTH)
    known = bool(note.kept.step)
    said = f"Sur l’accueil, le jour venu : {note.step}." if known else "Rappelé sur l’accueil, le jour venu."
    return widgets.group(
        "Prochaine étape",
        widgets.chips(steps, "Prochaine étape"),
        widgets.chips([*days, other], "Quel jour ?") if known else None,
        widgets.line(said, color=theme.MUTED),
        widgets.buttons(widgets.button("Fermer", close)),
    )


def _said(day: date, today: date) -> str:
    """Write a day of the week to come: « Demain », « Jeudi 3 »."""
    near = french.format_near_day(day, today)
    short = near if (day - today).days < 2 else " ".join(near.split()[:2])
    return french.begin_large(short)
