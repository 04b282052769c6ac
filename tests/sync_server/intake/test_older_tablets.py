"""A tablet that was not updated, against the server of today: it loses nothing, and is told what it must know."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared import wire
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.intake import store
from sync_server.storage import database
from tests.frozen import protocol_1
from tests.sync_server.world import NOW, USUAL, encounter, new_id, people, pull, push, statuses

FIELDS = USUAL["encounter"]


@pytest.fixture
def tablet(client: TestClient, engine: Engine) -> protocol_1.Tablet:
    return another(client, engine)


def another(client: TestClient, engine: Engine) -> protocol_1.Tablet:
    devices.create_team(engine, TERRITORY, "giromagny", "Giromagny", "trait-dunion")
    found = protocol_1.Tablet(client)
    found.enrol(devices.create_code(engine, TERRITORY, "giromagny", int(NOW.timestamp()), 15))
    return found


def test_the_frozen_client_is_of_the_version_before() -> None:
    assert int(protocol_1.HEADERS["Protocol-Version"]) == wire.PROTOCOL - 1 == wire.OLDEST_PROTOCOL


def test_it_records_edits_deletes_and_reads_its_team(
    tablet: protocol_1.Tablet, client: TestClient, engine: Engine
) -> None:
    one, two, three = (new_id() for _ in range(3))
    for record_id in (one, two, three):
        tablet.save(record_id, FIELDS)
    tablet.sync()
    tablet.save(one, FIELDS | {"gender": "femme"})
    tablet.delete(two)
    tablet.sync()
    assert (tablet.queue, tablet.asked) == ({}, {})
    colleague = another(client, engine)
    colleague.sync()
    seen = {i: r["fields"].get("gender") for i, r in colleague.received.items() if r["kind"] == "encounter"}
    assert seen == {one: "femme", three: None}
    tablet.delete(three)
    tablet.sync()
    colleague.sync()
    assert three not in colleague.received


def test_it_goes_on_beside_tablets_that_tell_more_than_it_knows(tablet: protocol_1.Tablet, engine: Engine) -> None:
    """A field that came later is left out by the one, and kept by it as it came."""
    mine, theirs = new_id(), encounter(no_need=True, housing="a-la-rue")
    push(engine, theirs)
    tablet.save(mine, FIELDS)
    tablet.sync()
    assert tablet.received[theirs["id"]]["fields"] == theirs["fields"]
    with database.reading(engine) as connection:
        held = connection.exec_driver_sql("SELECT id, no_need, housing FROM encounter").all()
    told = {row.id: (bool(row.no_need), row.housing) for row in held}
    assert told == {mine: (False, "inconnu"), theirs["id"]: (True, "a-la-rue")}


def test_what_is_refused_or_changed_by_others_comes_back_with_its_reason(
    tablet: protocol_1.Tablet, engine: Engine
) -> None:
    good, bad, both = (new_id() for _ in range(3))
    tablet.save(both, FIELDS)
    tablet.sync()
    push(engine, encounter(both, 2, 1, gender="homme"))
    tablet.save(good, FIELDS)
    tablet.save(bad, FIELDS | {"place_type": "sur-la-lune"})
    tablet.save(both, FIELDS | {"gender": "femme"})
    tablet.sync()
    assert good in tablet.sent
    assert tablet.asked[bad]["reasons"][0]["message"].startswith("Lieu")
    assert tablet.asked[both]["server"]["fields"]["gender"] == "homme"


def test_after_a_restore_it_starts_again_and_its_next_edit_is_taken(
    tablet: protocol_1.Tablet, engine: Engine
) -> None:
    met = new_id()
    tablet.save(met, FIELDS)
    tablet.sync()
    with database.writing(engine) as connection:
        store.begin_epoch(connection)
    tablet.sync()
    tablet.save(met, FIELDS | {"gender": "femme"})
    tablet.sync()
    assert tablet.asked == {}
    assert [r.fields["gender"] for r in people(pull(engine))] == ["femme"]


@pytest.mark.parametrize("version", ["0", "", "-1", "x", "1.5", "²"])
def test_one_that_is_too_old_is_told_so_and_told_to_keep_its_records(client: TestClient, version: str) -> None:
    answer = client.post("/sync/push", json={"records": []}, headers=[(b"Protocol-Version", version.encode())])
    assert answer.status_code == 426
    failure = wire.Failure.model_validate_json(answer.content)
    assert failure.code == "protocol_too_old"
    assert "saisies" in f"{failure.message} {failure.hint}".lower()


def test_one_from_the_future_is_answered_as_today(tablet: protocol_1.Tablet, engine: Engine) -> None:
    tablet.headers["Protocol-Version"] = str(wire.PROTOCOL + 1)
    tablet.save(new_id(), FIELDS)
    tablet.sync()
    assert len(tablet.sent) == 1
    assert statuses(engine, *tablet.sent.values()) == ["duplicate"]
