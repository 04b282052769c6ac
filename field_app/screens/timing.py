"""The timer of a presence: begin, end, and what it was begun at."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.drafts import Draft
from field_app.state.session import Session
from field_app.state.timer import Timer


@ft.component
def Timing(timer: Timer, draft: Draft) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """« Commencer », then « Terminer », which fills in the duration."""
    lines: list[ft.Control] = []
    if timer.said:
        lines.append(widgets.notice(timer.said))
    if not timer.draft:
        lines.append(ft.Row([widgets.button("Commencer", partial(timer.start, draft), ft.Icons.PLAY_ARROW)]))
        lines.append(ft.Text("Ou saisissez la durée plus bas.", size=16, color=theme.MUTED))
    elif timer.draft == draft.id:
        lines.append(widgets.line(f"En cours depuis {timer.moment}", 18))
        lines.append(ft.Row([widgets.button("Terminer", partial(timer.stop, draft), ft.Icons.STOP)]))
    else:
        lines.append(widgets.line(f"Une autre présence est en cours depuis {timer.moment}.", color=theme.MUTED))
    return widgets.group("Chronomètre", *lines)


@ft.component
def UnderWay(session: Session, timer: Timer) -> ft.Control:  # noqa: N802
    """On the first screen: the presence that is timed, with the way back to it."""
    if not timer.draft:
        return ft.Column([])
    name = f"Présence en cours depuis {timer.moment}"
    way = widgets.button(name, session.show_presence, ft.Icons.TIMER)
    return ft.Column([way], horizontal_alignment=ft.CrossAxisAlignment.STRETCH)
