"""An id is no secret and gives no right: what a tablet of another team, a revoked one, or one that names nothing
it saw can do with the records of others. Over the wire, as an attacker would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update

from shared import wire
from shared.models.tables import Encounter, FollowUp
from shared.territory import TERRITORY
from sync_server.access import devices, sessions, slips
from sync_server.intake import quarantine
from sync_server.intake.quarantine import ABOUT_OTHERS, CHANGED_BY_OTHERS, DELETED_BY_OTHERS
from sync_server.intake.store import RECORD
from sync_server.records import corrections
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Actor
from sync_server.storage.tables import Device, table
from tests.sync_server.world import (
    COLLEAGUE,
    ELSEWHERE,
    PROTOCOL,
    TODAY,
    Json,
    Tablet,
    edit,
    encounter,
    follow_up,
    mark_of,
    new_id,
    push,
    tombstone,
)
from tests.sync_server.world import pull as read

DEVICE = table(Device)


def nameless(record: Json) -> Json:
    return {name: value for name, value in record.items() if name != "made_from"}


@pytest.fixture
def colleague(client: TestClient, engine: Engine) -> Tablet:
    return Tablet(client, engine).enrol("giromagny")


def row(engine: Engine, record_id: str) -> Any:
    with database.reading(engine) as connection:
        return connection.execute(select(RECORD).where(RECORD.c.id == record_id)).one()


def counted(engine: Engine, of: Any = Encounter) -> int:
    with database.reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table(of))) or 0


def to_review(engine: Engine) -> list[quarantine.Waiting]:
    with database.reading(engine) as connection:
        return quarantine.waiting(connection, TERRITORY)


@contextmanager
def untouched(engine: Engine, *records: Json) -> Iterator[None]:
    """What the log, its history and the columns say of these is the same afterwards."""

    ids, met = [record["id"] for record in records], table(Encounter)

    def state() -> list[Any]:
        with database.reading(engine) as connection:
            columns = connection.execute(select(met).where(met.c.id.in_(ids)).order_by(met.c.id)).all()
        return [tuple(row(engine, record_id)) for record_id in ids] + [tuple(c) for c in columns]

    before = state()
    yield
    assert state() == before


# Another team.

ATTACKS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "overwrites": lambda record: edit(record, gender="homme"),
    "overwrites by the number alone": lambda record: nameless(edit(record, gender="homme")),
    "deletes": tombstone,
    "deletes by the number alone": lambda record: nameless(tombstone(record)),
    "says it is new": lambda record: encounter(record["id"], gender="homme"),
    "sends the very same": lambda record: record,
    "asks with an old number": lambda record: encounter(record["id"], 1, place_type="marche-ou-commerce"),
    "is far ahead": lambda record: encounter(record["id"], 900, 899, gender="homme"),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("protocol", ["1", "2"])
def test_another_team_that_knows_an_id_is_answered_as_if_nobody_had_it(
    attack: Any, protocol: str, giromagny: Tablet, stranger: Tablet, engine: Engine
) -> None:
    stranger.headers |= {wire.PROTOCOL_HEADER: protocol}
    known = encounter(gender="femme", age_band="18-21")
    giromagny.push(known)
    known = edit(known, rsa="oui")
    giromagny.push(known)
    sent, unknown = attack(known), attack(known | {"id": new_id()})
    with untouched(engine, known):
        [foreign], [new] = stranger.push(sent), stranger.push(unknown)
        assert foreign | {"id": ""} == new | {"id": ""}
        assert stranger.push_one(sent)["status"] == stranger.push_one(unknown)["status"] == "duplicate"
        there = stranger.pull()
        # It wrote both itself, so neither comes back, but as a deletion.
        assert (known["id"] in there) == (unknown["id"] in there) == bool(sent.get("deleted"))
        seen = Tablet(stranger.link, engine).enrol(ELSEWHERE).pull()
        assert seen[known["id"]] | {"id": ""} == seen[unknown["id"]] | {"id": ""}
        assert stranger.held()["count"] == 2
        assert (stranger.claims(sent), stranger.claims(unknown)) == (True, True)
        other = encounter(known["id"], sent["revision"] + 1, sent["revision"], age_band="22-25")
        answers = [stranger.push_one(o)["status"] for o in (other, other | {"id": unknown["id"]})]
        assert answers[0] == answers[1]
    assert row(engine, known["id"]).team == "giromagny"


def test_another_team_learns_from_no_reconciliation_that_an_id_exists(giromagny: Tablet, stranger: Tablet) -> None:
    known = encounter(gender="femme")
    giromagny.push(known)
    assert not stranger.claims(known)
    assert not stranger.claims(known | {"id": new_id()})
    assert giromagny.claims(known)
    held = stranger.held()
    assert (held["count"], held["digests"], held["marks"]) == (0, {}, {})


def test_what_it_sent_waits_for_the_coordination_beside_what_stands(
    giromagny: Tablet, stranger: Tablet, engine: Engine
) -> None:
    one, two = encounter(gender="femme"), encounter()
    giromagny.push(one, two)
    stranger.push(edit(one, gender="homme"), tombstone(two))
    giromagny.push(edit(one, rsa="oui"))  # the team's own work does not hide it
    found = {w.reasons[0]: w for w in to_review(engine)}
    assert found.keys() == {CHANGED_BY_OTHERS, DELETED_BY_OTHERS}
    shown = {d.label: (d.theirs, d.mine) for d in found[CHANGED_BY_OTHERS].differences}
    assert shown["Genre"] == ("Femme", "Homme")
    actor = Actor(TERRITORY, "marie", TODAY)
    fields = one["fields"] | {"gender": "homme", "rsa": "oui"}
    assert corrections.correct(engine, actor, one["id"], 2, fields).status == corrections.SAVED
    assert [w.reasons[0] for w in to_review(engine)] == [DELETED_BY_OTHERS]


def test_its_follow_up_neither_tells_nor_counts(giromagny: Tablet, stranger: Tablet, engine: Engine) -> None:
    referral = new_id()
    giromagny.push(encounter(referrals=[{"id": referral, "service": "mobijob"}]))
    early, late = (follow_up(referral, day, "honoree") for day in ("2026-03-01", "2026-03-10"))
    unknown = follow_up(new_id(), "2026-03-01", "honoree")
    assert [r["status"] for r in stranger.push(early, late, unknown)] == ["accepted"] * 3
    assert counted(engine, FollowUp) == 1
    assert [w.reasons for w in to_review(engine)] == [[ABOUT_OTHERS]] * 2
    colleague = Tablet(giromagny.link, engine).enrol("giromagny")
    assert colleague.push_one(follow_up(referral, "2026-03-01", "honoree"))["status"] == "refused"
    assert colleague.push_one(follow_up(referral, "2026-03-10", "honoree"))["status"] == "accepted"
    assert counted(engine, FollowUp) == 2


def test_a_service_answers_a_slip_of_any_team(giromagny: Tablet, stranger: Tablet, engine: Engine) -> None:
    from shared import coupons as codes

    code = codes.new_code()
    referral = {"id": new_id(), "service": "mobijob", "coupon": codes.hashed(code)}
    stranger.push(encounter(referrals=[referral]))
    slips.report(engine, TERRITORY, codes.hashed(code), slips.CAME, TODAY)
    assert counted(engine, FollowUp) == 1


def test_no_tablet_writes_what_every_team_pulls(giromagny: Tablet, engine: Engine) -> None:
    list_id = new_id()
    with database.writing(engine) as connection:
        service = connection.execute(select(RECORD).where(RECORD.c.team.is_(None)).limit(1)).one()._asdict()
        connection.execute(RECORD.insert().values(service | {"id": list_id, "seq": -1}))
    for sent in (encounter(list_id, 2, 1), encounter(list_id, 2, 1) | {"deleted": True, "fields": {}}):
        giromagny.push(sent)
        now = row(engine, list_id)
        assert (now.kind, now.team, now.deleted, now.body) == ("service", None, False, service["body"])


def test_an_id_keeps_its_kind(giromagny: Tablet, engine: Engine) -> None:
    met = encounter()
    giromagny.push(met)
    other = edit(met) | {"kind": "presence", "fields": {"minutes": 60, "agents": 2, **met["fields"]}}
    with untouched(engine, met):
        receipt = giromagny.push_one(other)
        assert (receipt["status"], receipt["reasons"][0]["code"]) == ("refused", "other_kind")
        assert receipt["server"] is None


# A tablet enrolled again.


def test_a_tablet_that_changed_teams_edits_its_older_records_where_they_are(
    giromagny: Tablet, colleague: Tablet, engine: Engine
) -> None:
    met, gone = encounter(gender="femme"), encounter()
    giromagny.push(met, gone)
    giromagny.enrol(ELSEWHERE)  # it shows its token of before
    edited = edit(met, gender="homme")
    assert [r["status"] for r in giromagny.push(edited, tombstone(gone))] == ["accepted"] * 2
    assert [r["status"] for r in giromagny.push(edited, tombstone(gone))] == ["duplicate"] * 2
    assert (row(engine, met["id"]).team, row(engine, gone["id"]).team) == ("giromagny", "giromagny")
    there = colleague.pull()
    assert there[met["id"]]["fields"]["gender"] == "homme"
    assert there[gone["id"]]["deleted"]
    assert giromagny.claims(edited)
    assert giromagny.pull() == {}
    assert to_review(engine) == []


def test_its_edit_of_what_the_first_team_changed_since_goes_to_the_coordination(
    giromagny: Tablet, colleague: Tablet, engine: Engine
) -> None:
    met = encounter(gender="femme")
    giromagny.push(met)
    giromagny.enrol(ELSEWHERE)
    theirs = edit(met, rsa="oui")
    colleague.push(theirs)
    with untouched(engine, met):
        receipt = giromagny.push_one(edit(met, gender="homme"))
    assert (receipt["status"], receipt["server"], receipt["base"]) == ("accepted", None, None)
    [waits] = to_review(engine)
    assert waits.reasons == [CHANGED_BY_OTHERS]
    assert "Genre" in {d.label for d in waits.differences}
    assert giromagny.claims(edit(met, gender="homme"))


def test_it_writes_nothing_that_its_former_colleagues_made(
    giromagny: Tablet, colleague: Tablet, engine: Engine
) -> None:
    theirs = encounter(gender="femme")
    colleague.push(theirs)
    giromagny.enrol(ELSEWHERE)
    with untouched(engine, theirs):
        giromagny.push(edit(theirs, gender="homme"), tombstone(theirs))


def test_a_token_that_is_revoked_or_made_up_proves_nothing(giromagny: Tablet, engine: Engine) -> None:
    met = encounter()
    giromagny.push(met)
    giromagny.revoke()
    giromagny.enrol(ELSEWHERE)
    made_up = Tablet(giromagny.link, engine, giromagny.headers | {"Authorization": "Bearer made-up"})
    made_up.enrol(ELSEWHERE)
    for tablet in (giromagny, made_up):
        with untouched(engine, met):
            assert tablet.push_one(edit(met, gender="homme"))["status"] in ("accepted", "duplicate")


def test_a_new_token_ends_the_older_ones_of_its_tablet_once_it_is_used(giromagny: Tablet, engine: Engine) -> None:
    met = encounter()
    giromagny.push(met)
    before = Tablet(giromagny.link, engine, giromagny.headers)
    lost = giromagny.enrol(ELSEWHERE).headers  # this answer never arrived
    assert before.pull_status() == 200
    giromagny.headers = before.headers
    giromagny.enrol(ELSEWHERE)
    assert before.pull_status() == 200  # nobody has used the new one yet
    assert giromagny.pull_status() == 200
    assert before.pull_status() == 403
    assert Tablet(giromagny.link, engine, lost).pull_status() == 403
    [receipt] = before.push(encounter())  # what it never sent still enters
    assert receipt["status"] == "accepted"
    assert giromagny.push_one(edit(met, gender="femme"))["status"] == "accepted"
    assert row(engine, met["id"]).team == "giromagny"
    last = giromagny.enrol("giromagny")  # a third time: the edits of the first still reach its team
    assert last.push_one(edit(edit(met, gender="femme"), rsa="oui"))["status"] == "accepted"


def test_a_copy_of_a_tablet_s_older_file_cuts_nobody_off(giromagny: Tablet, engine: Engine) -> None:
    met = encounter()
    giromagny.push(met)
    copy = Tablet(giromagny.link, engine, giromagny.headers)
    assert giromagny.enrol(ELSEWHERE).pull_status() == 200
    copy.enrol("giromagny")  # it shows the token that was replaced
    assert copy.pull_status() == 200
    assert giromagny.pull_status() == 200
    assert copy.push_one(edit(met, gender="femme"))["status"] == "accepted"


def test_who_shows_no_token_ends_none(giromagny: Tablet, engine: Engine) -> None:
    Tablet(giromagny.link, engine).enrol("giromagny").pull()
    Tablet(giromagny.link, engine, PROTOCOL | {"Authorization": "Bearer made-up"}).enrol("giromagny").pull()
    assert giromagny.pull_status() == 200


@pytest.mark.parametrize("which", [0, 1, 2])
def test_revoking_any_enrolment_of_a_tablet_revokes_all_its_tokens(
    giromagny: Tablet, stranger: Tablet, engine: Engine, which: int
) -> None:
    tablets = [Tablet(giromagny.link, engine, giromagny.headers)]
    for team in (ELSEWHERE, "giromagny"):
        tablets.append(Tablet(giromagny.link, engine, giromagny.enrol(team).headers))
    with database.reading(engine) as connection:
        token = sessions.hash_secret(tablets[which].headers["Authorization"].split()[1])
        device_id = str(connection.scalar(select(DEVICE.c.id).where(DEVICE.c.token_hash == token)))
    devices.revoke(engine, Actor(TERRITORY, "administration", TODAY), device_id)
    assert [one.pull_status() for one in tablets] == [403, 403, 403]
    assert stranger.pull_status() == 200
    with database.reading(engine) as connection:
        said = [entry.subject for entry in audit_log.entries(connection, TERRITORY) if "révoqué" in entry.act]
    assert len(said) == 3


def test_its_follow_up_of_what_it_met_before_goes_to_the_first_team(
    giromagny: Tablet, colleague: Tablet, engine: Engine
) -> None:
    referral = new_id()
    giromagny.push(encounter(referrals=[{"id": referral, "service": "mobijob"}]))
    giromagny.enrol(ELSEWHERE)
    followed = follow_up(referral, "2026-03-10", "honoree")
    giromagny.push(followed)
    assert followed["id"] in colleague.pull()
    assert counted(engine, FollowUp) == 1


# A revoked tablet.


def test_a_revoked_tablet_changes_nothing_of_its_colleagues_and_reads_nothing(
    giromagny: Tablet, colleague: Tablet, engine: Engine
) -> None:
    theirs = [encounter(gender="femme") for _ in range(5)]
    colleague.push(*theirs)
    giromagny.revoke()
    since = [edit(record, rsa="oui", age_band="22-25") for record in theirs]
    colleague.push(*since)
    with untouched(engine, *theirs):
        for attack in ATTACKS.values():
            for record in (*theirs, *since):
                answer = giromagny.push_one(attack(record))
                assert (answer["status"], answer["server"], answer["base"]) == ("refused", None, None)
                assert [r["code"] for r in answer["reasons"]] == [wire.REVOKED]
    for refused in (
        giromagny.link.get("/sync/pull", headers=giromagny.headers),
        giromagny.link.get("/sync/reconcile", headers=giromagny.headers),
        giromagny.link.post("/sync/reconcile", json={"held": {}}, headers=giromagny.headers),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "revoked_device")


def test_a_revoked_tablet_hands_in_what_it_never_sent(giromagny: Tablet, colleague: Tablet) -> None:
    sent, new = encounter(), encounter()
    giromagny.push(sent)
    giromagny.revoke()
    edited = edit(sent, gender="femme")
    assert [r["status"] for r in giromagny.push(new, edited, sent)] == ["accepted", "accepted", "duplicate"]
    assert giromagny.push_one(edited)["status"] == "duplicate"  # the answer was lost
    there = colleague.pull()
    assert there[new["id"]]["revision"] == 1
    assert there[sent["id"]]["fields"]["gender"] == "femme"


def test_its_edit_of_what_others_changed_since_is_seen_by_the_coordination(
    giromagny: Tablet, colleague: Tablet, engine: Engine
) -> None:
    mine = encounter(gender="femme")
    giromagny.push(mine)
    giromagny.revoke()
    colleague.push(edit(mine, rsa="oui"))
    with untouched(engine, mine):
        answer = giromagny.push_one(edit(mine, gender="homme"))
    assert (answer["status"], answer["server"]) == ("refused", None)
    [waits] = to_review(engine)
    assert {d.label: d.mine for d in waits.differences}["Genre"] == "Homme"


def test_a_revoked_tablet_does_not_learn_the_day_of_what_it_follows_up(
    giromagny: Tablet, colleague: Tablet
) -> None:
    referral = new_id()
    colleague.push(encounter(referrals=[{"id": referral, "service": "mobijob"}]))
    giromagny.revoke()
    answer = giromagny.push_one(follow_up(referral, "2026-03-01", "honoree"))
    assert "09/03" not in str(answer)
    assert answer["status"] == "accepted"


# Who names nothing it saw.


def test_who_names_no_version_it_saw_overwrites_nothing(
    giromagny: Tablet, colleague: Tablet, engine: Engine
) -> None:
    met = encounter(gender="femme")
    giromagny.push(met)
    for tablet in (giromagny, colleague):  # not even its own
        with untouched(engine, met):
            for sent in (edit(met, gender="homme"), tombstone(met)):
                answer = tablet.push_one(nameless(sent))
                assert (answer["status"], answer["server"]["fields"]["gender"]) == ("conflict", "femme")
    assert colleague.push_one(edit(met, gender="homme"))["status"] == "accepted"


def test_a_tablet_of_protocol_1_has_no_such_names_and_is_believed_as_before(colleague: Tablet) -> None:
    met = encounter()
    colleague.push(met)
    colleague.headers |= {wire.PROTOCOL_HEADER: "1"}
    assert colleague.push_one(nameless(edit(met, gender="homme")))["status"] == "accepted"


# The numbers of revisions.


@pytest.mark.parametrize("far", [wire.MOST_STEPS + 2, 1_000_000, wire.MOST_REVISION, wire.LAST_REVISION])
def test_a_number_that_leaps_is_refused_and_the_record_goes_on(far: int, giromagny: Tablet) -> None:
    met = encounter()
    giromagny.push(met)
    for sent in (edit(met, by=far - 1), encounter(new_id(), far), encounter(new_id(), far, far - 1)):
        answer = giromagny.push_one(sent)
        assert (answer["status"], answer["reasons"][0]["code"]) == ("refused", "too_far")
    assert giromagny.push_one(edit(met, by=wire.MOST_STEPS))["status"] == "accepted"


@pytest.mark.parametrize("last", [1_000_000, wire.MOST_REVISION])
def test_a_record_that_stands_at_the_last_number_is_corrected_and_deleted(
    last: int, giromagny: Tablet, engine: Engine
) -> None:
    met = encounter()
    giromagny.push(met)
    with database.writing(engine) as connection:
        connection.execute(update(RECORD).where(RECORD.c.id == met["id"]).values(revision=last))
    actor = Actor(TERRITORY, "marie", TODAY)
    assert (
        corrections.correct(engine, actor, met["id"], last, met["fields"] | {"gender": "femme"}).status == "saved"
    )
    assert corrections.remove(engine, actor, met["id"], last + 1).status == "saved"
    assert row(engine, met["id"]).deleted


def test_the_console_corrects_it_too(coordinator: TestClient, engine: Engine, giromagny: Tablet) -> None:
    met = encounter()
    giromagny.push(met)
    with database.writing(engine) as connection:
        connection.execute(update(RECORD).where(RECORD.c.id == met["id"]).values(revision=1_000_001))
    page = coordinator.get(f"/console/saisies/{met['id']}")
    assert page.status_code == 200
    assert coordinator.get(f"/console/saisies/{met['id']}/corriger").status_code == 200


def test_a_tablet_goes_on_editing_what_the_coordination_corrected_at_a_million(
    giromagny: Tablet, engine: Engine
) -> None:
    met = encounter()
    giromagny.push(met)
    with database.writing(engine) as connection:
        connection.execute(update(RECORD).where(RECORD.c.id == met["id"]).values(revision=1_000_000))
    standing = met | {"revision": 1_000_000}
    assert giromagny.push_one(edit(standing, gender="femme"))["status"] == "accepted"


def test_what_a_lost_record_had_reached_comes_back(giromagny: Tablet) -> None:
    sent = encounter(new_id(), 4_000, 4_000)
    assert giromagny.push_one(sent)["status"] == "accepted"


# Whatever two teams and a revoked tablet send.

SENT = st.tuples(
    st.sampled_from(["stranger", "revoked"]), st.integers(0, 3), st.integers(1, 5),
    st.sampled_from([None, 1, 2, 3]), st.booleans(), st.booleans(), st.sampled_from(["femme", "homme"]),
)  # fmt: skip
SECRET_BAND = "22-25"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(SENT, min_size=1, max_size=5), min_size=1, max_size=4))
def test_whatever_another_team_and_a_revoked_tablet_send_nothing_of_a_team_changes_or_shows(
    engine: Engine, giromagny: Tablet, stranger: Tablet, batches: list[list[Any]]
) -> None:
    revoked = Tablet(giromagny.link, engine).enrol("giromagny")
    revoked.revoke()
    mine = [encounter(gender="femme", age_band=SECRET_BAND) for _ in range(4)]
    giromagny.push(*mine)
    giromagny.push(*(edit(record, rsa="oui") for record in mine[:2]))
    tablets = {"stranger": stranger, "revoked": revoked}
    with untouched(engine, *mine):
        for batch in batches:
            for who in tablets:
                records = []
                for by, which, revision, base, deleted, named, gender in batch:
                    if by == who:
                        known = mine[which]
                        sent = encounter(known["id"], revision, base, **({} if deleted else {"gender": gender}))
                        sent |= {"made_from": [mark_of(known)]} if named else {}
                        records.append(sent | ({"deleted": True, "fields": {}} if deleted else {}))
                for receipt in tablets[who].push(*records) if records else ():
                    assert SECRET_BAND not in str(receipt)
                    assert receipt["status"] != "conflict" or who == "stranger"
        assert SECRET_BAND not in str(stranger.pull())
    assert {record["id"] for record in mine} <= {r.id for r in read(engine, COLLEAGUE).records}


def test_the_console_writes_across_teams_and_the_record_stays_in_its_own(stranger: Tablet, engine: Engine) -> None:
    met = encounter()
    stranger.push(met)
    office = type(COLLEAGUE)(TERRITORY, "giromagny", None)
    assert push(engine, edit(met, gender="femme"), sender=office)[0].status == "accepted"
    assert row(engine, met["id"]).team == ELSEWHERE
