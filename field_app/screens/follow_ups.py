"""Suites: what waits for an outcome, longest silent first, visits last; one tap per outcome."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.forms.fields import day_stepper
from field_app.screens.forms.private_note import PrivateNoteField
from field_app.screens.slip import SlipScreen
from field_app.state import follow_ups as states
from field_app.state.follow_ups import Followed, FollowUps
from field_app.state.session import Session
from shared import choices, french
from shared.models.follow_up import OUTCOME_LIST


@ft.component
def FollowUpsScreen(session: Session, state: FollowUps) -> ft.Control:  # noqa: N802  # written as it is used
    """Draw the filters, what was just noted, then the list; or the slip that was asked for."""
    if state.slip is not None:
        return SlipScreen(state.slip, state.close_slip, state.withdraw_slip)
    shown = state.items[: state.most]
    left = len(state.items) - len(shown)
    more = widgets.row(widgets.button(f"Voir la suite ({left})", state.show_more, ft.Icons.EXPAND_MORE))
    empty = "Rien de terminé pour l’instant." if state.closed else "Rien à suivre ici : tout est à jour."
    return widgets.page_of(
        widgets.top_bar("Suites", session.go_home),
        widgets.line(
            "Les personnes orientées sont-elles venues ? Notez-le ici quand vous l’apprenez.", color=theme.MUTED
        ),
        _filters(state),
        widgets.notice(state.message, "bad") if state.message else None,
        day_stepper("Noté pour", state.day, state.move_day, state.night),
        None if shown else widgets.line(empty, color=theme.MUTED),
        [_card(state, followed) for followed in shown],
        more if left else None,
        bottom=_just_noted(state),
    )


def _filters(state: FollowUps) -> ft.Control:
    kinds = [
        widgets.chip(label, state.kind == kind, partial(state.look, kind=kind))
        for kind, label in states.SUBJECT_LABELS.items()
    ]
    due = widgets.chip(
        f"À relancer ({state.due})", state.only_due, partial(state.look, only_due=not state.only_due)
    )
    closed = widgets.chip("Terminées", state.closed, partial(state.look, closed=not state.closed))
    return widgets.chips([due, *kinds, closed], "Filtrer les suites")


def _just_noted(state: FollowUps) -> ft.Control | None:
    """Draw what was noted last, its reason where it failed, and the way back: in reach wherever the list
    stands."""
    last = state.last
    if last is None:
        return None
    outcomes = choices.load(OUTCOME_LIST[last.fields["subject_kind"]])
    said = widgets.notice(f"Noté : {outcomes.label_of(last.fields['outcome'])} · {state.last_name}", "good")
    chips = [
        widgets.chip(c.label, last.fields.get("reason") == c.code, partial(state.explain, c.code))
        for c in choices.load("reason").by_code.values()
    ]
    why = widgets.group("Pourquoi ? (si vous le savez)", widgets.chips(chips, "Motif"))
    return widgets.stack(
        widgets.row(widgets.filling(said), widgets.button("Annuler", state.undo, ft.Icons.UNDO), spacing=10),
        why if state.asks_reason else None,
    )


def _card(state: FollowUps, followed: Followed) -> ft.Control:
    name = state.name(followed)
    taps = [widgets.button(c.label, partial(state.note, followed, c.code)) for c in followed.proposed]
    slip = widgets.row(widgets.button("Coupon", partial(state.hand_over, followed), ft.Icons.QR_CODE_2))
    lines = widgets.stack(
        widgets.heading(name, 2),
        widgets.line(followed.context, color=theme.MUTED),
        _news(followed),
        PrivateNoteField(state.private_note(followed), name) if followed.open else None,
        widgets.chips(taps, f"Suite donnée · {name}"),
        slip if followed.kind == "referral" and followed.open else None,
    )
    return ft.Container(
        lines,
        key=followed.id,
        padding=12,
        border_radius=12,
        border=ft.Border.all(1, theme.LINE),
    )


def _news(followed: Followed) -> ft.Control:
    """Draw how far it went, what was told since, and since when nothing more."""
    by = ", signalé par le service" if followed.news.reported_by == "service" else ""
    reason = choices.load("reason").label_of(followed.news.reason) if followed.news.reason else ""
    said = f"{followed.outcome} ({french.format_day(followed.news.day)}{by})" + (f" · {reason}" if reason else "")
    if followed.since:
        word = followed.since[:1].lower() + followed.since[1:]
        said += f" · puis : {word} ({french.format_day(followed.news.word_on)})"
    if not followed.due:
        return widgets.line(said)
    days = f"sans nouvelle depuis {followed.silent} jours"
    if followed.urgent:
        return widgets.notice(f"{said}. Urgent : {days}.", "bad")
    return widgets.notice(f"{said}. À relancer : {days}.")
