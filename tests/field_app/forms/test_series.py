"""A series of encounters, copies, edits under way, deletions undone: nothing is asked twice, nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from field_app.state.desk import Desk
from field_app.state.forms import begin, series, usage
from field_app.state.journal import PAGE, Journal
from field_app.store.local_store import Kept, LocalStore
from field_app.sync.client import SyncClient
from shared import coupons, ids
from tests.field_app.conftest import held_by_server
from tests.field_app.world import NOW, encounter, kept

LINK, FOOD = "remobilisation--lien-social", "equipement-et-alimentation--alimentation"
CAR = "mobilite--acceder-a-un-vehicule"


def rich() -> dict[str, Any]:
    """An encounter with every sort of part."""
    return encounter(
        age_band="18-21", gender="homme", household="seul", housing="a-la-rue",
        first_contact_year="oui", first_contact_ever="oui",
        needs=[{"theme": LINK}], obstacles=[{"id": ids.new_id(NOW.date(), 1), "kind": "numerique"}],
        referrals=[{"id": ids.new_id(NOW.date(), 2), "service": "mobijob", "theme": LINK,
                    "coupon": coupons.hashed(coupons.new_code())}],
    )  # fmt: skip


async def saved(desk: Desk, **fields: Any) -> Kept:
    draft = await begin.new("encounter", desk)
    for name, value in encounter(**fields).items():
        await draft.put(name, value)
    assert await draft.save()
    return next(k for k in await desk.store.all() if k.id == draft._kept.id)


async def test_the_next_of_a_series_keeps_where_and_when_and_nothing_of_the_person(desk: Desk) -> None:
    first = await begin.new("encounter", desk)
    for name, value in (rich() | {"day": "2026-03-02", "slot": "soiree"}).items():
        await first.put(name, value)
    following = series.after(first, desk, "Rencontre enregistrée")
    assert following.fields == {
        "action": "trait-dunion", "day": "2026-03-02", "slot": "soiree",
        "commune": "90052", "place_type": "mairie",
    }  # fmt: skip
    profile = {"age_band": "18-21", "gender": "homme", "household": "seul", "housing": "a-la-rue"}
    assert following.alike == {**profile, "needs": rich()["needs"]}
    await series.take_profile(following)
    assert "needs" not in following.fields  # another tap
    assert (following.value("age_band"), following.value("housing")) == ("18-21", "a-la-rue")
    assert "first_contact_year" not in following.fields  # copied, it would count twice
    assert following.alike == {**profile, "needs": rich()["needs"]}  # the button stays, and moves nothing
    assert await following.save()


async def test_friends_who_come_for_the_same_take_its_needs_beside_their_own(desk: Desk) -> None:
    first = await begin.new("encounter", desk)
    for name, value in encounter(needs=[{"theme": LINK}, {"theme": CAR, "last_mile": "social"}]).items():
        await first.put(name, value)
    following = series.after(first, desk, "")
    await following.put("needs", [{"theme": FOOD}, {"theme": CAR}])
    await series.take_needs(following)
    assert following.fields["needs"] == [{"theme": FOOD}, {"theme": CAR}, {"theme": LINK}]
    assert first.fields["needs"] == [{"theme": LINK}, {"theme": CAR, "last_mile": "social"}]
    assert await following.save()


async def test_the_needs_of_a_friend_are_no_simple_exchange(desk: Desk) -> None:
    first = await begin.new("encounter", desk)
    await first.put("needs", [{"theme": LINK}])
    following = series.after(first, desk, "")
    await following.put("no_need", True)
    await series.take_needs(following)
    assert (following.fields["needs"], following.fields.get("no_need")) == ([{"theme": LINK}], None)


async def test_a_need_that_left_the_list_is_not_proposed_again(desk: Desk) -> None:
    first = await begin.new("encounter", desk)
    await first.put("needs", [{"theme": LINK}, {"theme": "local--gone"}])
    assert series.after(first, desk, "").alike == {"needs": [{"theme": LINK}]}


async def test_nothing_is_proposed_of_somebody_who_had_no_need(desk: Desk) -> None:
    first = await begin.new("encounter", desk)
    await first.put("needs", [])
    assert series.after(first, desk, "").alike == {}


async def test_a_copy_is_another_record_of_today_with_parts_of_its_own(desk: Desk) -> None:
    original = kept(fields=rich(), state="sent")
    await desk.store.keep(original)
    copy = series.copy_of(original, desk)
    assert copy.fields["day"] == "2026-03-10"
    assert "first_contact_year" not in copy.fields
    assert "coupon" not in copy.fields["referrals"][0]
    old_ids = {entry["id"] for part in ("obstacles", "referrals") for entry in original.fields[part]}
    new_ids = {entry["id"] for part in ("obstacles", "referrals") for entry in copy.fields[part]}
    assert not old_ids & new_ids
    assert copy._kept.id != original.id
    assert await desk.store.get(original.id) == original


async def test_an_edit_is_kept_field_by_field_beside_the_record(desk: Desk, store: LocalStore) -> None:
    record = await saved(desk)
    form = await begin.resume(record, desk)
    await form.choose("gender", "femme")
    await form.choose("age_band", "26-39")
    again = await begin.resume(record, desk)  # after a crash, say
    assert (again.value("gender"), again.value("age_band")) == ("femme", "26-39")
    assert not again.is_new
    assert await store.get(record.id) == record
    assert [k.id for k in await store.to_send(10)] == [record.id]  # the edit under way never leaves
    assert await again.save()
    [only] = await store.all()
    assert (only.id, only.fields["gender"], only.state) == (record.id, "femme", "pending")


async def test_two_edits_under_way_wait_side_by_side(desk: Desk, store: LocalStore) -> None:
    one, two = await saved(desk), await saved(desk)
    for record, code in ((one, "femme"), (two, "homme")):
        await (await begin.resume(record, desk)).choose("gender", code)
    assert store.counts() == {"pending": 2, "draft": 2}
    assert (await begin.resume(one, desk)).value("gender") == "femme"
    assert (await begin.resume(two, desk)).value("gender") == "homme"


async def test_deleting_a_record_ends_the_edit_under_way_and_undoing_it_brings_both_back(
    desk: Desk, store: LocalStore
) -> None:
    record = await saved(desk)
    edit = await begin.resume(record, desk)
    await edit.choose("age_band", "18-21")
    journal = Journal(_desk=desk)
    for _ in range(2):  # a cold thumb
        await journal.delete(record)
    assert await store.all() == []
    await journal.put_back(record)
    assert {k.id for k in await store.all()} == {record.id, edit.id}
    again = await begin.resume(record, desk)
    assert (again.id, again.value("age_band")) == (edit.id, "18-21")


async def test_a_deletion_undone_before_it_left_brings_the_record_back_to_be_sent(desk: Desk) -> None:
    sent = kept(state="sent", base_revision=1, attempted=True)
    await desk.store.keep(sent)
    journal = Journal(_desk=desk)
    await journal.delete(sent)
    [tombstone] = await desk.store.all()
    assert tombstone.deleted
    assert not desk.bell.is_set()  # time to think again
    await journal.put_back(sent)
    [back] = await desk.store.all()
    assert (back.deleted, back.state, back.fields) == (False, "pending", sent.fields)
    assert desk.bell.is_set()  # and leaves at once
    assert back.revision > tombstone.revision


@pytest.mark.parametrize("synced_between", [False, True])
async def test_a_deletion_undone_stands_on_the_server_again(
    desk: Desk, client: SyncClient, server_engine: Engine, synced_between: bool
) -> None:
    record = await saved(desk)
    await client.run(desk.store)
    journal = Journal(_desk=desk)
    await journal.refresh()
    [shown] = journal.records
    await journal.delete(shown)
    if synced_between:
        await client.run(desk.store)
        assert [k for k in await desk.store.all() if k.kind == "encounter"] == []
    await journal.put_back(shown)
    await client.run(desk.store)
    back = await desk.store.get(record.id)
    assert back is not None
    assert (back.state, back.fields) == ("sent", record.fields)
    assert held_by_server(server_engine) == [record.id]
    with server_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM encounter").scalar() == 1


async def test_what_is_thrown_away_by_mistake_comes_back(desk: Desk, store: LocalStore) -> None:
    draft = await begin.new("encounter", desk)
    assert await draft.discard() is None  # nothing entered: nothing to put back
    draft = await begin.new("encounter", desk)
    await draft.choose("gender", "femme")
    thrown = await draft.discard()
    assert thrown is not None
    assert await store.all() == []
    journal = Journal(_desk=desk)
    journal.tell(thrown)
    await journal.put_back(thrown)
    assert await store.all() == [thrown]


async def test_a_long_journal_is_drawn_a_page_at_a_time(desk: Desk) -> None:
    for _ in range(PAGE + 5):
        await desk.store.keep(kept())
    journal = Journal(_desk=desk)
    await journal.refresh()
    assert (len(journal.visible), journal.most) == (PAGE + 5, PAGE)
    journal.show_older()
    assert journal.most >= len(journal.visible)
    journal.filter("pending")
    assert journal.most == PAGE


async def test_the_places_used_most_come_first(desk: Desk) -> None:
    draft = await begin.new("encounter", desk)
    assert draft.places[0] == "espace-public"
    at_home = encounter(place_type="domicile", needs=[{"theme": FOOD}, {"theme": LINK}])
    met = [kept(fields=at_home), kept(fields=at_home), kept(fields=encounter(needs=[{"theme": LINK}]))]
    theirs = encounter(place_type="marche-ou-commerce", needs=[{"theme": FOOD}])
    seen = [kept(state="received", fields=theirs) for _ in range(9)]
    again = [kept(from_colleague=True, fields=theirs) for _ in range(9)]  # sent again for a server that lost it
    desk.used = usage.count([*met, *seen, *again])
    assert draft.places[0] == "domicile"
