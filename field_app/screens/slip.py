"""The referral slip on the screen: legible at arm's length, to be photographed or copied; white by night too."""

from __future__ import annotations

import io

import flet as ft

from field_app import theme, widgets
from field_app.state.slips import Slip
from shared import hours

INK, PAPER = "#000000", "#ffffff"
"""A camera reads dark on light only."""
FREE = "Ce coupon ne contient pas votre nom. Vous pouvez le refuser ou le perdre sans conséquence."


def qr(text: str) -> bytes:
    """Return a PNG of the QR, correction level M, with the quiet border the standard asks for."""
    import segno  # at the first slip only: a tablet starts without

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=8, border=4)
    return out.getvalue()


@ft.component
def SlipScreen(slip: Slip, close: widgets.Action, withdraw: widgets.Action) -> ft.Control:  # noqa: N802
    """Draw what the person takes along, then what the worker may do."""

    async def copy() -> None:
        await ft.Clipboard().set(slip.code)
        set_copied(True)

    copied, set_copied = ft.use_state(False)
    paper = ft.Container(_paper(slip), bgcolor=PAPER, border_radius=16, padding=20)
    return widgets.page_of(
        widgets.top_bar("Coupon d’orientation", close, "Fermer le coupon"),
        widgets.line("La personne peut le photographier, ou notez-lui le code."),
        paper,
        widgets.notice("Code copié.", "good") if copied else None,
        widgets.row(
            widgets.button("Copier le code", copy, ft.Icons.COPY),
            widgets.button("Retirer le coupon", withdraw, ft.Icons.DELETE_OUTLINE),
            wrap=True,
            run_spacing=theme.GAP,
        ),
    )


def _paper(slip: Slip) -> ft.Control:
    service = slip.service
    lines = [
        service.address,
        service.phone,
        *(hours.described(service.opening_hours) if service.opening_hours else []),
    ]
    about = [widgets.written(line, size=18, color=INK) for line in lines if line]
    picture = ft.Image(src=qr(slip.url), width=240, height=240, semantics_label="Code à scanner")
    return widgets.stack(
        widgets.written("Coupon d’orientation", size=18, color=INK),
        widgets.written(service.name, size=26, weight=ft.FontWeight.W_700, color=INK),
        about,
        picture,
        widgets.written(slip.code, size=36, weight=ft.FontWeight.W_700, color=INK),
        widgets.written(FREE, size=16, color=INK),
        spacing=10,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
    )
