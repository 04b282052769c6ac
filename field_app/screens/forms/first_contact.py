"""Ask whether the team knows the person already: in plain words, never answered in advance."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import flet as ft

from field_app import theme, widgets
from field_app.state.forms.answers import EVER, YEAR
from field_app.state.forms.drafts import Draft
from shared import choices, field_labels
from shared.merge import Difference

MET, FIRST = "Déjà rencontrée par l’équipe cette année ?", "Est-ce la toute première fois ?"
ANSWERS = {
    MET: (YEAR, (("Oui", "non"), ("Non", "oui"), ("Je ne sais pas", "ne-sait-pas"))),
    FIRST: (EVER, (("Oui", "oui"), ("Non", "non"), ("Je ne sais pas", "ne-sait-pas"))),
}
"""The field behind each question, and the code of each answer: who was met before is no first contact."""
COUNTS = {
    "oui": "Cette rencontre compte pour une personne de plus.",
    "non": "Cette personne est déjà comptée cette année.",
    "ne-sait-pas": "Tant qu’on ne le sait pas, cette rencontre compte pour 0 ou 1 personne.",
}
"""What the figures make of each answer (rule R2): always a line, so that nothing moves when one answers."""


def met_before(draft: Draft) -> ft.Control:
    """Ask whether the person was met this year, and say what the figures make of it, or lose."""
    counts = COUNTS.get(draft.value(YEAR))
    return _asked(draft, MET, widgets.line(counts, color=theme.MUTED) if counts else None)


def first_ever(draft: Draft) -> ft.Control | None:
    """Ask whether the person was never met before; only where that is not already said, or said wrongly."""
    return _asked(draft, FIRST, None) if draft.value(YEAR) == "oui" or draft.refusal(EVER) else None


def title_of(field: str) -> str:
    """Return what the form asks for that field; the field's own label where it asks nothing else."""
    return next((question for question, (name, _) in ANSWERS.items() if name == field), field_labels.of(field))


def reword(found: Difference) -> Difference:
    """Return two versions of an answer as the form asks for it: whoever was met before is no first contact."""
    asked = next((answers for name, answers in ANSWERS.values() if name == found.field), ())
    words = {choices.load("first_contact").label_of(code): said for said, code in asked}
    mine, theirs = (words.get(said, said) for said in (found.mine, found.theirs))
    return replace(found, label=title_of(found.field), mine=mine, theirs=theirs)


def _asked(draft: Draft, question: str, counts: ft.Control | None) -> ft.Control:
    name, answers = ANSWERS[question]
    # Of a record that was saved, « je ne sais pas » is what stands there, whether it was tapped or not.
    answer = draft.fields.get(name) if draft.is_new else draft.value(name)
    chips = [widgets.chip(words, answer == code, partial(draft.choose, name, code)) for words, code in answers]
    return widgets.group(question, widgets.chips(chips, question), counts, problem=draft.refusal(name))
