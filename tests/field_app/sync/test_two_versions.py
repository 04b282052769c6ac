"""Two people correct the same record: what they changed apart is put together, the rest is chosen by a person."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from sqlalchemy import Engine, select

from field_app.state.desk import Desk
from field_app.state.forms import begin
from field_app.store.kept import CONFLICT, DELETED_ELSEWHERE, Kept
from field_app.store.local_store import LocalStore
from field_app.sync.client import SyncClient, SyncError
from shared import ids
from sync_server.intake.store import RECORD
from sync_server.storage import database
from tests.field_app.conftest import Tablet
from tests.field_app.screens.test_double_tap import session_of
from tests.field_app.state.test_reopened import form
from tests.field_app.world import NOW, encounter, kept

LINK = "remobilisation--lien-social"
MET = encounter(gender="femme", needs=[{"theme": "mobilite--preparer-un-permis"}])


@pytest.fixture
def mine(store: LocalStore, client: SyncClient) -> Tablet:
    return Tablet(store, client)


async def met_by(tablet: Tablet) -> Kept:
    [found] = [m for m in await tablet.store.all() if m.kind == "encounter"]
    return found


async def correct(tablet: Tablet, **fields: Any) -> None:
    """As the form does: upon what stands there."""
    now = await met_by(tablet)
    await tablet.store.edit(now.edit_under("draft"), now.fields | fields, "pending")


async def shared_by(mine: Tablet, colleague: Tablet) -> None:
    await mine.store.keep(kept(fields=MET))
    await mine.sync()
    await colleague.sync()


def on_server(engine: Engine) -> str:
    with database.reading(engine) as connection:
        return str(connection.scalar(select(RECORD.c.body).where(RECORD.c.kind == "encounter")))


ORDERS = list(itertools.permutations("mcmc"))


@pytest.mark.parametrize("order", sorted(set(ORDERS)))
async def test_corrections_in_different_places_are_put_together_in_any_order_of_arrival(
    mine: Tablet, colleague: Tablet, server_engine: Engine, order: tuple[str, ...]
) -> None:
    await shared_by(mine, colleague)
    await correct(
        mine,
        age_band="16-17",
        needs=[{"theme": "mobilite--preparer-un-permis"}, {"theme": "sante--acces-aux-soins"}],
    )
    await correct(
        colleague,
        rsa="oui",
        needs=[
            {"theme": "mobilite--preparer-un-permis"},
            {"theme": "numerique--acceder-a-une-connexion-internet"},
        ],
    )
    for who in (*order, "m", "c"):
        await (mine if who == "m" else colleague).sync()
    for tablet in (mine, colleague):
        found = await met_by(tablet)
        assert (found.fields["age_band"], found.fields["rsa"], found.fields["gender"]) == ("16-17", "oui", "femme")
        assert {need["theme"] for need in found.fields["needs"]} == {
            "mobilite--preparer-un-permis",
            "sante--acces-aux-soins",
            "numerique--acceder-a-une-connexion-internet",
        }
        assert found.state in ("sent", "received")


async def test_the_same_correction_made_twice_asks_nobody(mine: Tablet, colleague: Tablet) -> None:
    await shared_by(mine, colleague)
    for tablet in (mine, colleague):
        await correct(tablet, gender="homme")
    for tablet in (mine, colleague, mine):
        await tablet.sync()
    assert [(await met_by(t)).fields["gender"] for t in (mine, colleague)] == ["homme", "homme"]
    assert mine.store.counts() == {"sent": 1}


async def in_conflict(mine: Tablet, colleague: Tablet) -> Kept:
    await shared_by(mine, colleague)
    await correct(mine, gender="homme", age_band="16-17")
    await correct(colleague, gender="autre-ou-non-precise", rsa="oui")
    await colleague.sync()
    await mine.sync()
    return await met_by(mine)


async def test_the_same_field_keeps_both_versions_until_somebody_chooses(mine: Tablet, colleague: Tablet) -> None:
    asked = await in_conflict(mine, colleague)
    assert (asked.state, asked.clashes) == ("to_correct", ["gender"])
    assert [reason["message"] for reason in asked.reasons] == [CONFLICT]
    assert (asked.fields["gender"], asked.fields["rsa"]) == ("homme", "oui")  # the rest is put together already
    await mine.sync()
    assert await met_by(mine) == asked  # it waits, whatever comes and goes


@pytest.mark.parametrize(
    ("choice", "gender"),
    [("La vôtre : Homme", "homme"), ("L’autre : Autre ou non précisé", "autre-ou-non-precise")],
)
async def test_the_worker_chooses_field_by_field_in_the_form(
    mine: Tablet, colleague: Tablet, desk: Desk, choice: str, gender: str
) -> None:
    screen = await form(desk, await in_conflict(mine, colleague))
    assert screen.says("Genre : deux versions")
    assert not screen.says("RSA : deux versions")
    assert screen.chip("La vôtre : Homme").selected
    await screen.choose(choice)
    assert screen.chip(choice).selected
    await screen.tap("Enregistrer")
    screen.close()
    await mine.sync()
    await colleague.sync()
    for tablet in (mine, colleague):
        found = await met_by(tablet)
        assert (found.fields["gender"], found.fields["age_band"], found.fields["rsa"]) == (gender, "16-17", "oui")
    assert mine.store.counts() == {"sent": 1}


async def test_a_choice_to_take_back_what_was_entered_empties_the_field(mine: Tablet, desk: Desk) -> None:
    theirs = {"id": "x", "kind": "encounter", "revision": 3, "deleted": False, "fields": encounter()}
    asked = kept(fields=encounter(gender="homme"), state="to_correct", attempted=True, theirs=theirs)
    screen = await form(desk, asked)
    await screen.choose("L’autre : Inconnu")
    await screen.tap("Enregistrer")
    screen.close()
    [found] = await desk.store.all()
    assert "gender" not in found.fields
    assert (found.revision, found.base_revision) == (4, 3)


async def test_two_answers_about_a_first_contact_are_shown_as_the_form_asks(mine: Tablet, desk: Desk) -> None:
    theirs = {
        "id": "x", "kind": "encounter", "revision": 3, "deleted": False,
        "fields": encounter(first_contact_year="non", first_contact_ever="non"),
    }  # fmt: skip
    asked = kept(
        fields=encounter(first_contact_year="oui"), state="to_correct", attempted=True, theirs=theirs,
        reasons=[{"field": "first_contact_year", "code": "conflict", "message": CONFLICT}],
    )  # fmt: skip
    screen = await form(desk, asked)
    assert screen.says("Déjà rencontrée par l’équipe cette année : deux versions")
    assert screen.chip("La vôtre : Non").selected
    await screen.choose("L’autre : Oui")  # the contrary of what is stored: a first contact was not met before
    await screen.tap("Enregistrer")
    screen.close()
    [found] = await desk.store.all()
    assert (found.fields["first_contact_year"], found.fields["first_contact_ever"]) == ("non", "non")


async def noted_apart(mine: Tablet, colleague: Tablet) -> Kept:
    """One notes a mere talk, the other what the person needs."""
    await mine.store.keep(kept(fields=encounter(gender="femme")))
    await mine.sync()
    await colleague.sync()
    await correct(mine, no_need=True)
    await correct(colleague, needs=[{"theme": LINK}])
    await colleague.sync()
    await mine.sync()
    return await met_by(mine)


@pytest.mark.parametrize(
    ("choices", "talk", "needs"),
    [
        ([], True, []),
        (["L’autre : Lien social"], False, [LINK]),
        (["L’autre : Lien social", "La vôtre : oui"], True, []),
        (["L’autre : Lien social", "La vôtre : —"], True, []),
        (
            ["L’autre : Lien social", "La vôtre : —", "L’autre : Lien social"],
            False,
            [LINK],
        ),
    ],
)
async def test_a_need_and_none_are_shown_side_by_side_and_never_kept_both(
    mine: Tablet, colleague: Tablet, desk: Desk, choices: list[str], talk: bool, needs: list[str]
) -> None:
    asked = await noted_apart(mine, colleague)
    assert (asked.state, sorted(asked.clashes)) == ("to_correct", ["needs", "no_need"])
    screen = await form(desk, asked)
    assert screen.says("Besoins : deux versions")
    assert screen.says("Pas de besoin, simple échange : deux versions")
    for choice in choices:
        await screen.choose(choice)
    await screen.tap("Enregistrer")
    screen.close()
    await mine.sync()
    await colleague.sync()
    for tablet in (mine, colleague):
        fields = (await met_by(tablet)).fields
        assert fields.get("no_need", False) == talk
        assert [need["theme"] for need in fields.get("needs", [])] == needs


async def test_a_referral_follows_the_need_that_was_chosen_of_two_versions(
    mine: Tablet, colleague: Tablet, desk: Desk
) -> None:
    referral = {"id": ids.new_id(NOW.date(), 1), "service": "mobijob"}
    await mine.store.keep(kept(fields=encounter(gender="femme")))
    await mine.sync()
    await colleague.sync()
    await correct(mine, needs=[{"theme": LINK}], referrals=[referral | {"theme": LINK}])
    await correct(colleague, no_need=True)
    await colleague.sync()
    await mine.sync()
    screen = await form(desk, await met_by(mine))
    draft = session_of(screen).draft
    assert draft is not None
    for choice, referred in (("L’autre : —", 0), ("La vôtre : Lien social", 1), ("L’autre : oui", 0)):
        await screen.choose(choice)
        assert len(draft.fields.get("referrals", [])) == referred
        assert bool(draft.fields.get("needs")) is not bool(draft.fields.get("no_need"))
    await screen.tap("Enregistrer")
    screen.close()
    fields = (await met_by(mine)).fields
    assert (fields["no_need"], fields.get("needs", []), fields.get("referrals", [])) == (True, [], [])


async def test_what_was_deleted_elsewhere_has_no_second_version_to_show(desk: Desk, mine: Tablet) -> None:
    theirs = {"id": "x", "kind": "encounter", "revision": 3, "deleted": True, "fields": {}}
    reasons = [{"field": "", "code": "conflict", "message": DELETED_ELSEWHERE}]
    asked = kept(fields=MET, state="to_correct", attempted=True, theirs=theirs, reasons=reasons)
    screen = await form(desk, asked)
    assert screen.says(DELETED_ELSEWHERE)
    assert not any("deux versions" in text for text in screen.texts)
    screen.close()


async def test_an_edit_begun_before_the_others_correction_came_is_put_together_with_it(
    mine: Tablet, colleague: Tablet, desk: Desk
) -> None:
    await shared_by(mine, colleague)
    draft = await begin.resume(await met_by(mine), desk)
    await draft.put("age_band", "16-17")
    await correct(colleague, rsa="oui")
    await colleague.sync()
    await mine.sync()  # the correction arrives while the form is open
    assert await draft.save()
    await mine.sync()
    found = await met_by(mine)
    assert (found.state, found.fields["age_band"], found.fields["rsa"]) == ("sent", "16-17", "oui")


async def test_what_does_not_fit_together_is_refused_and_waits(mine: Tablet, colleague: Tablet) -> None:
    session = {k: v for k, v in encounter().items() if k != "contact_mode"} | {"headcount": 9}
    await mine.store.keep(kept(kind="group_session", fields=session))
    await mine.sync()
    await colleague.sync()
    for tablet, change in ((mine, {"headcount": 4}), (colleague, {"ages": [{"age_band": "16-17", "people": 8}]})):
        [now] = [m for m in await tablet.store.all() if m.kind == "group_session"]
        await tablet.store.edit(now.edit_under("draft"), now.fields | change, "pending")
    await colleague.sync()
    await mine.sync()
    [found] = [m for m in await mine.store.all() if m.kind == "group_session"]
    assert (found.state, found.fields["headcount"]) == ("to_correct", 4)
    assert found.reasons[0]["code"] != "conflict"


async def test_a_correction_taken_back_before_its_receipt_came_stays_taken_back(
    mine: Tablet, colleague: Tablet, unanswered: SyncClient
) -> None:
    await shared_by(mine, colleague)
    await correct(mine, gender="homme")
    with pytest.raises(SyncError):
        await unanswered.run(mine.store)
    await colleague.sync()
    await correct(colleague, rsa="oui")  # made from the version whose receipt was lost
    await colleague.sync()
    await correct(mine, gender="femme")
    await mine.sync()
    found = await met_by(mine)
    assert (found.state, found.fields["gender"], found.fields["rsa"]) == ("sent", "femme", "oui")


async def test_a_correction_the_other_took_back_is_not_put_there_again(
    mine: Tablet, colleague: Tablet, unanswered: SyncClient
) -> None:
    await shared_by(mine, colleague)
    await correct(mine, gender="homme")
    with pytest.raises(SyncError):
        await unanswered.run(mine.store)
    await colleague.sync()
    await correct(colleague, gender="femme")
    await colleague.sync()
    await correct(mine, rsa="oui")
    await mine.sync()
    found = await met_by(mine)
    assert (found.state, found.fields["gender"], found.fields["rsa"]) == ("sent", "femme", "oui")


async def test_a_deletion_undone_after_it_met_a_correction_keeps_both_persons_work(
    mine: Tablet, colleague: Tablet
) -> None:
    await shared_by(mine, colleague)
    await correct(mine, age_band="16-17")
    edited = await met_by(mine)
    await mine.store.delete(edited)
    await correct(colleague, rsa="oui")
    await colleague.sync()
    await mine.sync()
    await mine.store.restore(edited)
    found = await met_by(mine)
    assert (found.state, found.fields["age_band"], found.fields["rsa"]) == ("pending", "16-17", "oui")
