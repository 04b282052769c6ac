"""The field of a repère, with what is wrong in it."""

from __future__ import annotations

import flet as ft

from field_app import theme, widgets
from field_app.state.memos import Memo


@ft.component
def MemoField(memo: Memo, about: str) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """One tap away, so that lists stay short; kept as it is typed, on this tablet only."""
    opened, set_opened = ft.use_state(bool(memo.text))
    if not opened:
        return ft.Row([widgets.button("Repère", lambda: set_opened(True), ft.Icons.EDIT_NOTE)])

    async def listen(e: ft.Event[ft.TextField]) -> None:
        await memo.put(e.control.value or "")

    box = ft.TextField(
        label=f"Repère · {about}", hint_text="manteau rouge, vue au marché", value=memo.text,
        on_change=widgets.typed(listen),
        text_size=16, autocorrect=False, autofocus=not memo.text,
    )  # fmt: skip
    left = max(memo.left, 0)
    plural = "s" if left > 1 else ""
    rule = f"Reste sur cette tablette, effacé à la fin. Pas de nom. Encore {left} caractère{plural}."
    lines: list[ft.Control] = [box, ft.Text(rule, size=14, color=theme.MUTED)]
    if memo.judged.problem:
        lines.append(widgets.line(memo.judged.problem, color=theme.BAD))
    elif memo.judged.warning:
        lines.append(widgets.notice(memo.judged.warning))
    return ft.Column(lines, spacing=theme.GAP)
