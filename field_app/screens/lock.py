"""The PIN on the screen: asked for, or chosen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import flet as ft

from field_app import theme, widgets
from field_app.locking.lock import Lock
from field_app.widgets import emergency
from field_app.widgets.text_box import TextBox

TITLES = {
    "choose": (
        "Choisissez un code PIN",
        "Six chiffres. Il protège ce que garde cette tablette si on vous la prend.",
    ),
    "again": ("Tapez-le encore une fois", "Pour vérifier qu’il n’y a pas de faute de frappe."),
    "unlock": ("Tablette verrouillée", "Tapez votre code PIN. Rien n’est perdu."),
}
FORGOTTEN = (
    "Code oublié ? Ce qui est envoyé est sur le serveur. Ce qui ne l’est pas reste sur la tablette, scellé : rien "
    "n’est jamais effacé. Prévenez l’administration."
)


@ft.component
def LockScreen(  # noqa: N802  # a component is written as it is used
    lock: Lock, pin_typed: Callable[[], Awaitable[None]], keep_pin: Callable[[], Awaitable[None]] | None = None
) -> ft.Control:
    """Draw the field for the PIN; six digits are enough, there is no button to reach for. `keep_pin` leaves the
    PIN as it is, where another one is asked for."""
    asked = lock.asked

    async def listen(text: str) -> None:
        # Digits typed after the sixth, before the screen has gone, are no second try.
        if lock.asked == asked and lock.type(text):
            await pin_typed()

    title, words = TITLES[lock.stage]
    box = TextBox(
        "Code PIN", lock.typed, listen, password=True, autofocus=True, keyboard_type=ft.KeyboardType.NUMBER,
        text_size=theme.FIGURE, width=320, text_align=ft.TextAlign.CENTER, key=f"{lock.stage} {asked}",
    )  # fmt: skip
    wait = widgets.waiting("Ouverture…", tight=True)
    logo = widgets.row(ft.Image(src="logo.svg", width=64, height=64, exclude_from_semantics=True))
    lines = widgets.stack(
        emergency.beside(logo) if lock.stage == "unlock" else logo,
        widgets.heading(title),
        widgets.line(words),
        widgets.notice(lock.message, "bad") if lock.message else None,
        wait if lock.busy else box,
        widgets.line(FORGOTTEN, color=theme.MUTED) if lock.stage == "unlock" else None,
        widgets.button("Garder l’ancien code", keep_pin) if lock.changing and keep_pin else None,
        spacing=theme.APART,
    )
    return widgets.page_of(None, ft.Container(lines, padding=theme.GAP))
