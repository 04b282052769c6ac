"""« Pas de besoin, simple échange »: apart from an encounter in which nobody asked, and never beside a need."""

from __future__ import annotations

from typing import Any

import flet as ft
import pytest

from field_app.state import journal
from field_app.state.desk import Desk
from field_app.state.follow_ups.cards import gather
from field_app.state.forms import begin, no_need, series
from field_app.state.private_note import STEPS, open_note
from field_app.store.local_store import Kept
from shared import field_labels
from tests.field_app.needs.test_needs import LINK, open_form
from tests.field_app.screens.test_screens import home as home  # the fixtures of the app at its first start
from tests.field_app.screens.test_screens import screen as screen
from tests.field_app.state.test_reopened import form
from tests.field_app.store.test_full_memory import session_of
from tests.field_app.world import encounter, kept
from tests.flet_headless import Screen

NONE = "Pas de besoin, simple échange"
REFERRAL = {"id": "0783d30d-0175-85a4-811f-e770f5a80ccd", "service": "mobijob", "theme": LINK}


def entered(home: Screen) -> dict[str, Any]:
    draft = session_of(home).draft
    assert draft is not None
    return draft.fields


async def saved(home: Screen) -> Kept:
    await home.tap("Enregistrer")
    [found] = [k for k in await session_of(home)._opened.store.all() if k.kind == "encounter"]
    return found


async def test_a_mere_talk_is_one_tap_and_the_journal_says_so(home: Screen) -> None:
    await open_form(home, NONE)
    assert home.chip(NONE).selected
    found = await saved(home)
    assert (found.fields["no_need"], "needs" in found.fields) == (True, False)
    await home.tap("Journal des saisies")
    assert home.says("simple échange")


async def test_without_a_tap_nobody_was_asked(home: Screen) -> None:
    await open_form(home, NONE, NONE)  # on, and taken back
    assert not home.chip(NONE).selected
    found = await saved(home)
    assert found.fields.keys().isdisjoint({"no_need", "needs"})
    assert "simple échange" not in journal.details(found)


async def test_a_need_told_in_the_end_takes_its_place(home: Screen) -> None:
    await open_form(home, NONE, "Lien social")
    assert not home.chip(NONE).selected
    found = await saved(home)
    assert ([n["theme"] for n in found.fields["needs"]], "no_need" in found.fields) == ([LINK], False)


async def test_a_finger_that_slips_on_it_takes_no_need_away(home: Screen) -> None:
    await open_form(home, "Lien social", "Manger")
    before = entered(home)
    await home.choose(NONE)
    assert home.says("Retirer les 2 besoins choisis ?")
    assert entered(home) == before
    await home.tap("Garder")
    assert entered(home) == before
    assert not home.chip(NONE).selected
    assert not home.all(ft.AlertDialog)


async def test_who_means_it_removes_the_need_and_the_referral_that_answers_it(home: Screen) -> None:
    await open_form(home, "Lien social")
    draft = session_of(home).draft
    assert draft is not None
    elsewhere = {**REFERRAL, "service": "esd", "id": REFERRAL["id"][:-1] + "e", "theme": None}
    await draft.put("referrals", [REFERRAL, elsewhere])
    await home.settle()
    await home.choose(NONE)
    assert home.says("Retirer le besoin choisi ? Les orientations qui y répondent seront retirées aussi.")
    await home.tap("Retirer")
    assert home.chip(NONE).selected
    assert (entered(home)["no_need"], "needs" in entered(home)) == (True, False)
    assert entered(home)["referrals"] == [elsewhere]  # it answers no need: it stays


@pytest.mark.parametrize("tapped", [NONE, "Lien social"])
async def test_what_the_server_refused_for_saying_both_is_mended_by_one_tap(desk: Desk, tapped: str) -> None:
    both = encounter(no_need=True, needs=[{"theme": LINK}, {"theme": "sante--addictions"}])
    screen = await form(desk, kept(fields=both, state="to_correct"))
    await screen.tap("Enregistrer")
    assert screen.says("est noté, et des besoins aussi")
    await screen.choose(tapped)
    await screen.tap("Enregistrer")
    screen.close()
    [found] = await desk.store.all()
    assert (found.state, found.fields.get("no_need"), bool(found.fields["needs"])) == ("pending", None, True)


@pytest.mark.parametrize(
    ("before", "noted", "after"),
    [
        ({"no_need": True, "needs": [1]}, "needs", {"needs": [1]}),
        ({"no_need": True, "needs": [1]}, "no_need", {"no_need": True}),
        ({"no_need": True, "needs": []}, "needs", {"no_need": True, "needs": []}),
        ({"needs": [1]}, "no_need", {"needs": [1]}),  # it was taken back
        ({"no_need": True, "rsa": "oui"}, "rsa", {"no_need": True, "rsa": "oui"}),
    ],
)
def test_the_last_one_noted_stands(before: dict[str, Any], noted: str, after: dict[str, Any]) -> None:
    assert no_need.keep_one(before, noted) == after


async def test_the_next_of_a_series_is_asked_anew_and_a_copy_says_the_same(desk: Desk) -> None:
    talk = await begin.new("encounter", desk)
    for name, value in encounter(age_band="18-21", no_need=True).items():
        await talk.put(name, value)
    following = series.after(talk, desk, "")
    await series.take_profile(following)
    assert (following.value("no_need"), following.value("age_band")) == (False, "18-21")
    copy = series.copy_of(kept(fields=talk.fields), desk)
    assert copy.fields["no_need"] is True


async def test_a_next_step_after_a_mere_talk_says_on_its_card_what_it_was(desk: Desk) -> None:
    talk = kept(fields=encounter(no_need=True, gender="femme"), state="sent")
    await desk.store.keep(talk)
    note = open_note(talk.id, desk)
    await note.choose_step(next(iter(STEPS)))
    [card] = gather([talk], desk.notes, set(), desk.today)
    assert card.who == f"Femme · {field_labels.NO_NEED}"


async def test_a_step_may_be_noted_though_there_is_no_need(home: Screen) -> None:
    await open_form(home)
    with pytest.raises(StopIteration):
        home.button("Prochaine étape")
    await home.choose(NONE)
    await home.tap("Prochaine étape")
    await home.choose("Revoir")
    assert home.chip("Revoir").selected
