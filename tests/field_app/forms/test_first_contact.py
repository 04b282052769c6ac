"""Whether the person was met before: asked, never answered in advance, and what the figures lose is said."""

from __future__ import annotations

import flet as ft

from field_app.screens.forms.first_contact import FIRST, MET, UNSURE
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


async def test_nothing_is_answered_until_somebody_does(home: Screen) -> None:  # noqa: F811
    await home.tap("Nouvelle rencontre")
    assert answered(home) == []
    assert (home.says(MET), home.says(UNSURE), home.says(FIRST)) == (True, True, False)
    await home.choose("Non")
    assert answered(home) == ["Non"]
    assert (home.says(UNSURE), home.says(FIRST)) == (False, True)
    await home.choose("Je ne sais pas")
    assert answered(home) == ["Je ne sais pas"]
    assert (home.says(UNSURE), home.says(FIRST)) == (True, False)
    await home.choose("Oui")
    assert (home.says(UNSURE), home.says(FIRST)) == (False, False)


async def test_a_record_opened_again_shows_what_was_answered_and_what_is_lost(desk: Desk) -> None:
    for fields, lit, unsure in (
        ({"first_contact_year": "oui", "first_contact_ever": "oui"}, ["Non", "Oui"], False),
        ({"first_contact_year": "non", "first_contact_ever": "non"}, ["Oui"], False),
        ({}, [], True),
    ):
        opened = await form(desk, kept(fields=encounter(**fields), state="sent"))
        assert (answered(opened), opened.says(UNSURE)) == (lit, unsure)
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
