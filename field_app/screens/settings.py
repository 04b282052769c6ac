"""The settings: what comes first in the forms, the theme, and what this tablet is."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import VERSION, theme, widgets
from field_app.screens.installing import Installing, NotSafe
from field_app.screens.security import Security, Transfers
from field_app.state.session import Session
from field_app.state.tablet.settings import MOST_COMMUNES, THEMES, TabletSettings
from field_app.widgets.commune_box import CommuneBox
from shared import choices, territory


@ft.component
def SettingsScreen(session: Session, settings: TabletSettings) -> ft.Control:  # noqa: N802  # written as it is used
    """Draw the settings. Each change is kept at once: there is nothing to save."""
    now = settings.preferred
    actions = [
        widgets.chip(c.label, now.action == c.code, partial(settings.choose_action, c.code))
        for c in choices.load("action").by_code.values()
    ]
    looks = [
        widgets.chip(label, now.theme == code, partial(settings.choose_theme, code))
        for code, label in THEMES.items()
    ]
    return widgets.page_of(
        widgets.top_bar("Réglages", session.go_home),
        widgets.notice(settings.said) if settings.said else None,
        widgets.stack(
            NotSafe(session.installed), widgets.group("Affichage", widgets.chips(looks, "Affichage")), spacing=0
        ),
        widgets.group(
            "Action par défaut",
            widgets.written("Aucune choisie : celle de la saisie précédente.", color=theme.MUTED),
            widgets.chips(actions, "Action par défaut"),
        ),
        _communes(settings),
        Places(settings),
        Installing(session.installed),
        Security(session, session.lock),
        Transfers(session.transfer),
        _about(session, settings),
    )


def _communes(settings: TabletSettings) -> ft.Control:
    """Draw those proposed first in every form; any other by its name or post code."""
    chosen, known = settings.preferred.communes, territory.communes()
    there = [widgets.chip(known[i].name, True, partial(settings.toggle_commune, i)) for i in chosen]
    return widgets.group(
        "Communes habituelles",
        widgets.written(f"{MOST_COMMUNES} au plus. Touchez-en une pour la retirer.", color=theme.MUTED),
        widgets.chips(there, "Communes habituelles"),
        CommuneBox("Ajouter une commune", settings.toggle_commune, without=chosen),
    )


@ft.component
def Places(settings: TabletSettings) -> ft.Control:  # noqa: N802
    """Draw the kinds of place chosen, and one tap away all of them, numbered in the order of the taps, which is
    that of the forms."""
    opened, set_opened = ft.use_state(False)
    first = settings.preferred.places
    if not opened:
        label_of = choices.load("place_type").label_of
        said = ", puis ".join(label_of(code) for code in first) or "Aucun choisi : les plus utilisés d’abord."
        way = widgets.button("Choisir les lieux", lambda: set_opened(True), ft.Icons.EDIT_LOCATION_ALT)
        return widgets.group("Lieux habituels", widgets.line(said, color=theme.MUTED), widgets.buttons(way))
    taps = [
        widgets.chip(
            f"{first.index(c.code) + 1}. {c.label}" if c.code in first else c.label,
            c.code in first,
            partial(settings.toggle_place, c.code),
            c.code,
        )
        for c in choices.load("place_type").by_code.values()
    ]
    return widgets.group(
        "Lieux habituels",
        widgets.written(
            "Touchez-les dans l’ordre voulu. Les autres suivent, du plus au moins utilisé.",
            color=theme.MUTED,
        ),
        widgets.chips(taps, "Lieux habituels"),
    )


def _about(session: Session, settings: TabletSettings) -> ft.Control:
    again = widgets.button("Revoir la présentation", partial(session.show, "introduction"), ft.Icons.SCHOOL)
    renew = widgets.button("Saisir un nouveau code", session.renew, ft.Icons.KEY)
    build = f" ({session.installed.build})" if session.installed.build else ""
    team = session.team if session.team.startswith("Équipe ") else f"Équipe : {session.team or '—'}"
    return widgets.group(
        "Cette tablette",
        widgets.written(team),
        widgets.written(f"Serveur : {settings.server}"),
        widgets.written(f"Version : {VERSION}{build}"),
        widgets.written("Tablette révoquée, ou qui change d’équipe : demandez un code à l’administration."),
        widgets.row(renew, again, wrap=True),
    )
