"""The PIN on the screen: asked for, or chosen."""

from __future__ import annotations

import flet as ft

from field_app import theme, widgets
from field_app.state.lock import Lock
from field_app.state.session import Session

TITLES = {
    "choose": (
        "Choisissez un code PIN",
        "Six chiffres. Il protège ce que garde cette tablette si on vous la prend.",
    ),
    "again": ("Tapez-le encore une fois", "Pour être sûr qu’il est bien celui que vous vouliez."),
    "unlock": ("Tablette verrouillée", "Tapez votre code PIN. Rien n’est perdu : votre saisie vous attend."),
}
FORGOTTEN = (
    "Code oublié ? Ce qui est envoyé est sur le serveur. Ce qui ne l’est pas reste sur la tablette, scellé : rien "
    "n’est jamais effacé. Prévenez l’administration."
)


@ft.component
def LockScreen(session: Session, lock: Lock) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """One field; six digits are enough, no button to reach for."""
    asked = lock.asked

    async def listen(e: ft.Event[ft.TextField]) -> None:
        # Digits typed faster than they are heard: each event shows all six, and they are one try, not two.
        if lock.asked == asked and lock.type(e.control.value or ""):
            await session.pin_typed()

    title, words = TITLES[lock.stage]
    box = ft.TextField(
        key=f"{lock.stage} {asked}", label="Code PIN", on_change=widgets.typed(listen), password=True,
        autofocus=True,
        keyboard_type=ft.KeyboardType.NUMBER, text_size=28, width=320, text_align=ft.TextAlign.CENTER,
    )  # fmt: skip
    lines: list[ft.Control] = [
        ft.Image(src="logo.svg", width=64, height=64, exclude_from_semantics=True),
        widgets.heading(title),
        widgets.line(words),
    ]
    if lock.message:
        lines.append(widgets.notice(lock.message, "bad"))
    wait = ft.Row([ft.ProgressRing(width=24, height=24), ft.Text("Ouverture…", size=16)], tight=True)
    lines.append(wait if lock.busy else ft.Semantics(container=True, content=box))
    if lock.stage == "unlock":
        lines.append(widgets.line(FORGOTTEN, color=theme.MUTED))
    if lock.changing:
        lines.append(widgets.button("Garder l’ancien code", session.keep_pin))
    return widgets.page_of(ft.Container(ft.Column(lines, spacing=20), padding=theme.GAP))
