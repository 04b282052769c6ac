"""What a tablet meets on the network: enrolment, tokens, versions, bodies that are not what they should be."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select

from shared import wire
from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.storage import database
from sync_server.storage.audit_log import Actor
from sync_server.storage.tables import Device, EnrolmentCode, table
from tests.sync_server.world import NOW, PROTOCOL, TODAY, Clock, encounter, enrolled


def code_for(engine: Engine, team: str = "giromagny") -> str:
    devices.create_team(engine, TERRITORY, team, team.title(), "trait-dunion")
    return devices.create_code(engine, TERRITORY, team, int(NOW.timestamp()), 15)


def enrol(client: TestClient, code: str) -> tuple[int, str]:
    answer = client.post("/devices/enrol", json={"code": code}, headers=PROTOCOL)
    return answer.status_code, answer.json().get("code", "")


def test_the_server_says_it_is_well(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_tablet_enrols_pushes_and_a_colleague_pulls(client: TestClient, engine: Engine) -> None:
    one, two, met = enrolled(client, engine), enrolled(client, engine), encounter()
    answer = client.post("/sync/push", json={"records": [met, {"id": "?"}]}, headers=one)
    receipts = wire.Receipts.model_validate(answer.json()).receipts
    assert [r.status for r in receipts] == ["accepted", "refused"]
    page = wire.Page.model_validate(client.get("/sync/pull", headers=two).json())
    assert met["id"] in [r.id for r in page.records]
    again = client.get("/sync/pull", params={"cursor": page.cursor}, headers=two).json()
    assert again["records"] == []


def test_a_code_is_typed_as_people_type_it(client: TestClient, engine: Engine) -> None:
    code = code_for(engine)
    assert enrol(client, f" {code.lower().replace('-', ' ')} ")[0] == 200


def test_a_code_serves_once(client: TestClient, engine: Engine) -> None:
    code = code_for(engine)
    assert enrol(client, code)[0] == 200
    assert enrol(client, code) == (403, "bad_code")


def test_a_code_lives_a_quarter_of_an_hour(client: TestClient, engine: Engine, clock: Clock) -> None:
    code = code_for(engine)
    clock.wait(minutes=16)
    assert enrol(client, code) == (403, "bad_code")


def test_codes_cannot_be_guessed_for_long(client: TestClient, engine: Engine, clock: Clock) -> None:
    for _ in range(10):
        assert enrol(client, "AAAA-BBBB-CC") == (403, "bad_code")
    refused = client.post("/devices/enrol", json={"code": code_for(engine)}, headers=PROTOCOL)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    clock.wait(minutes=15)
    assert enrol(client, "AAAA-BBBB-CC") == (403, "bad_code")  # tried again, no longer turned away
    assert clock() > datetime(2026, 3, 10, tzinfo=UTC)


def test_codes_and_tokens_are_kept_hashed(client: TestClient, engine: Engine) -> None:
    code = code_for(engine)
    answer = client.post("/devices/enrol", json={"code": code}, headers=PROTOCOL).json()
    with database.reading(engine) as connection:
        kept = repr(connection.execute(select(table(Device))).all())
        kept += repr(connection.execute(select(table(EnrolmentCode))).all())
    assert answer["token"] not in kept
    assert code.replace("-", "") not in kept


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic d3Jvbmc="])
def test_an_unknown_tablet_is_told_so_and_what_to_do(client: TestClient, header: str) -> None:
    headers = PROTOCOL | ({"Authorization": header} if header else {})
    for answer in (client.get("/sync/pull", headers=headers), client.post("/sync/push", headers=headers, json={})):
        assert answer.status_code == 401
        failure = wire.Failure.model_validate(answer.json())
        assert failure.code == "unknown_device"
        assert "restent sur l’appareil" in failure.hint


@pytest.mark.parametrize("version", ["", "0", "-1", "x", "²"])
def test_a_client_too_old_is_told_so_and_keeps_its_data(client: TestClient, version: str) -> None:
    answer = client.get("/sync/pull", headers={wire.PROTOCOL_HEADER.encode(): version.encode()})
    assert (answer.status_code, answer.json()["code"]) == (426, "protocol_too_old")


def test_a_revoked_tablet_hands_in_what_it_holds_and_gets_nothing(client: TestClient, engine: Engine) -> None:
    headers = enrolled(client, engine)
    with database.reading(engine) as connection:
        device_id = connection.execute(select(table(Device).c.id)).scalar_one()
    devices.revoke(engine, Actor(TERRITORY, "administration", TODAY), device_id)
    pushed = client.post("/sync/push", json={"records": [encounter()]}, headers=headers)
    assert pushed.json()["receipts"][0]["status"] == "accepted"
    pulled = client.get("/sync/pull", headers=headers)
    assert (pulled.status_code, pulled.json()["code"]) == (403, "revoked_device")


def test_the_last_day_of_use_is_kept_and_no_time(client: TestClient, engine: Engine, clock: Clock) -> None:
    headers = enrolled(client, engine)
    clock.wait(days=3)
    client.get("/sync/pull", headers=headers)
    with database.reading(engine) as connection:
        row = connection.execute(select(table(Device))).one()
    assert str(row.seen_on) == "2026-03-13"
    assert not any(isinstance(value, datetime) for value in row)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"null", b'{"records": 3}', b"\xff\xfe", json.dumps({"records": [0] * 501}).encode()],
    ids=lambda b: b[:16].decode("latin-1"),
)
def test_a_body_that_is_no_batch_is_answered_in_french(client: TestClient, engine: Engine, body: bytes) -> None:
    headers = enrolled(client, engine) | {"Content-Type": "application/json"}
    answer = client.post("/sync/push", content=body, headers=headers)
    assert answer.status_code == 422
    assert wire.Failure.model_validate(answer.json()).code == "malformed"


def test_a_body_too_large_is_stopped_as_it_comes(client: TestClient, engine: Engine) -> None:
    headers = enrolled(client, engine) | {"Content-Type": "application/json"}
    pieces = (b" " * 100_000 for _ in range(25))  # no length announced
    answer = client.post("/sync/push", content=pieces, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


PACKED = {"Content-Type": "application/json", "Content-Encoding": "gzip"}


def test_a_packed_batch_is_taken_in_whatever_pieces_it_comes(client: TestClient, engine: Engine) -> None:
    body = gzip.compress(json.dumps({"records": [encounter() for _ in range(3)]}).encode())
    pieces = (body[i : i + 7] for i in range(0, len(body), 7))
    answer = client.post("/sync/push", content=pieces, headers=enrolled(client, engine) | PACKED)
    assert [receipt["status"] for receipt in answer.json()["receipts"]] == ["accepted"] * 3


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (gzip.compress(b" " * 50_000_000), (413, "too_large")),
        (gzip.compress(b'{"records": []}')[:-9], (400, "malformed")),
        (b'{"records": []}', (400, "malformed")),
        (b"", (400, "malformed")),
    ],
    ids=["bomb", "cut off", "not packed", "empty"],
)
def test_a_packed_body_that_is_none_is_stopped(
    client: TestClient, engine: Engine, body: bytes, expected: tuple[int, str]
) -> None:
    answer = client.post("/sync/push", content=body, headers=enrolled(client, engine) | PACKED)
    assert (answer.status_code, wire.Failure.model_validate(answer.json()).code) in (expected, (422, expected[1]))


def test_a_page_is_packed_for_who_can_unpack_it(client: TestClient, engine: Engine) -> None:
    headers = enrolled(client, engine)
    plain = client.get("/sync/pull", headers=headers | {"Accept-Encoding": "identity"})
    packed = client.get("/sync/pull", headers=headers | {"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 3
    assert packed.json() == plain.json()


@pytest.mark.parametrize("limit", ["0", "-1", "501", "x"])
def test_a_page_has_a_bounded_size(client: TestClient, engine: Engine, limit: str) -> None:
    answer = client.get("/sync/pull", params={"limit": limit}, headers=enrolled(client, engine))
    assert answer.status_code == 422


def test_a_day_that_is_over_in_belfort_is_not_in_the_future(
    client: TestClient, engine: Engine, clock: Clock
) -> None:
    headers = enrolled(client, engine)
    clock.now = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
    from sync_server.web.context import PARIS

    clock.now = clock.now.astimezone(PARIS)
    answer = client.post("/sync/push", json={"records": [encounter(day="2026-03-11")]}, headers=headers)
    assert answer.json()["receipts"][0]["status"] == "accepted"


def test_every_answer_forbids_other_origins(client: TestClient) -> None:
    for path in ("/healthz", "/console/connexion", "/nowhere", "/static/console.css"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "http" not in policy


def test_a_database_that_fails_answers_without_telling_what_was_in_it(
    client: TestClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    headers = enrolled(client, engine)
    with database.writing(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE encounter RENAME TO lost")
    answer = client.post("/sync/push", json={"records": [encounter(gender="femme")]}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (500, "broken")
    assert '"fault": "' in caplog.text
    assert "femme" not in caplog.text
    with database.writing(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE lost RENAME TO encounter")
    retried = client.post("/sync/push", json={"records": [encounter(gender="femme")]}, headers=headers)
    assert retried.json()["receipts"][0]["status"] == "accepted"
