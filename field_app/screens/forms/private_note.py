"""The field of a repère, with what is wrong in it."""

from __future__ import annotations

import flet as ft

from field_app import theme, widgets
from field_app.state.private_note import PrivateNote
from field_app.widgets.text_box import TextBox
from shared.french import format_count


@ft.component
def PrivateNoteField(note: PrivateNote, about: str) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the private note one tap away, so that lists stay short; kept as it is typed, on this tablet only."""
    opened, set_opened = ft.use_state(bool(note.text))
    if not opened:
        return widgets.row(widgets.button("Repère", lambda: set_opened(True), ft.Icons.EDIT_NOTE))
    box = TextBox(
        f"Repère · {about}", note.text, note.put, hint_text="manteau rouge, vue au marché",
        text_size=16, autocorrect=False, autofocus=not note.text,
    )  # fmt: skip
    left = max(note.left, 0)
    rule = (
        "Pour vous seul : de quoi reconnaître la personne, sans nom. Reste sur cette tablette, effacé à la fin. "
        f"Encore {format_count(left, 'caractère')}."
    )
    problem, warning = note.judged.problem, note.judged.warning
    return widgets.stack(
        box,
        ft.Text(rule, size=14, color=theme.MUTED),
        widgets.line(problem, color=theme.BAD) if problem else None,
        widgets.notice(warning) if warning and not problem else None,
    )
