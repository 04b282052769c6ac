"""The person's answer to a referral: it counts in two indicators, so it is asked and never preset."""

from __future__ import annotations

from typing import Any

import pytest

from field_app.screens.forms.referral import QUESTION
from field_app.state.desk import Desk
from field_app.state.forms import answers, begin
from field_app.state.forms.drafts import Draft
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import encounter, kept
from tests.flet_headless import Screen

LINK = "remobilisation--lien-social"
CENTRE = "Centre socio-culturel de la Haute Savoureuse · 0 km"


async def referred(desk: Desk) -> Draft:
    draft = await begin.new("encounter", desk)
    for name, value in encounter().items():
        await draft.put(name, value)
    await draft.toggle("needs", "theme", LINK)
    await draft.toggle("referrals", "service", "mobijob", theme=LINK)
    return draft


async def test_a_referral_that_nobody_answered_is_not_saved_and_says_so(desk: Desk) -> None:
    draft = await referred(desk)
    assert not await draft.save()
    assert [p.field for p in draft.refusals] == ["referrals.0.accepted"]
    await draft.change_referral("mobijob", "accepted", False)
    assert await draft.save()
    [made] = await desk.store.all()
    assert made.fields["referrals"][0]["accepted"] is False


@pytest.mark.parametrize(
    ("name", "value", "answer"),
    [
        ("mode", "prise-de-rendez-vous", True), ("mode", "accompagnement-physique", True),
        ("mode", "information", None), ("coupon", "0" * 64, True), ("coupon", None, None), ("theme", LINK, None),
        ("accepted", True, True), ("accepted", False, False),
    ],
)  # fmt: skip
def test_what_is_done_with_the_person_says_the_answer(name: str, value: Any, answer: bool | None) -> None:
    new = {"service": "mobijob", "accepted": None}
    assert answers.tell(new, name, value).get("accepted") is answer
    refused = {"service": "mobijob", "accepted": False}
    assert answers.tell(refused, name, value)["accepted"] is (name == "accepted" and value)


async def test_a_referral_saved_before_keeps_its_answer_when_it_is_corrected(desk: Desk) -> None:
    await desk.store.keep(kept(fields=encounter(referrals=[{"id": "0" * 32, "service": "mobijob"}])))
    [made] = await desk.store.all()
    draft = await begin.resume(made, desk)
    await draft.change_referral("mobijob", "mode", "prise-de-rendez-vous")
    assert draft.fields["referrals"][0].get("accepted", True) is True


async def open_referral(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "Lien social", CENTRE):
        await home.choose(name)


async def test_the_form_asks_and_one_tap_answers(home: Screen) -> None:
    await open_referral(home)
    assert home.says(QUESTION)
    assert not home.chip("Elle accepte").selected
    assert not home.chip("Elle refuse").selected
    await home.tap("Enregistrer")
    assert home.says("À revoir : Réponse de la personne")
    assert not home.says("il faut oui ou non")  # said once, in the form's words
    await home.choose("Elle accepte")
    assert not home.says(QUESTION)
    await home.tap("Enregistrer")
    assert home.says("Rencontre enregistrée")


async def test_a_refusal_is_kept_and_offers_no_slip(home: Screen) -> None:
    await open_referral(home)
    assert home.button("Coupon")
    await home.choose("Elle refuse")
    with pytest.raises(StopIteration):
        home.button("Coupon")
    await home.tap("Enregistrer")
    assert home.says("Rencontre enregistrée")


async def test_who_takes_the_slip_accepts(home: Screen) -> None:
    await open_referral(home)
    await home.tap("Coupon")
    await home.tap("Fermer le coupon")
    assert home.chip("Elle accepte").selected


def place_of(home: Screen, words: str) -> int:
    """How many lines stand above those words."""
    said = home.texts
    return next(n for n, line in enumerate(said) if words in line)


async def test_the_answer_is_asked_right_below_the_services_that_were_tapped(home: Screen) -> None:
    """Between two needs: the card of a referral stood a screen further down, and nothing seemed to happen."""
    await open_referral(home)
    await home.choose("Permis")
    assert place_of(home, CENTRE) < place_of(home, QUESTION) < place_of(home, "Orienter pour : Permis")


async def test_a_referral_whose_need_went_its_own_way_is_still_there_to_be_taken_out(home: Screen) -> None:
    await home.tap("Nouvelle rencontre")
    for name in ("Giromagny", "Mairie", "Permis"):
        await home.choose(name)
    session = session_of(home)
    assert session.draft is not None
    await session.draft.toggle("referrals", "service", "mobijob")  # for no need, as an import may have it
    await home.settle()
    await home.tap("Retirer cette orientation")
    assert not home.says("Orientation vers")


@pytest.mark.parametrize("width", [400, 1_280])
async def test_the_question_comes_into_sight_by_itself(home: Screen, width: int) -> None:
    """Below the fold nobody saw it, on a tablet either; there the half that holds it scrolls alone."""
    home.page.width = width
    await open_referral(home)
    asked = [given for name, given in home.connection.invoked if name == "scroll_to"]
    assert len(asked) == 1
    assert all(str(given["scroll_key"]).endswith(CENTRE.removesuffix(" · 0 km")) for given in asked)
    home.connection.invoked.clear()
    await home.choose("Elle accepte")
    assert not [name for name, _ in home.connection.invoked if name == "scroll_to"]
