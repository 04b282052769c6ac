"""Where the person sleeps: one optional tap of the folded profile, told wherever the rest of the profile is."""

from __future__ import annotations

import pytest

from field_app.state.desk import Desk
from field_app.state.follow_ups.cards import PROFILE, gather
from field_app.state.forms.series import SAME_PROFILE
from shared import choices, merge, rules
from shared.rules import Evidence
from tests.field_app.needs.test_needs import open_form
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import NOW, encounter, kept
from tests.flet_headless import Screen

HOUSING = choices.load("housing")


async def test_it_is_folded_with_the_profile_and_one_tap_once_that_is_open(home: Screen) -> None:
    await open_form(home)
    assert not home.says("Situation de logement")
    await home.tap("Compléter le profil")
    assert home.says("Situation de logement")
    await home.choose("Hébergé chez un tiers")
    await home.choose("À la rue")
    await home.tap("Enregistrer")
    [found] = [k for k in await session_of(home)._opened.store.all() if k.kind == "encounter"]
    assert found.fields["housing"] == "a-la-rue"
    await home.tap("Journal des saisies")
    await home.tap("Modifier")
    assert home.chip("À la rue").selected  # open again: what was told must be seen
    await home.choose("À la rue")  # taken back: nobody knows
    await home.tap("Enregistrer")
    [found] = [k for k in await session_of(home)._opened.store.all() if k.kind == "encounter"]
    assert "housing" not in found.fields


@pytest.mark.parametrize("code", list(HOUSING.by_code))
def test_each_situation_is_taken_and_read_in_french(code: str) -> None:
    assert rules.judge("encounter", encounter(housing=code), Evidence(NOW.date())).refusals == []
    [*found] = merge.differences("encounter", {"housing": code}, {}, str)
    told = [(d.label, d.mine, d.theirs) for d in found]
    expected = [("Situation de logement", HOUSING.label_of(code), "Inconnu")]
    assert told == ([] if code == "inconnu" else expected)


def test_an_address_is_no_situation() -> None:
    verdict = rules.judge("encounter", encounter(housing="12 rue des Lilas"), Evidence(NOW.date()))
    assert [problem.code for problem in verdict.refusals] == ["unknown_code"]


async def test_it_tells_on_a_card_who_it_was_beside_the_family(desk: Desk) -> None:
    obstacle = [{"id": "0783d30d-0175-85a4-811f-e770f5a80ccd", "kind": "langue"}]
    met = kept(
        fields=encounter(gender="femme", household="seul", housing="logement-menace", obstacles=obstacle),
        state="sent",
    )
    [card] = gather([met], desk.notes, set(), NOW.date())
    assert card.who == "Femme · Personne seule · Logement menacé (impayés, expulsion)"


@pytest.mark.parametrize("where", [PROFILE, SAME_PROFILE])
def test_it_goes_where_the_family_situation_goes(where: tuple[str, ...]) -> None:
    assert where.index("housing") == where.index("household") + 1
