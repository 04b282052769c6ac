"""Draw what concerns the app as a page of a browser: how to install it, and another build that waits."""

from __future__ import annotations

import flet as ft

from field_app import theme, widgets
from field_app.state.tablet.installed import Installed

STEPS = (
    (
        "Tablette Android, Chrome ou Edge",
        "menu à trois points, puis « Installer l’application ».",
    ),
    ("Ordinateur, Chrome ou Edge", "icône d’installation au bout de la barre d’adresse."),
    ("iPad, Safari", "bouton Partager, puis « Sur l’écran d’accueil »."),
)
"""Where each browser hides it, by what the worker holds."""
WENT_BACK = (
    "La dernière version ne s’ouvre pas sur cette tablette : la précédente est revenue. Prévenez "
    "l’administration ; vos saisies sont là."
)


def update_ready(installed: Installed) -> ft.Control:
    """Draw the line of a build that waits; it stands on the first screen only, where no form is open."""
    return widgets.stack(
        widgets.notice("Mise à jour prête. L’application se rouvre en quelques secondes ; vos saisies restent."),
        widgets.buttons(widgets.button("Mettre à jour maintenant", installed.take_over, ft.Icons.SYSTEM_UPDATE)),
        spacing=theme.ROOM,
    )


@ft.component
def NotSafe(installed: Installed) -> ft.Control:  # noqa: N802  # a component is written as it is used
    """Draw the warning of an app that the browser may erase, with the way to mend it and its own distance from
    what follows: where there is nothing to warn of, nothing shows."""
    if not installed.warning:
        return widgets.stack()
    lines = widgets.stack(widgets.notice(installed.warning, "bad"), _way(installed), spacing=theme.ROOM)
    return ft.Container(lines, padding=ft.Padding.only(bottom=theme.GAP))


@ft.component
def Installing(installed: Installed) -> ft.Control:  # noqa: N802
    """Draw how safely the browser keeps the app, in the settings; nothing where the app is no page of one."""
    if installed.standing is None:
        return widgets.stack()
    return widgets.group(
        "Application",
        widgets.line(installed.sentence) if installed.sentence else None,
        None if installed.standing.standalone or installed.warning else _way(installed),
    )


def _way(installed: Installed) -> ft.Control:
    """Draw the browser's own offer where there is one, else the steps for each kind of tablet."""
    if installed.installable:
        # Quieter than « Activer la tablette », which stands below it on the first screen.
        return widgets.buttons(
            widgets.button("Installer sur cette tablette", installed.install, ft.Icons.INSTALL_MOBILE)
        )
    steps = [widgets.line(f"{where} : {how}") for where, how in STEPS]
    return widgets.stack(widgets.heading("Installer sur cette tablette", 3), steps)
