"""« Mes chiffres »: the worker's own day, week or month; the outcomes of the referrals as a bar and its legend."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.figures import SPANS, Counts, Figures
from field_app.state.session import Session
from field_app.widgets.nothing import nothing
from shared import choices, french

SHADES = {
    "proposee": ft.Colors.OUTLINE_VARIANT,
    "rendez-vous-pris": ft.Colors.OUTLINE,
    "honoree": ft.Colors.PRIMARY,
    "acces-effectif": theme.GOOD,
}
"""The outcomes that have a colour of their own; the others did not come to an end that helps."""
NOTHING = "Rien d’enregistré ici sur cette période."
COMES = "Vos rencontres, présences, séances et contacts s’y comptent dès qu’ils sont enregistrés."
PRESENT = {"day": "Revenir à aujourd’hui", "week": "Revenir à cette semaine", "month": "Revenir à ce mois-ci"}
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
            widgets.line(figures.title, theme.BIG),
            widgets.step(ft.Icons.CHEVRON_RIGHT, later, partial(figures.move, 1)) if figures.back else None,
            wrap=True,
            vertical_alignment=ft.CrossAxisAlignment.CENTER,
        ),
        _refused(counts),
        _nothing(session, figures)
        if counts.is_empty
        else widgets.grid([_figure(*said) for said in _said(counts)]),
        None if counts.is_empty else _outcomes(counts),
    )


def _nothing(session: Session, figures: Figures) -> ft.Control:
    """Draw what is counted here; of days gone by, the way back to the present ones."""
    if figures.back:
        back = partial(figures.show, figures.span)
        return nothing("chiffres", NOTHING, PRESENT[figures.span], back, ft.Icons.TODAY)
    begin = partial(session.new, "encounter")
    return nothing("chiffres", f"{NOTHING} {COMES}", "Nouvelle rencontre", begin, ft.Icons.PERSON_ADD_ALT_1)


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
        widgets.written(name),
        widgets.written(number, size=theme.FIGURE, weight=ft.FontWeight.W_600),
        widgets.written(meaning, size=theme.FINE, color=theme.MUTED),
        spacing=theme.TIGHT,
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
            ft.Container(bgcolor=_shade(code), width=20, height=20, border_radius=theme.TIGHT),
            widgets.filling(widgets.line(f"{named.label_of(code)} : {count}")),
            spacing=theme.ROOM,
        )
        for code, count in counts.outcomes
    ]
    bar = ft.Semantics(
        container=True, label="Suites des orientations, en barre", content=widgets.row(parts, spacing=theme.TIGHT)
    )
    return widgets.group("Suites des orientations", bar, legend)


def _shade(code: str) -> ft.ColorValue:
    return SHADES.get(code, theme.BAD)
