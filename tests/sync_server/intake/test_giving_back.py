"""What the server gives back to a tablet that lost it: its own, of its team, by pages, and nothing else's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, update

from shared import wire
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.access.devices import DEVICE
from sync_server.intake.store import RECORD
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from tests.sync_server.world import TODAY, encounter, enrolled

ALL = "0123456789abcdef"


def push(client: TestClient, who: dict[str, str], *records: dict[str, Any]) -> None:
    answer = client.post("/sync/push", json={"records": list(records)}, headers=who)
    assert {r["status"] for r in answer.json()["receipts"]} == {"accepted"}


def listed(client: TestClient, who: dict[str, str], parts: str = ALL, after: str = "") -> wire.Held:
    answer = client.get("/sync/reconcile", params={"parts": parts, "after": after}, headers=who)
    return wire.Held.model_validate(answer.json())


def wanted(client: TestClient, who: dict[str, str], *ids: str) -> dict[str, wire.Pulled]:
    answer = client.post("/sync/reconcile", json={"held": {}, "wanted": list(ids)}, headers=who)
    assert answer.status_code == 200
    return {record.id: record for record in wire.Lost.model_validate(answer.json()).records}


def test_a_device_gets_back_what_it_wrote_deleted_ones_too(client: TestClient, engine: Engine) -> None:
    who, there, gone = enrolled(client, engine), encounter(), encounter()
    push(client, who, there, gone)
    tombstone = {"id": gone["id"], "kind": "encounter", "revision": 2, "base_revision": 1, "deleted": True}
    tombstone["made_from"] = [wire.mark(1, wire.digest("encounter", False, gone["fields"]))]
    push(client, who, tombstone)
    marks = listed(client, who).marks
    assert marks.keys() == {there["id"], gone["id"]}
    assert listed(client, who).digests == wire.fingerprints(marks)
    back = wanted(client, who, *marks)
    assert back[there["id"]].fields == there["fields"]
    assert (back[gone["id"]].deleted, back[gone["id"]].fields) == (True, {})


def test_what_is_a_colleagues_is_not_given_back_for_the_asking(client: TestClient, engine: Engine) -> None:
    who, colleague, met = enrolled(client, engine), enrolled(client, engine), encounter()
    push(client, colleague, met)
    assert (listed(client, who).marks, wanted(client, who, met["id"])) == ({}, {})


def test_what_is_another_teams_by_now_is_neither_listed_nor_given_back(client: TestClient, engine: Engine) -> None:
    who, met = enrolled(client, engine), encounter()
    push(client, who, met)
    with database.writing(engine) as connection:
        connection.execute(update(RECORD).where(RECORD.c.id == met["id"]).values(team="another"))
    assert (listed(client, who).marks, listed(client, who).count, wanted(client, who, met["id"])) == ({}, 0, {})


def test_a_revoked_device_gets_nothing_back(client: TestClient, engine: Engine) -> None:
    who, met = enrolled(client, engine), encounter()
    push(client, who, met)
    with database.reading(engine) as connection:
        [device_id] = connection.scalars(DEVICE.select().with_only_columns(DEVICE.c.id))
    devices.revoke(engine, Actor(TERRITORY, "administration", TODAY), device_id)
    for answer in (
        client.get("/sync/reconcile", params={"parts": ALL}, headers=who),
        client.post("/sync/reconcile", json={"held": {}, "wanted": [met["id"]]}, headers=who),
    ):
        assert met["id"] not in answer.text
        assert not answer.json().get("marks")


def test_a_list_comes_a_page_at_a_time_and_ends(
    client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, met = enrolled(client, engine), [encounter() for _ in range(11)]
    push(client, who, *met)
    monkeypatch.setattr(wire, "MOST_RECORDS", 4)
    found: list[str] = []
    sizes = []
    after, more = "", True
    while more:
        page = listed(client, who, after=after)
        found += page.marks
        sizes.append(len(page.marks))
        after, more = found[-1], page.more
    assert found == sorted(record["id"] for record in met)
    assert sizes == [4, 4, 3]


def test_only_the_parts_that_were_asked_for_are_listed(client: TestClient, engine: Engine) -> None:
    who, met = enrolled(client, engine), [encounter() for _ in range(12)]
    push(client, who, *met)
    part = met[0]["id"][-1]
    assert listed(client, who, part).marks.keys() == {r["id"] for r in met if r["id"][-1] == part}
    assert listed(client, who, "").marks == {}


@pytest.mark.parametrize("asked", ["x\x00y", "\ud800", "é" * 40, "", "' OR 1=1 --"])
def test_an_id_that_is_none_is_answered_with_nothing(asked: str, client: TestClient, engine: Engine) -> None:
    who = enrolled(client, engine)
    push(client, who, encounter())

    body = json.dumps({"held": {}, "wanted": [asked]})
    answer = client.post("/sync/reconcile", content=body, headers=who | {"Content-Type": "application/json"})
    assert answer.status_code in (200, 422)
    assert not answer.json().get("records")
    listing = client.get("/sync/reconcile", params={"parts": "0", "after": "x\x00y"}, headers=who)
    assert listing.status_code == 200


@pytest.mark.parametrize("parts", ["g", "0" * 17, "0,1", "A"])
def test_parts_that_are_none_are_said_to_be_malformed(parts: str, client: TestClient, engine: Engine) -> None:
    answer = client.get("/sync/reconcile", params={"parts": parts}, headers=enrolled(client, engine))
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


def test_every_answer_says_whose_server_it_is(client: TestClient, engine: Engine) -> None:
    who = enrolled(client, engine)
    for answer in (
        client.get("/sync/territory", headers=who),
        client.post("/sync/push", json={"records": []}, headers=who),
        client.get("/sync/pull", headers=who),
        client.get("/sync/pull", params={"cursor": "foreign.9"}, headers=who),
        client.get("/sync/reconcile", headers=who),
        client.get("/sync/reconcile", params={"parts": ALL}, headers=who),
        client.post("/sync/reconcile", json={"held": {}}, headers=who),
    ):
        assert answer.json()["territory"] == TERRITORY


def test_a_client_of_another_territory_is_refused_whatever_it_asks(client: TestClient, engine: Engine) -> None:
    who = enrolled(client, engine) | {wire.TERRITORY_HEADER: "25"}
    met = encounter()
    for answer in (
        client.get("/sync/territory", headers=who),
        client.post("/devices/enrol", json={"code": "ABCD-EFGH-JK"}, headers=who),
        client.post("/sync/push", json={"records": [met]}, headers=who),
        client.get("/sync/pull", headers=who),
        client.get("/sync/reconcile", headers=who),
        client.post("/sync/reconcile", json={"held": {}}, headers=who),
        client.get("/sync/pull", headers=who | {"Authorization": "Bearer nobody"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "other_territory")
    assert client.get("/sync/reconcile", headers=who | {wire.TERRITORY_HEADER: TERRITORY}).json()["count"] == 0
