"""Whether the team knows the person already: asked in plain words, never answered in advance."""

from __future__ import annotations

from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.forms.drafts import Draft
from field_app.state.forms.first_contacts import EVER, YEAR

MET, FIRST = "Déjà rencontrée par l’équipe cette année ?", "Est-ce la toute première fois ?"
ANSWERS = {
    MET: (YEAR, (("Oui", "non"), ("Non", "oui"), ("Je ne sais pas", "ne-sait-pas"))),
    FIRST: (EVER, (("Oui", "oui"), ("Non", "non"), ("Je ne sais pas", "ne-sait-pas"))),
}
"""The field behind each question, and the code of each answer: who was met before is no first contact."""
UNASKED = "Sans réponse, cette rencontre comptera pour 0 ou 1 personne."
UNKNOWN = "Cette rencontre comptera pour 0 ou 1 personne."


def met_before(draft: Draft) -> ft.Control:
    """Ask whether the person was met this year, and say what the figures lose while nobody knows (rule R2)."""
    loss = "" if draft.value(YEAR) != "ne-sait-pas" else UNKNOWN if YEAR in draft.fields else UNASKED
    return _asked(draft, MET, widgets.line(loss, color=theme.MUTED) if loss else None)


def first_ever(draft: Draft) -> ft.Control | None:
    """Ask whether the person was never met before; only where that is not already said."""
    return _asked(draft, FIRST, None) if draft.value(YEAR) == "oui" else None


def _asked(draft: Draft, question: str, loss: ft.Control | None) -> ft.Control:
    name, answers = ANSWERS[question]
    chips = [
        widgets.chip(words, draft.fields.get(name) == code, partial(draft.choose, name, code))
        for words, code in answers
    ]
    return widgets.group(question, widgets.chips(chips, question), loss, problem=draft.refusal(name))
