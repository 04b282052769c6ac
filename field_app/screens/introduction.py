"""The three cards of the first start: what is recorded, without network, and how it is sent."""

from __future__ import annotations

import flet as ft

from field_app import theme, widgets
from field_app.state.session import Session

CARDS = (
    (
        ft.Icons.VISIBILITY_OFF,
        "Des rencontres, jamais des noms",
        (
            "Vous notez un lieu, un jour, une tranche d’âge, des besoins et des orientations. Jamais de "
            "nom, de date de naissance, d’adresse, de téléphone ni de position."
        ),
    ),
    (
        ft.Icons.CLOUD_OFF,
        "Tout marche sans réseau",
        (
            "Au fond d’une vallée comme au bureau, chaque saisie est gardée sur la tablette, chiffrée, dès que "
            "vous touchez l’écran."
        ),
    ),
    (
        ft.Icons.CLOUD_DONE,
        "Rien ne se perd",
        (
            "Dès que le réseau revient, les saisies partent toutes seules. L’accueil dit toujours ce qui attend "
            "et ce qui est envoyé. Une erreur ? Le journal permet de corriger ou de supprimer."
        ),
    ),
)
"""Icon, title and text of each."""
PICTURE = 96
"""The side of the icon, in pixels, however large the text: growing, it pushed the title off a flat phone."""


@ft.component
def IntroductionScreen(session: Session) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw one card of the introduction at a time; « Passer » leaves at once."""
    shown, show = ft.use_state(0)
    icon, title, text = CARDS[shown]
    last = shown == len(CARDS) - 1
    card = widgets.stack(
        ft.Icon(icon, size=PICTURE, color=theme.MAIN, apply_text_scaling=False),
        widgets.heading(title),
        widgets.line(text, theme.BIG),
        widgets.line(f"{shown + 1} sur {len(CARDS)}", color=theme.MUTED),
        spacing=theme.WIDE,
        horizontal_alignment=ft.CrossAxisAlignment.CENTER,
    )
    on = (
        widgets.button("C’est parti", session.introduced, ft.Icons.CHECK, main=True)
        if last
        else widgets.button("Suivant", lambda: show(shown + 1), ft.Icons.ARROW_FORWARD, main=True)
    )
    skip = None if last else widgets.button("Passer", session.introduced)
    bottom = widgets.row(skip, widgets.filling(on), spacing=theme.ROOM)
    return widgets.page_of(None, ft.Container(card, padding=theme.WIDE), bottom=bottom)
