"""What an edit, a receipt or a pull makes of a record: every state against every event."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any, get_args

import pytest

from field_app.store.from_server import take_pulled
from field_app.store.kept import (
    CHANGED_SINCE,
    CONFLICT,
    DELETED_ELSEWHERE,
    Kept,
    State,
    from_stored,
)
from shared import wire
from tests.field_app.world import encounter, kept

STATES: tuple[State, ...] = get_args(State)
UNSENT: tuple[State, ...] = ("draft", "pending", "to_correct")
CHANGED = encounter(gender="femme")


def receipt(of: Kept, status: wire.Status, **more: Any) -> wire.Receipt:
    return wire.Receipt(id=of.id, revision=of.revision, status=status, digest=of.record.digest, **more)


def theirs(of: Kept, revision: int = 7, deleted: bool = False) -> wire.Pulled:
    fields = {} if deleted else encounter(gender="homme")
    return wire.Pulled(id=of.id, kind=of.kind, revision=revision, deleted=deleted, fields=fields)


@pytest.mark.parametrize(("state", "status"), list(itertools.product(STATES, get_args(wire.Status))))
def test_a_receipt_speaks_only_to_what_was_waiting_for_it(state: State, status: wire.Status) -> None:
    met = kept(state=state, attempted=True)
    settled = met.settled(receipt(met, status))
    if state != "pending":
        assert settled is met
    else:
        assert settled.state == ("sent" if status in ("accepted", "duplicate") else "to_correct")
        assert settled.fields == met.fields


@pytest.mark.parametrize("change", [{"revision": 2}, {"digest": "0" * 32}])
def test_a_receipt_for_something_older_settles_nothing(change: dict[str, Any]) -> None:
    met = kept()
    answer = receipt(met, "accepted").model_copy(update=change)
    assert met.settled(answer) is met


@pytest.mark.parametrize("status", ["accepted", "duplicate"])
def test_of_a_deletion_that_the_server_knows_nothing_stays_but_the_id(status: wire.Status) -> None:
    met = kept(deleted=True, attempted=True, revision=2)
    gone = met.settled(receipt(met, status))
    assert gone == Kept(met.id, met.kind, {}, "gone", 2, 2, deleted=True, attempted=True)
    again = gone.again()
    assert (again.state, again.revision, again.record.digest) == ("pending", 2, met.record.digest)


def test_a_deletion_from_elsewhere_leaves_of_mine_its_id_and_of_what_was_received_nothing() -> None:
    mine, received = kept(state="sent", attempted=True), kept(state="received", attempted=True)
    left = take_pulled(theirs(mine, deleted=True), mine)
    assert left is not None
    assert (left.state, left.fields, left.revision) == ("gone", {}, 7)
    assert take_pulled(theirs(received, deleted=True), received) is None
    assert take_pulled(theirs(received, deleted=True), None) is None


@pytest.mark.parametrize(
    ("mine_deleted", "theirs_deleted", "message"),
    [(False, False, CONFLICT), (False, True, DELETED_ELSEWHERE), (True, False, CHANGED_SINCE)],
)
def test_a_conflict_says_what_happened_elsewhere(mine_deleted: bool, theirs_deleted: bool, message: str) -> None:
    met = kept(deleted=mine_deleted, attempted=True)
    asked = met.settled(receipt(met, "conflict", server=theirs(met, deleted=theirs_deleted)))
    assert asked is not None
    assert (asked.state, asked.deleted, asked.reasons[0]["message"]) == ("to_correct", False, message)
    assert asked.theirs is not None
    assert asked.theirs["revision"] == 7


def test_what_is_decided_after_a_conflict_is_based_on_what_was_seen() -> None:
    met = kept(attempted=True)
    asked = met.settled(receipt(met, "conflict", server=theirs(met)))
    assert asked is not None
    decided = asked.edited(CHANGED, "pending")
    assert (decided.revision, decided.base_revision, decided.theirs, decided.reasons) == (8, 7, None, [])


def test_what_only_travelled_meanwhile_is_edited_where_it_stands() -> None:
    opened = kept()
    now = replace(opened, state="sent", attempted=True, base_revision=1)
    assert now.since(opened) == now
    edited = now.since(opened).edited(CHANGED, "pending")
    assert (edited.revision, edited.base_revision) == (2, 1)


def test_what_changed_meanwhile_keeps_the_base_the_worker_saw() -> None:
    opened = kept(state="sent", base_revision=1, attempted=True)
    now = replace(opened, fields=encounter(gender="homme"), revision=5, base_revision=5)
    edited = now.since(opened).edited(CHANGED, "pending")
    assert (edited.revision, edited.base_revision) == (6, 1)


def test_a_version_nobody_saw_is_not_taken_as_seen() -> None:
    opened = kept(attempted=True)
    now = opened.settled(receipt(opened, "conflict", server=theirs(opened)))
    assert now is not None
    edited = now.since(opened).edited(CHANGED, "pending")
    assert edited.base_revision is None
    assert edited.revision > opened.revision


@pytest.mark.parametrize("state", UNSENT)
@pytest.mark.parametrize("deleted", [False, True])
def test_a_pull_leaves_what_is_unsent(state: State, deleted: bool) -> None:
    mine = kept(state=state)
    assert take_pulled(theirs(mine, deleted=deleted), mine) is mine


@pytest.mark.parametrize("state", ["sent", "received"])
def test_a_pull_takes_the_newer_version_and_says_whose_it_is(state: State) -> None:
    mine = kept(state=state, attempted=True)
    found = take_pulled(theirs(mine), mine)
    assert found is not None
    assert (found.state, found.revision, found.base_revision, found.fields["gender"]) == (state, 7, 7, "homme")


def test_what_is_new_is_received_and_a_deleted_service_stays_a_tombstone() -> None:
    found = take_pulled(theirs(kept()), None)
    assert found is not None
    assert found.state == "received"
    assert take_pulled(theirs(kept(), deleted=True), None) is None
    service = take_pulled(wire.Pulled(id="mobijob", kind="service", revision=2, deleted=True), None)
    assert service is not None
    assert service.deleted


def test_a_tombstone_takes_nothing_of_the_person_along() -> None:
    assert kept(deleted=True, fields=CHANGED).record.fields == {}


def test_the_names_in_sealed_rows_and_exported_files_stay_those_of_the_first_release() -> None:
    lent = kept(state="received", revision=2, attempted=True).again()
    draft = lent.edit_under("a draft")
    stored = draft.to_stored()
    assert "of" in stored
    assert stored["of"]["lent"] is True
    assert not {"edit_of", "from_colleague"} & {*stored, *stored["of"]}
    assert Kept(**from_stored(json.loads(json.dumps(stored)))) == draft
    assert draft.opened == lent
