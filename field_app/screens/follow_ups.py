"""Suites: an encounter a card, what waits today first; one tap per outcome."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.screens.forms.private_note import Remembered
from field_app.screens.slip import SlipScreen
from field_app.state.follow_ups import follow_ups as states
from field_app.state.follow_ups.cards import Card
from field_app.state.follow_ups.follow_ups import FollowUps
from field_app.state.follow_ups.followed import Followed
from field_app.state.session import Session
from field_app.widgets.calendar import day_stepper
from field_app.widgets.nothing import nothing
from field_app.widgets.text_box import CLEAR, search_box
from shared import choices, french
from shared.models.follow_up import OUTCOME_LIST

NOTHING = (
    "Rien à suivre ici : tout est à jour. Les orientations, les freins et les droits que vous notez dans une "
    "rencontre se suivent ici."
)


@ft.component
def FollowUpsScreen(session: Session, state: FollowUps) -> ft.Control:  # noqa: N802  # written as it is used
    """Draw what is looked for, what was just noted, then the cards; or the slip that was asked for."""
    if state.slip is not None:
        return SlipScreen(state.slip, state.close_slip, state.withdraw_slip)
    shown = state.cards[: state.most]
    left = len(state.cards) - len(shown)
    more = widgets.buttons(
        widgets.button(f"Afficher les suivantes ({left})", state.show_more, ft.Icons.EXPAND_MORE)
    )
    return widgets.page_of(
        widgets.top_bar("Suites", session.go_home),
        Asked(state),
        None if shown else _nothing(session, state),
        [draw_card(state, card, state.kind) for card in shown],
        more if left else None,
        bottom=just_noted(state),
    )


def _nothing(session: Session, state: FollowUps) -> ft.Control:
    """Say why there is nothing, and lead on: out of what was looked for, else to what is followed here."""
    wider = "" if state.team else " « Toute l’équipe » montre aussi les suites de vos collègues."
    if state.words.strip():
        said = f"Aucune suite ne correspond : essayez un autre mot.{wider}"
        return nothing("annuaire", said, CLEAR, partial(state.look_for, ""), ft.Icons.CLOSE)
    if state.closed or state.only_due or state.kind:
        why = "Rien de terminé ici." if state.closed else "Rien ici avec ce filtre."
        out = partial(state.look, kind=state.kind, closed=False, only_due=False)
        return nothing("suites", f"{why}{wider}", "Ôter les filtres", out, ft.Icons.FILTER_ALT_OFF)
    begin = partial(session.new, "encounter")
    return nothing("suites", f"{NOTHING}{wider}", "Nouvelle rencontre", begin, ft.Icons.PERSON_ADD_ALT_1)


@ft.component
def Asked(state: FollowUps) -> ft.Control:  # noqa: N802
    """Draw the search and whose follow-ups, then one tap away the other filters and the day outcomes are of."""
    opened, set_opened = ft.use_state(False)
    dated, set_dated = ft.use_state(state.chosen is not None)
    chosen = bool(state.kind) + state.closed
    filters = f"Filtres ({chosen})" if chosen else "Filtres"
    due = f"À relancer ({state.due})"
    chips = [
        widgets.chip(due, state.only_due, partial(state.look, only_due=not state.only_due), "due"),
        widgets.chip("Toute l’équipe", state.team, partial(state.look, team=not state.team)),
        widgets.chip(filters, opened, lambda: set_opened(not opened), "filters"),
    ]
    if not (dated or state.night):
        day = f"Noter pour : {french.format_near_day(state.day, state.today)}"
        chips.append(widgets.button(day, lambda: set_dated(True), ft.Icons.EVENT))
    hint = "repère, service, commune"
    return widgets.stack(
        search_box("Rechercher une suite", state.words, state.look_for, hint),
        widgets.chips(chips, "Filtrer les suites"),
        _filters(state) if opened else None,
        day_stepper("Noter pour", state) if dated or state.night else None,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _filters(state: FollowUps) -> ft.Control:
    kinds = [
        widgets.chip(label, state.kind == kind, partial(state.look, kind=kind))
        for kind, label in states.SUBJECT_LABELS.items()
    ]
    closed = widgets.chip("Terminées", state.closed, partial(state.look, closed=not state.closed))
    return widgets.chips([*kinds, closed], "Filtres")


def just_noted(state: FollowUps) -> ft.Control | None:
    """Draw why what was tapped is not noted, or what was noted last with the way back, and its reason where it
    failed: in reach wherever the list stands."""
    last = state.last
    refused = widgets.notice(state.message, "bad") if state.message else None
    if last is None:
        return refused
    reasons, reason = choices.load("reason"), last.fields.get("reason")
    outcome = choices.load(OUTCOME_LIST[last.fields["subject_kind"]]).label_of(last.fields["outcome"])
    parts = [outcome, reasons.label_of(reason) if reason else "", state.last_name]
    said = widgets.notice(f"Noté : {' · '.join(part for part in parts if part)}", "good")
    undo = widgets.button("Annuler", state.undo, ft.Icons.UNDO)
    asks = state.asks_reason and not reason
    why = widgets.heading("Pourquoi ? (si vous le savez)", 2) if asks else None
    chips = [widgets.chip(c.label, False, partial(state.explain, c.code)) for c in reasons.by_code.values()]
    # The whole width for what is said where it is small: beside a button, large letters would break its words.
    narrow = widgets.is_narrow()
    return widgets.stack(
        refused,
        said if narrow else widgets.row(widgets.filling(said), undo),
        widgets.row(widgets.filling(why or ft.Container()), undo) if narrow else why,
        widgets.chips(chips, "Motif", sideways=True) if asks else None,
    )


def draw_card(state: FollowUps, card: Card, kind: str = "") -> ft.Control:
    """Draw whom it is about before what may be noted, then each subject, or those of that kind. A slip is given by
    who made the referral: it becomes a part of the record."""
    note = state.private_note(card)
    answers = " ; ".join(state.answers(card))
    whom = [card.who, "" if card.entered_here else "saisie d’un collègue"]
    who = " · ".join(part for part in whom if part)
    lines = widgets.stack(
        widgets.heading(card.where, 2),
        widgets.line(who) if who else None,
        widgets.notice(f"Réponse du service. {answers}.", "good") if answers else None,
        Remembered(note) if card.open else None,
        [_subject(state, followed) for followed in card.subjects if kind in ("", followed.kind)],
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )
    return widgets.framed(lines, card.id)


def _subject(state: FollowUps, followed: Followed) -> ft.Control:
    name, context = state.name(followed), followed.context
    words = widgets.stack(
        widgets.heading(name, 3),
        widgets.line(context, color=theme.MUTED) if context else None,
        _news(followed),
        Outcomes(state, followed, name),
    )
    line = ft.Border(top=ft.BorderSide(1, theme.LINE))
    return ft.Container(words, key=followed.id, padding=ft.Padding.only(top=theme.ROOM), border=line)


@ft.component
def Outcomes(state: FollowUps, followed: Followed, name: str) -> ft.Control:  # noqa: N802
    """Draw the outcomes that most come to, one tap each; the others one tap further."""
    every, set_every = ft.use_state(False)
    usual = followed.usual
    shown = followed.proposed if every else usual
    taps = [widgets.button(c.label, partial(state.note, followed, c.code)) for c in shown]
    if len(usual) < len(followed.proposed) and not every:
        taps.append(widgets.button("Autre suite", lambda: set_every(True), ft.Icons.MORE_HORIZ))
    if followed.kind == "referral" and followed.open and followed.encounter.entered_here:
        taps.append(widgets.button("Coupon", partial(state.hand_over, followed), ft.Icons.QR_CODE_2))
    return widgets.chips(taps, f"Suite donnée · {name}")


def _news(followed: Followed) -> ft.Control:
    """Draw how far it went, what was told since, and since when nothing more."""
    by = ", signalé par le service" if followed.news.reported_by == "service" else ""
    reason = choices.load("reason").label_of(followed.news.reason) if followed.news.reason else ""
    said = f"{followed.outcome} ({french.format_day(followed.news.day)}{by})" + (f" · {reason}" if reason else "")
    if followed.since:
        word = french.begin_small(followed.since)
        said += f" · puis : {word} ({french.format_day(followed.news.word_on)})"
    if not followed.due:
        return widgets.line(said)
    days = f"sans nouvelle depuis {followed.silent} jours"
    if followed.urgent:
        return widgets.notice(f"{said}. Urgent : {days}.", "bad")
    return widgets.notice(f"{said}. À relancer : {days}.")
