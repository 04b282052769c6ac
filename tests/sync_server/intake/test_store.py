"""What becomes of a pushed record: once, never silently, never at the expense of another."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from shared import wire
from shared.models.tables import Encounter, Need, Referral
from sync_server.storage import database
from sync_server.storage.tables import HeldRecord, PastRevision, table
from tests.sync_server.world import COLLEAGUE, ME, encounter, follow_up, new_id, people, pull, push, statuses

RECORD, PAST = table(HeldRecord), table(PastRevision)


def count(engine: Engine, of: Any) -> int:
    with database.reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table(of) if isinstance(of, type) else of)) or 0


def kept(engine: Engine) -> int:
    """How many records the server holds, the directory aside."""
    with database.reading(engine) as connection:
        return connection.scalar(select(func.count()).where(RECORD.c.kind != "service")) or 0


def test_a_record_sent_twice_counts_once(engine: Engine) -> None:
    met = encounter()
    assert statuses(engine, met) == ["accepted"]
    assert statuses(engine, met) == ["duplicate"]
    assert count(engine, Encounter) == 1
    assert kept(engine) == 1


def test_a_record_twice_in_one_batch_counts_once(engine: Engine) -> None:
    met = encounter()
    assert statuses(engine, met, met) == ["accepted", "duplicate"]
    assert count(engine, Encounter) == 1


def test_a_repeat_writes_nothing_at_all(engine: Engine) -> None:
    records = [encounter() for _ in range(20)]
    push(engine, *records)
    before = pull(engine).cursor
    assert set(statuses(engine, *records)) == {"duplicate"}
    assert pull(engine).cursor == before


def test_twenty_identical_posts_at_once_make_one_row(engine: Engine) -> None:
    met, found = encounter(needs=[{"theme": "remobilisation--lien-social"}]), []
    threads = [threading.Thread(target=lambda: found.extend(statuses(engine, met))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["accepted"] + ["duplicate"] * 19
    assert (count(engine, Encounter), count(engine, Need)) == (1, 1)


def test_an_unknown_code_is_refused_in_french_and_the_others_pass(engine: Engine) -> None:
    receipts = push(engine, encounter(), encounter(place_type="sur-la-lune"), encounter())
    assert [r.status for r in receipts] == ["accepted", "refused", "accepted"]
    [reason] = receipts[1].reasons
    assert (reason.field, reason.code) == ("place_type", "unknown_code")
    assert "« sur-la-lune » n’est pas dans la liste « Lieu de rencontre »" in reason.message
    assert count(engine, Encounter) == 2


def test_a_refused_record_is_accepted_once_corrected(engine: Engine) -> None:
    wrong = encounter(place_type="sur-la-lune")
    assert statuses(engine, wrong) == ["refused"]
    corrected = wrong | {"revision": 2, "fields": wrong["fields"] | {"place_type": "marche-ou-commerce"}}
    assert statuses(engine, corrected) == ["accepted"]


@pytest.mark.parametrize(
    "rubbish",
    [5, None, "x", [], {}, {"id": 3}, {"id": "x", "kind": "encounter", "revision": 1}, encounter(revision=0)],
    ids=repr,
)
def test_what_is_not_even_a_record_never_blocks_the_others(engine: Engine, rubbish: Any) -> None:
    receipts = push(engine, rubbish, encounter())
    assert [r.status for r in receipts] == ["refused", "accepted"]
    assert receipts[0].reasons


def test_a_kind_from_a_later_version_is_refused_with_advice(engine: Engine) -> None:
    [receipt] = push(engine, encounter() | {"kind": "wish"})
    assert receipt.status == "refused"
    assert "mettez l’application à jour" in receipt.reasons[0].message


def test_free_text_about_a_person_cannot_slip_in(engine: Engine) -> None:
    [receipt] = push(engine, encounter(note="Mme Untel, 12 rue des Prés"))
    assert receipt.status == "refused"
    assert "Untel" not in receipt.model_dump_json()


def test_a_service_that_is_not_in_the_directory_is_refused(engine: Engine) -> None:
    [receipt] = push(engine, encounter(referrals=[{"id": new_id(), "service": "chez-mon-cousin"}]))
    assert receipt.status == "refused"
    assert receipt.reasons[0].field == "referrals.0.service"


def test_the_same_revision_with_another_content_is_a_conflict(engine: Engine) -> None:
    met = encounter(gender="femme")
    push(engine, met)
    [receipt] = push(engine, encounter(met["id"], gender="homme"))
    assert receipt.status == "conflict"
    assert receipt.server is not None
    assert receipt.server.fields["gender"] == "femme"
    assert pull(engine).records[-1].fields["gender"] == "femme"


def test_an_edit_replaces_the_columns_and_keeps_the_history(engine: Engine) -> None:
    met = encounter(
        needs=[{"theme": "remobilisation--lien-social"}, {"theme": "sante--acces-aux-soins"}],
        referrals=[{"id": new_id(), "service": "mobijob"}],
    )
    push(engine, met)
    assert statuses(engine, encounter(met["id"], 2, 1, needs=[{"theme": "sante--acces-aux-soins"}])) == [
        "accepted"
    ]
    assert (count(engine, Encounter), count(engine, Need), count(engine, Referral)) == (1, 1, 0)
    assert count(engine, PAST) == 1


def test_an_old_revision_that_arrives_late_is_a_duplicate(engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, gender="femme"))
    assert statuses(engine, met) == ["duplicate"]
    assert statuses(engine, encounter(met["id"], gender="homme")) == ["conflict"]


def test_two_tablets_edit_the_same_record_and_neither_is_overwritten(engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    assert statuses(engine, encounter(met["id"], 2, 1, gender="femme"), sender=COLLEAGUE) == ["accepted"]
    [receipt] = push(engine, encounter(met["id"], 2, 1, gender="homme"))
    assert receipt.status == "conflict"
    assert receipt.server is not None
    assert (receipt.server.revision, receipt.server.fields["gender"]) == (2, "femme")


def test_a_tablet_that_missed_its_receipt_may_go_on_editing(engine: Engine) -> None:
    met = encounter()
    push(engine, met)  # the answer is lost: the tablet does not know, and edits twice more
    assert statuses(engine, encounter(met["id"], 3, None, gender="femme")) == ["accepted"]
    assert pull(engine).records[-1].fields["gender"] == "femme"


def test_but_not_over_what_a_colleague_wrote_meanwhile(engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, gender="femme"), sender=COLLEAGUE)
    assert statuses(engine, encounter(met["id"], 3, 1, gender="homme")) == ["conflict"]


def test_two_contents_for_one_id_in_one_batch(engine: Engine) -> None:
    met = encounter()
    [first, second] = push(engine, met, encounter(met["id"], gender="homme"))
    assert (first.status, second.status, second.server) == ("accepted", "conflict", None)
    assert count(engine, Encounter) == 1


def test_two_revisions_in_one_batch_leave_the_last(engine: Engine) -> None:
    met = encounter()
    assert statuses(engine, met, encounter(met["id"], 2, 1, gender="femme")) == ["accepted", "accepted"]
    assert count(engine, Encounter) == 1
    assert [r.revision for r in people(pull(engine))] == [2]
    assert statuses(engine, met) == ["duplicate"]


def test_a_deletion_is_a_tombstone_that_uncounts(engine: Engine) -> None:
    met = encounter(needs=[{"theme": "sante--acces-aux-soins"}])
    push(engine, met)
    gone = {"id": met["id"], "kind": "encounter", "revision": 2, "base_revision": 1, "deleted": True}
    assert statuses(engine, gone) == ["accepted"]
    assert (count(engine, Encounter), count(engine, Need)) == (0, 0)
    [tombstone] = people(pull(engine))
    assert tombstone.deleted
    assert statuses(engine, gone) == ["duplicate"]


def test_a_record_deleted_before_it_was_ever_sent_makes_a_tombstone_alone(engine: Engine) -> None:
    gone = {"id": new_id(), "kind": "encounter", "revision": 2, "deleted": True}
    assert statuses(engine, gone) == ["accepted"]
    assert count(engine, Encounter) == 0


def test_a_follow_up_before_its_encounter_is_refused(engine: Engine) -> None:
    referral = new_id()
    push(engine, encounter(referrals=[{"id": referral, "service": "mobijob"}]))
    [receipt] = push(engine, follow_up(referral, "2026-03-01", "honoree"))
    assert receipt.status == "refused"
    assert "avant la rencontre du 09/03/2026" in receipt.reasons[0].message


def test_even_when_both_come_in_one_batch_in_either_order(engine: Engine) -> None:
    for backwards in (False, True):
        referral = new_id()
        batch = [
            encounter(referrals=[{"id": referral, "service": "mobijob"}]),
            follow_up(referral, "2026-03-01", "honoree"),
            follow_up(referral, "2026-03-09", "honoree"),
        ]
        found = statuses(engine, *(reversed(batch) if backwards else batch))
        expected = ["accepted", "refused", "accepted"]
        assert found == (expected[::-1] if backwards else expected)


def test_a_follow_up_may_arrive_before_the_encounter_it_is_about(engine: Engine) -> None:
    assert statuses(engine, follow_up(new_id(), "2026-03-10", "honoree")) == ["accepted"]


def test_one_part_id_in_two_encounters_does_not_fail_the_batch(engine: Engine) -> None:
    referral = {"id": new_id(), "service": "mobijob"}
    assert statuses(engine, encounter(referrals=[referral]), encounter(referrals=[referral])) == ["accepted"] * 2


def test_a_crash_before_commit_writes_nothing_and_the_next_try_succeeds(engine: Engine) -> None:
    records = [encounter() for _ in range(3)]

    def cut() -> None:
        with database.writing(engine) as connection:
            connection.execute(RECORD.delete())
            raise TypeError("the power is cut")

    with pytest.raises(TypeError):
        cut()
    assert statuses(engine, *records) == ["accepted"] * 3
    assert len(pull(engine).records) > 3  # the directory is still there: the deletion was rolled back


def test_a_receipt_names_the_digest_both_sides_compute(engine: Engine) -> None:
    met = encounter(age_band="18-21")
    [receipt] = push(engine, met)
    assert receipt.digest == wire.Record.model_validate(met).digest


_profile = st.fixed_dictionaries(
    {},
    optional={
        "gender": st.sampled_from(["femme", "homme", "inconnu", "n’importe quoi"]),
        "age_band": st.sampled_from(["16-17", "18-21", "inconnu", ""]),
        "needs": st.lists(
            st.sampled_from(["sante--acces-aux-soins", "remobilisation--lien-social", "??"]).map(
                lambda t: {"theme": t}
            ),
            max_size=3,
        ),
        "rsa": st.one_of(st.sampled_from(["oui", "non"]), st.integers(), st.none()),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.tuples(st.integers(0, 4), _profile), max_size=6), max_size=4))
def test_any_order_of_repeats_and_edits_counts_each_accepted_id_once(
    engine: Engine, batches: list[list[tuple[int, dict[str, Any]]]]
) -> None:
    keys, held = [new_id() for _ in range(5)], {}
    before = count(engine, Encounter)
    for batch in batches:
        records = [encounter(keys[n], **profile) for n, profile in batch]
        for record, receipt in zip(records, push(engine, *records, sender=ME), strict=True):
            if receipt.status == "accepted":
                assert record["id"] not in held
                held[record["id"]] = record["fields"]
            elif receipt.status == "duplicate":
                assert held[record["id"]] == record["fields"]
    assert count(engine, Encounter) - before == len(held)
