"""The timer of a presence: begin, end, and what it was begun at."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.forms.drafts import Draft
from field_app.state.forms.timer import Timer
from field_app.state.session import Session


@ft.component
def Timing(timer: Timer, draft: Draft, save: widgets.Action) -> ft.Control:  # noqa: N802  # written as it is used
    """Draw « Commencer », then « Terminer », which fills in the duration and saves."""
    return widgets.group("Chronomètre", _where_it_stands(timer, draft, save), problem=timer.said)


def _where_it_stands(timer: Timer, draft: Draft, save: widgets.Action) -> ft.Control:
    if not timer.draft:
        begin = widgets.button("Commencer", partial(timer.start, draft), ft.Icons.PLAY_ARROW)
        return widgets.stack(
            widgets.buttons(begin), widgets.written("Ou choisissez la durée plus bas.", color=theme.MUTED)
        )
    if timer.draft == draft.id:
        end = widgets.button("Terminer et enregistrer", save, ft.Icons.STOP)
        return widgets.stack(widgets.line(f"En cours depuis {timer.moment}", theme.LEAD), widgets.buttons(end))
    return widgets.line(f"Une autre présence est en cours depuis {timer.moment}.", color=theme.MUTED)


@ft.component
def UnderWay(session: Session, timer: Timer) -> ft.Control:  # noqa: N802
    """Draw the presence that is timed, on the first screen, with the way back to it."""
    if not timer.draft:
        return widgets.stack()
    name = f"Présence en cours depuis {timer.moment}"
    way = widgets.button(name, session.show_presence, ft.Icons.TIMER)
    return widgets.before(widgets.spaced(way))
