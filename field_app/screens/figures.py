"""« Mes chiffres »: the worker's own day, week or month; the outcomes of the referrals as a bar and its legend."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.figures import SPANS, Counts, Figures
from field_app.state.session import Session
from shared import choices, french

SHADES = {
    "proposee": ft.Colors.OUTLINE_VARIANT,
    "rendez-vous-pris": ft.Colors.OUTLINE,
    "honoree": ft.Colors.PRIMARY,
    "acces-effectif": theme.GOOD,
}
"""The outcomes that have a colour of their own; the others did not come to an end that helps."""
WORDS = {
    "day": ("Jour", "Jour précédent", "Jour suivant"),
    "week": ("Semaine", "Semaine précédente", "Semaine suivante"),
    "month": ("Mois", "Mois précédent", "Mois suivant"),
}
"""What is counted at once: its name, the ways to the one before and to the one after."""


@ft.component
def FiguresScreen(session: Session, figures: Figures) -> ft.Control:  # noqa: N802  # written as it is used
    """Draw a day, a week or a month, the way to those before, and whose figures these are."""
    counts = figures.counts
    _, earlier, later = WORDS[figures.span]
    spans = [widgets.chip(WORDS[span][0], figures.span == span, partial(figures.show, span)) for span in SPANS]
    return widgets.page_of(
        widgets.top_bar("Mes chiffres", session.go_home),
        widgets.notice(
            "Ces chiffres restent sur cette tablette et ne sont qu’à vous : ils ne sont envoyés à personne.",
            "good",
        ),
        widgets.chips(spans, "Période"),
        widgets.row(
            widgets.step(ft.Icons.CHEVRON_LEFT, earlier, partial(figures.move, -1)),
            widgets.line(figures.title, 20),
            widgets.step(ft.Icons.CHEVRON_RIGHT, later, partial(figures.move, 1)) if figures.back else None,
            wrap=True,
            spacing=10,
            vertical_alignment=ft.CrossAxisAlignment.CENTER,
        ),
        _refused(counts),
        widgets.grid([_figure(*said) for said in _said(counts)]),
        _outcomes(counts),
    )


def _refused(counts: Counts) -> ft.Control | None:
    """Draw what these figures hold that those of the team do not."""
    count = sum(number for _, number in counts.refused)
    if not count:
        return None
    said = (
        "1 saisie comptée ici est à corriger : le serveur ne l’a pas acceptée."
        if count == 1
        else f"{count} saisies comptées ici sont à corriger : le serveur ne les a pas acceptées."
    )
    return widgets.notice(f"{said} Ouvrez le journal.")


def _number(counts: Counts, number: int, kind: str) -> str:
    """Format a number as « 3 », or « 3 dont 1 à corriger »."""
    refused = counts.to_correct(kind)
    return f"{number} dont {refused} à corriger" if refused else str(number)


def _said(counts: Counts) -> list[tuple[str, str, str]]:
    """List name, number and what it means, of each figure."""
    low, high = counts.persons
    persons = f"{low}" if low == high else f"de {low} à {high}"
    first = f"{_agreed('rencontrée', high)} pour la première fois cette année, à coup sûr ou peut-être"
    came = f"{french.format_count(counts.headcount, 'participant')}, hors contacts"
    partners = f"{_agreed('contact', counts.partners)} avec un partenaire"
    hours, minutes = divmod(counts.agent_minutes, 60)
    duration = "durée × nombre d’agents"
    if presences := counts.to_correct("presence"):
        duration += f", dont {french.format_count(presences, 'saisie')} à corriger"
    met = _agreed("rencontre individuelle", counts.contacts)
    return [
        ("Contacts", _number(counts, counts.contacts, "encounter"), met),
        ("Personnes", persons, first),
        ("Besoins", str(counts.needs), f"{_agreed('noté', counts.needs)} dans ces rencontres"),
        ("Orientations", str(counts.referrals), f"{_agreed('acceptée', counts.referrals)} par la personne"),
        ("Séances collectives", _number(counts, counts.sessions, "group_session"), came),
        ("Heures de présence", f"{hours} h {minutes:02}", duration),
        ("Partenariat", _number(counts, counts.partners, "partner_contact"), partners),
    ]


def _agreed(words: str, number: int) -> str:
    """Put each of the words into the plural where the number asks for it."""
    return " ".join(word + french.plural(number) for word in words.split())


def _figure(name: str, number: str, meaning: str) -> ft.Control:
    words = widgets.stack(
        widgets.written(name, size=16),
        widgets.written(number, size=26, weight=ft.FontWeight.W_600),
        widgets.written(meaning, size=15, color=theme.MUTED),
        spacing=4,
    )
    return ft.Semantics(container=True, content=widgets.framed(words), col={"xs": 12, "sm": 6, "md": 4})


def _outcomes(counts: Counts) -> ft.Control:
    """Draw a bar whose parts stand in the order of its legend, which says each in words and number."""
    if not counts.outcomes:
        return widgets.group(
            "Suites des orientations", widgets.line("Aucune orientation sur cette période.", color=theme.MUTED)
        )
    parts: list[ft.Control] = [
        ft.Container(bgcolor=_shade(code), expand=count, height=28) for code, count in counts.outcomes
    ]
    named = choices.load("outcome_referral")
    legend = [
        widgets.row(
            ft.Container(bgcolor=_shade(code), width=20, height=20, border_radius=4),
            widgets.filling(widgets.line(f"{named.label_of(code)} : {count}")),
            spacing=12,
        )
        for code, count in counts.outcomes
    ]
    bar = ft.Semantics(
        container=True, label="Suites des orientations, en barre", content=widgets.row(parts, spacing=2)
    )
    return widgets.group("Suites des orientations", bar, legend)


def _shade(code: str) -> ft.ColorValue:
    return SHADES.get(code, theme.BAD)
