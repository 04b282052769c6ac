"""What changes a figure marks the month and the commune it was counted in, in the same transaction."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.intake import stale_tallies
from sync_server.storage import database
from tests.sync_server.world import ME, encounter, follow_up, new_id, of_kind, push, statuses

HERE, THERE = ("2026-03", "90052"), ("2026-02", "90033")


def stale(engine: Engine) -> set[tuple[str, str]]:
    """What is marked, and the marks are taken away."""
    with database.writing(engine) as connection:
        found = connection.exec_driver_sql("SELECT month, commune FROM stale_tally").all()
        connection.exec_driver_sql("DELETE FROM stale_tally")
    return {(row[0], row[1]) for row in found}


def met(engine: Engine) -> dict[str, Any]:
    found = encounter(referrals=[{"id": new_id(), "service": "mobijob"}])
    push(engine, found)
    assert stale(engine) == {HERE}
    return found


def test_an_encounter_that_moves_is_counted_anew_at_both_places(engine: Engine) -> None:
    found = met(engine)
    push(engine, encounter(found["id"], 2, day="2026-02-03", commune="90033"))
    assert stale(engine) == {HERE, THERE}


def test_a_deleted_encounter_is_counted_no_more_where_it_was(engine: Engine) -> None:
    found = met(engine)
    gone = {"id": found["id"], "kind": "encounter", "revision": 2, "deleted": True, "fields": {}}
    assert statuses(engine, gone) == ["accepted"]
    assert stale(engine) == {HERE}


def test_a_follow_up_marks_where_its_referral_was_made(engine: Engine) -> None:
    found = met(engine)
    news = follow_up(found["fields"]["referrals"][0]["id"], "2026-03-10", "honoree")
    push(engine, news)
    assert stale(engine) == {HERE}
    gone = {"id": news["id"], "kind": "follow_up", "revision": 2, "deleted": True, "fields": {}}
    assert statuses(engine, gone) == ["accepted"]
    assert stale(engine) == {HERE}


def test_a_follow_up_that_comes_before_its_encounter_is_counted_when_that_arrives(engine: Engine) -> None:
    late = encounter(referrals=[{"id": new_id(), "service": "mobijob"}])
    push(engine, follow_up(late["fields"]["referrals"][0]["id"], "2026-03-10", "honoree"))
    assert stale(engine) == set()
    push(engine, late)
    assert stale(engine) == {HERE}


def test_a_repeat_and_a_service_report_mark_nothing(engine: Engine) -> None:
    found = met(engine)
    assert statuses(engine, found) == ["duplicate"]
    push(engine, of_kind("service_report"))
    assert stale(engine) == set()


@pytest.mark.parametrize("kind", ["presence", "group_session", "partner_contact"])
def test_what_is_no_encounter_marks_where_it_was_and_where_it_goes(engine: Engine, kind: str) -> None:
    found = of_kind(kind, day="2026-03-02", commune="90052")
    push(engine, found)
    assert stale(engine) == {HERE}
    moved = found | {"revision": 2, "fields": found["fields"] | {"day": "2026-02-03", "commune": "90033"}}
    push(engine, moved)
    assert stale(engine) == {HERE, THERE}
    gone = {"id": found["id"], "kind": kind, "revision": 3, "deleted": True, "fields": {}}
    assert statuses(engine, gone) == ["accepted"]
    assert stale(engine) == {THERE}
    with database.writing(engine) as connection:
        stale_tallies.mark_all_stale(connection, TERRITORY)
    assert stale(engine) == set()


def test_a_service_that_joins_a_network_marks_wherever_somebody_was_sent_there(engine: Engine) -> None:
    met(engine)
    push(engine, encounter(day="2026-02-03", commune="90033"), sender=ME)
    stale(engine)
    with database.writing(engine) as connection:
        database.lock_territory(connection, TERRITORY)
        stale_tallies.mark_services_stale(connection, TERRITORY, ["mobijob"])
    assert stale(engine) == {HERE}
    with database.writing(engine) as connection:
        stale_tallies.mark_all_stale(connection, TERRITORY)
    assert stale(engine) == {HERE, THERE}
