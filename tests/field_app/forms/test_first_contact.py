"""Whether the person was met before: asked, never answered in advance, and what the figures lose is said."""

from __future__ import annotations

import flet as ft

from field_app.screens.forms.first_contact import COUNTS, FIRST, MET
from field_app.state.desk import Desk
from field_app.state.forms.answers import EVER, YEAR
from tests.field_app.screens.test_screens import home, screen  # noqa: F401  # the fixtures of the screens
from tests.field_app.state.test_reopened import form
from tests.field_app.world import encounter, kept
from tests.flet_headless import Screen, walk


def answered(screen: Screen) -> list[str]:  # noqa: F811  # the name that pytest knows
    """The answers that are lit, of both questions."""
    groups = [s for s in screen.all(ft.Semantics) if s.label in (MET, FIRST)]
    lit = [c for group in groups for c in walk(group) if isinstance(c, ft.Chip) and c.selected]
    return [t.value for chip in lit for t in walk(chip) if isinstance(t, ft.Text)]


def said(screen: Screen) -> str:  # noqa: F811
    """For which first contact of the year the form says what the figures make of it."""
    [found] = [code for code, words in COUNTS.items() if screen.says(words)]
    return found


async def test_nothing_is_answered_until_somebody_does(home: Screen) -> None:  # noqa: F811
    await home.tap("Nouvelle rencontre")
    assert answered(home) == []
    assert (home.says(MET), said(home), home.says(FIRST)) == (True, "ne-sait-pas", False)
    await home.choose("Non")
    assert (answered(home), said(home), home.says(FIRST)) == (["Non"], "oui", True)
    await home.choose("Je ne sais pas")
    assert (answered(home), said(home), home.says(FIRST)) == (["Je ne sais pas"], "ne-sait-pas", False)
    await home.choose("Oui")
    assert (answered(home), said(home), home.says(FIRST)) == (["Oui"], "non", False)


async def test_a_record_opened_again_shows_what_was_answered_and_what_is_lost(desk: Desk) -> None:
    for fields, lit, year in (
        ({"first_contact_year": "oui", "first_contact_ever": "oui"}, ["Non", "Oui"], "oui"),
        ({"first_contact_year": "non", "first_contact_ever": "non"}, ["Oui"], "non"),
        ({}, ["Je ne sais pas"], "ne-sait-pas"),  # what stands there, tapped or not
    ):
        opened = await form(desk, kept(fields=encounter(**fields), state="sent"))
        assert (answered(opened), said(opened)) == (lit, year)
        opened.close()


async def test_two_answers_that_contradict_each_other_are_refused_where_both_are_seen(desk: Desk) -> None:
    opened = await form(desk, kept(fields=encounter(first_contact_ever="oui"), state="to_correct"))  # of a merge
    await opened.tap("Enregistrer")
    assert opened.says(f"Pas encore enregistré. À revoir : {FIRST}")
    assert opened.says("C’est alors aussi le premier de l’année ; revoyez les deux réponses")
    assert opened.texts.count(FIRST) == 1
    await opened.choose("Non")
    await opened.tap("Enregistrer")
    opened.close()
    [saved] = await desk.store.all()
    assert [saved.fields.get(name) for name in (YEAR, EVER)] == ["oui", "oui"]
