"""The referral slip on the screen: legible at arm's length, to be photographed or copied."""

from __future__ import annotations

import flet as ft

from field_app import theme, widgets
from field_app.screens.slip_paper import paper
from field_app.state.slips import Slip


@ft.component
def SlipScreen(slip: Slip, close: widgets.Action, withdraw: widgets.Action) -> ft.Control:  # noqa: N802
    """Draw what the person takes along, then what the worker may do."""

    async def copy() -> None:
        await ft.Clipboard().set(slip.code)
        set_copied(True)

    copied, set_copied = ft.use_state(False)
    return widgets.page_of(
        widgets.top_bar("Coupon d’orientation", close, "Fermer le coupon"),
        widgets.line("La personne peut le photographier, ou notez-lui le code."),
        paper(slip.content, slip.url),
        widgets.notice("Code copié.", "good") if copied else None,
        widgets.row(
            widgets.button("Copier le code", copy, ft.Icons.COPY),
            widgets.button("Retirer le coupon", withdraw, ft.Icons.DELETE_OUTLINE),
            wrap=True,
            run_spacing=theme.GAP,
        ),
    )
