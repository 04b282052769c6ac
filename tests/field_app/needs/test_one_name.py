"""One need has one name wherever a worker reads it: that of its tile. Only the code travels."""

from __future__ import annotations

import pytest

from field_app.directory import Directory, Filters
from field_app.state.desk import Desk
from field_app.state.journal import Journal
from shared import choices, merge
from tests.field_app.screens.test_double_tap import session_of
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.world import encounter, kept
from tests.flet_headless import Screen

HOME = "logement-hebergement--se-maintenir-dans-le-logement"
PLAIN, LABEL = "Garder son logement", "Se maintenir dans le logement"


def never(home: Screen) -> bool:
    """The national name is not on the screen."""
    return not home.says(LABEL)


async def test_the_name_of_the_tile_is_that_of_the_form_the_suites_and_the_journal(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", PLAIN):
        await home.choose(name)
    assert home.says(f"Orienter pour : {PLAIN}")
    await home.tap("Préciser les besoins")
    assert home.says(f"· {PLAIN}")
    draft = session_of(home).draft
    assert draft is not None
    await draft.toggle("referrals", "service", draft.services(HOME)[0].id, theme=HOME)
    await home.settle()
    await home.choose("Elle accepte")
    assert never(home)
    await home.tap("Enregistrer")
    await home.tap("Journal des saisies")
    assert home.says(PLAIN)
    assert never(home)
    await home.tap("Retour à l’accueil")
    await home.tap("Suites")
    assert home.says(PLAIN)
    assert never(home)


def test_a_colleagues_record_says_it_too_and_what_travels_is_the_code(desk: Desk) -> None:
    theirs = kept(state="received", fields=encounter(needs=[{"theme": HOME}]))
    said = dict(Journal(_desk=desk).list_fields(theirs))
    assert said["Besoins"] == PLAIN
    assert theirs.record.fields["needs"] == [{"theme": HOME}]


def test_two_versions_are_told_apart_in_the_same_words(desk: Desk) -> None:
    mine, theirs = encounter(needs=[{"theme": HOME}]), encounter()
    [found] = merge.differences("encounter", mine, theirs, desk.directory.name, plain=True)
    assert (found.mine, found.theirs) == (PLAIN, "—")
    [console] = merge.differences("encounter", mine, theirs, desk.directory.name)
    assert console.mine == LABEL  # the office reads the national list


@pytest.mark.parametrize("words", [PLAIN, LABEL])
def test_a_service_is_found_by_either_name(words: str) -> None:
    directory = Directory()
    found = [entry.id for entry in directory.search(Filters(words), None)]
    answering = [entry.id for entry in directory.for_theme(HOME, {})]
    assert answering
    assert {*answering} <= {*found}


def test_a_need_without_a_name_of_ours_keeps_its_label_and_an_unknown_code_itself() -> None:
    themes = choices.load("theme")
    assert themes.plain_of("remobilisation--lien-social") == "Lien social"
    without = next(need for need in themes.by_code.values() if "plain" not in need.more)
    assert themes.plain_of(without.code) == without.label
    assert themes.plain_of("of-a-later-version") == "of-a-later-version"
