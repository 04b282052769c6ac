"""The rights a worker may spot, those of the street and of the Département too, each followed until it opens."""

from __future__ import annotations

import pytest

from shared import choices
from tests.field_app.needs.test_needs import open_form
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.flet_headless import Screen

RIGHTS = choices.load("right")


@pytest.mark.parametrize(
    "code",
    ["domiciliation", "aide-medicale-de-l-etat", "apa", "aide-aux-jeunes-majeurs", "fonds-de-solidarite-logement"],
)
async def test_it_is_noted_in_one_tap_and_followed_until_it_is_opened(home: Screen, code: str) -> None:
    label = RIGHTS.label_of(code)
    await open_form(home)
    assert not home.says(label)
    await home.tap("Ajouter un droit à ouvrir")
    await home.choose(label)
    await home.tap("Enregistrer")
    [met] = [k for k in await session_of(home)._opened.store.all() if k.kind == "encounter"]
    [noted] = met.fields["rights"]
    assert noted["right"] == code
    await home.tap("Suites")
    assert home.says(label)
    await home.tap("Ouvert")
    [told] = [k for k in await session_of(home)._opened.store.all() if k.kind == "follow_up"]
    assert (told.fields["subject_id"], told.fields["outcome"]) == (noted["id"], "ouvert")


async def test_the_last_chip_is_for_what_the_list_does_not_have(home: Screen) -> None:
    await open_form(home)
    await home.tap("Ajouter un droit à ouvrir")
    assert [c.code for c in RIGHTS.on(session_of(home)._opened.today)][-1] == "autre"
    assert home.chip("Autre")
