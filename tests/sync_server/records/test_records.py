"""The list of records, one record with its history, and what the coordinator says of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.coupons import hashed, new_code
from shared.territory import TERRITORY
from sync_server.access import devices, slips
from sync_server.records import detail, record_list, reviews
from sync_server.records.detail import RecordDetail
from sync_server.records.record_list import Listed, RecordFilters, RecordPage
from sync_server.records.reviews import Word
from sync_server.storage import audit_log, database
from sync_server.storage.audit_log import Actor
from tests.sync_server.world import COLLEAGUE, ME, OTHER_TEAM, TODAY, encounter, follow_up, new_id, of_kind, push


def listed(engine: Engine, filters: RecordFilters | None = None, **more: Any) -> RecordPage:
    with database.reading(engine) as connection:
        return record_list.listing(connection, TERRITORY, filters or RecordFilters(), **more)


def ids_of(rows: list[Listed]) -> list[str]:
    return [row.id for row in rows]


def held(engine: Engine, record_id: str) -> RecordDetail:
    with database.reading(engine) as connection:
        found = detail.read_detail(connection, TERRITORY, record_id)
    assert found
    return found


def give(engine: Engine, state: str, *seen: tuple[str, int], note: str = "") -> list[str]:
    with database.writing(engine) as connection:
        return reviews.give(connection, Actor(TERRITORY, "coordination", TODAY), Word(state, note), seen)


def test_the_latest_received_come_first_and_the_directory_is_not_among_them(engine: Engine) -> None:
    first, second = encounter(day="2026-03-09"), encounter(day="2026-01-05")
    push(engine, first)
    push(engine, second)
    page = listed(engine)
    assert ids_of(page.rows) == [second["id"], first["id"]]
    assert (page.count, page.after) == (2, None)
    assert page.rows[1].label == "Rencontre du 09/03/2026"


def test_a_line_says_what_it_is_in_a_few_french_words(engine: Engine) -> None:
    devices.create_team(engine, TERRITORY, "giromagny", "Équipe de Giromagny", "trait-dunion")
    met = encounter(
        age_band="18-21", gender="femme", referrals=[{"id": new_id(), "service": "mobijob"}],
        needs=[{"theme": "famille--garde-denfants"}],
    )  # fmt: skip
    others = [of_kind(kind) for kind in ("presence", "group_session", "partner_contact", "service_report")]
    told = follow_up(met["fields"]["referrals"][0]["id"], "2026-03-10", "honoree")
    push(engine, met, *others, told)
    rows = {row.kind: row for row in listed(engine).rows}
    assert rows["encounter"].summary == "18-21 ans, Femme, 1 besoin, 1 orientation"
    assert (rows["encounter"].team, rows["encounter"].commune) == ("Équipe de Giromagny", "Giromagny")
    assert rows["presence"].summary == "60 min, 2 agents"
    assert rows["group_session"].summary == "12 participants"
    assert rows["partner_contact"].summary == "Collège Val de Rosemont"
    assert rows["service_report"].summary.startswith("Mobijob (MIFE 90) : ")
    assert rows["follow_up"].summary == "Honorée"
    assert all(row.action for kind, row in rows.items() if kind not in ("follow_up", "service_report"))


def test_pages_follow_one_another_and_none_is_seen_twice_though_more_arrive(engine: Engine) -> None:
    known = [encounter() for _ in range(7)]
    push(engine, *known)
    first = listed(engine, size=3)
    push(engine, encounter())  # while the coordinator reads
    second = listed(engine, after=first.after, size=3)
    third = listed(engine, after=second.after, size=3)
    seen = [*ids_of(first.rows), *ids_of(second.rows), *ids_of(third.rows)]
    assert seen == [record["id"] for record in reversed(known)]
    assert third.after is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (RecordFilters(team="delle"), {"far"}),
        (RecordFilters(kind="presence"), {"presence"}),
        (RecordFilters(action="jeunes"), {"young", "told"}),
        (RecordFilters(commune="90033"), {"far"}),
        (RecordFilters(action="jeunes", commune="90052"), {"young", "told"}),
        (RecordFilters(first=date(2026, 3, 10)), {"told"}),
        (RecordFilters(last=date(2026, 2, 1)), {"far"}),
        (RecordFilters(state="supprimee"), {"gone"}),
        (RecordFilters(state="validee"), {"presence"}),
        (RecordFilters(state="recue"), {"young", "far", "told"}),
        (RecordFilters(kind="nothing-of-the-kind"), set()),
    ],
)
def test_the_list_is_narrowed(engine: Engine, filters: RecordFilters, expected: set[str]) -> None:
    sent = {
        "young": encounter(action="jeunes", obstacles=[{"id": new_id(), "kind": "mobilite"}]),
        "presence": of_kind("presence"),
        "gone": encounter(),
    }
    sent["told"] = follow_up(
        sent["young"]["fields"]["obstacles"][0]["id"], "2026-03-10", "leve", subject_kind="obstacle"
    )
    far = encounter(commune="90033", day="2026-01-15")
    push(engine, *sent.values())
    push(engine, far, sender=OTHER_TEAM)
    gone = {"id": sent["gone"]["id"], "kind": "encounter", "revision": 2, "base_revision": 1, "deleted": True}
    push(engine, gone)
    give(engine, "validee", (sent["presence"]["id"], 1))
    names = {record["id"]: name for name, record in (sent | {"far": far}).items()}
    found = listed(engine, filters)
    assert {names[row.id] for row in found.rows} == expected
    assert found.count == len(expected)


def test_the_records_behind_a_figure_are_listed_however_many(engine: Engine) -> None:
    wanted = [encounter() for _ in range(3)]
    push(engine, *wanted, encounter())
    only = [record["id"] for record in wanted] + [new_id() for _ in range(1_200)]
    first = listed(engine, only=only, size=2)
    assert (first.count, len(first.rows)) == (3, 2)
    rest = listed(engine, only=only, after=first.after, size=2)
    assert ids_of(first.rows + rest.rows) == [record["id"] for record in reversed(wanted)]
    assert listed(engine, only=[]).rows == []


def test_a_word_is_of_a_revision_and_a_tablet_s_edit_takes_it_back(engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    assert held(engine, met["id"]).state == "recue"
    assert give(engine, "validee", (met["id"], 1)) == [met["id"]]
    assert held(engine, met["id"]).state == "validee"
    push(engine, encounter(met["id"], 2, 1, gender="femme"))
    assert held(engine, met["id"]).state == "recue"
    assert give(engine, "validee", (met["id"], 1)) == []  # read before the edit
    assert held(engine, met["id"]).state == "recue"


def test_to_look_at_again_with_a_note_then_taken_back(engine: Engine) -> None:
    met = encounter()
    push(engine, met)
    give(engine, "a-revoir", (met["id"], 1), note="Commune douteuse")
    found = held(engine, met["id"])
    assert (found.state, found.note) == ("a-revoir", "Commune douteuse")
    give(engine, "recue", (met["id"], 1))
    assert (held(engine, met["id"]).state, held(engine, met["id"]).note) == ("recue", "")


def test_many_at_once_leave_one_entry_in_the_audit_log_without_any_content(engine: Engine) -> None:
    met = [encounter(gender="femme") for _ in range(3)]
    push(engine, *met)
    given = give(engine, "validee", *((record["id"], 1) for record in met), (new_id(), 1))
    assert given == [record["id"] for record in met]
    with database.reading(engine) as connection:
        [entry] = audit_log.entries(connection, TERRITORY)
        assert audit_log.broken_at(connection, TERRITORY) is None
    assert (entry.login, entry.act, entry.subject) == ("coordination", "Saisie validée", "3 saisies")
    assert "femme" not in entry.after
    assert all(record["id"][-8:] in entry.after for record in met)


def test_a_word_given_to_nothing_leaves_no_entry(engine: Engine) -> None:
    assert give(engine, "validee", (new_id(), 1)) == []
    with database.reading(engine) as connection:
        assert audit_log.entries(connection, TERRITORY) == []


@pytest.mark.parametrize("note", ["rappeler au 06 12 34 56 78", "x@exemple.fr", "a" * 2_001])
def test_a_note_about_a_person_is_refused(note: str) -> None:
    assert reviews.faulty(note)
    assert reviews.faulty("La commune semble fausse") == ""


def test_the_history_says_what_changed_by_which_side_on_which_day_and_never_who(engine: Engine) -> None:
    met = encounter(gender="femme", needs=[{"theme": "famille--garde-denfants"}])
    push(engine, met)
    push(engine, encounter(met["id"], 2, 1, gender="homme"), sender=COLLEAGUE)
    with database.reading(engine) as connection:
        record = detail.read_detail(connection, TERRITORY, met["id"])
        assert record
        called = record_list.names(connection, TERRITORY)
        latest, first = detail.history(connection, TERRITORY, record, called)
    changes = {change.label: (change.theirs, change.mine) for change in latest.changes}
    assert changes.keys() == {"Genre", "Besoins"}
    assert changes["Genre"] == ("Femme", "Homme")
    assert changes["Besoins"][1] == "—"
    assert (latest.by, latest.day, latest.can_return) == ("tablette", TODAY, False)
    assert (first.by, first.changes, first.can_return) == ("tablette", [], True)
    for sender in (ME, COLLEAGUE):
        assert str(sender.device_id) not in repr((latest, first))


def test_what_followed_stands_beside_the_encounter_and_leads_back_to_it(engine: Engine) -> None:
    referral, right = new_id(), new_id()
    met = encounter(referrals=[{"id": referral, "service": "mobijob"}], rights=[{"id": right, "right": "rsa"}])
    told = [
        follow_up(referral, "2026-03-10", "non-presentee", reason="non-mobile"),
        follow_up(right, "2026-03-09", "ouvert", subject_kind="right"),
    ]
    push(engine, met, *told)
    with database.reading(engine) as connection:
        called = record_list.names(connection, TERRITORY)
        record = detail.read_detail(connection, TERRITORY, met["id"])
        assert record
        after = detail.follow_ups(connection, TERRITORY, record, called)
        follow = detail.read_detail(connection, TERRITORY, told[0]["id"])
        assert follow
        assert detail.subject(connection, TERRITORY, follow) == (met["id"], date(2026, 3, 9))
        assert dict(detail.list_fields(follow, called))["Suite"] == "Non présentée"
        assert detail.subject(connection, TERRITORY, record) is None
    assert [(one.outcome, one.reason) for one in after] == [("Ouvert", ""), ("Non présentée", "Non mobile")]
    assert after[1].subject.startswith("Mobijob")


def test_a_follow_up_that_came_before_its_encounter_leads_nowhere_yet(engine: Engine) -> None:
    told = follow_up(new_id(), "2026-03-09", "honoree")
    push(engine, told)
    with database.reading(engine) as connection:
        found = detail.read_detail(connection, TERRITORY, told["id"])
        assert found
        assert detail.subject(connection, TERRITORY, found) is None


def test_an_answer_to_a_slip_is_said_to_come_from_the_service(engine: Engine) -> None:
    code = new_code()
    referral = {"id": new_id(), "service": "mobijob", "coupon": hashed(code)}
    push(engine, encounter(referrals=[referral]))
    slips.report(engine, TERRITORY, hashed(code), slips.CAME, TODAY)
    [row] = listed(engine, RecordFilters(kind="follow_up")).rows
    with database.reading(engine) as connection:
        record = detail.read_detail(connection, TERRITORY, row.id)
        assert record
        [only] = detail.history(connection, TERRITORY, record, record_list.names(connection, TERRITORY))
    assert only.by == "service, par coupon"


def test_a_service_is_no_record_of_this_page(engine: Engine) -> None:
    with database.reading(engine) as connection:
        assert detail.read_detail(connection, TERRITORY, "mobijob") is None
        assert detail.read_detail(connection, TERRITORY, new_id()) is None
