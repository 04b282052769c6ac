"""What somebody tried on purpose: nothing slips past the rules, and no request breaks the server."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from starlette.types import Message

from sync_server.web.context import COOKIE
from sync_server.web.envelope import HEADERS
from tests.sync_server.world import PROTOCOL, encounter, new_id, people, pull, push, statuses


def tombstone(kind: str, **more: Any) -> dict[str, Any]:
    return {"id": new_id(), "kind": kind, "revision": 1, "deleted": True} | more


def test_free_text_cannot_slip_in_on_a_tombstone(engine: Engine) -> None:
    receipts = push(engine, tombstone("encounter", fields={"note": "Mme Untel"}), encounter())
    assert [r.status for r in receipts] == ["refused", "accepted"]
    assert receipts[0].reasons[0].field == "fields"
    assert len(people(pull(engine))) == 1


@pytest.mark.parametrize("kind", ["wish", "service", "", "encounter\x00"], ids=ascii)
def test_a_tombstone_of_a_kind_that_is_none_is_refused_alone(engine: Engine, kind: str) -> None:
    assert statuses(engine, tombstone(kind), encounter()) == ["refused", "accepted"]


def test_a_follow_up_on_an_unreadable_subject_is_refused_alone(engine: Engine) -> None:
    fields = {"subject_id": "\x00", "day": "2026-03-09", "outcome": "honoree"}
    bad = {"id": new_id(), "kind": "follow_up", "revision": 1, "fields": fields}
    assert statuses(engine, bad, encounter()) == ["refused", "accepted"]


@pytest.mark.parametrize("login", ["\x00", "a\x00b", "x" * 100_000], ids=["nul", "within", "long"])
def test_a_login_no_database_keeps_is_a_wrong_one(client: TestClient, login: str) -> None:
    answer = client.post("/console/connexion", data={"login": login, "password": "x"})
    assert answer.status_code == 401
    assert "Identifiant, mot de passe ou code incorrect" in answer.text


@pytest.mark.parametrize("code", ["\ud800aaaa", "\x00aaaa", "é" * 40], ids=ascii)
def test_an_enrolment_code_of_any_characters_is_refused(client: TestClient, code: str) -> None:
    answer = client.post(
        "/devices/enrol",
        content=json.dumps({"code": code}),
        headers=PROTOCOL | {"Content-Type": "application/json"},
    )
    assert answer.status_code in (403, 422)


def test_even_a_broken_server_answers_with_its_headers(client: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "DROP TABLE territory" + (" CASCADE" if engine.dialect.name != "sqlite" else "")
        )
    for path in ("/readyz", "/coupon", "/console/connexion"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert HEADERS.items() <= {k: answer.headers.get(k) for k in HEADERS}.items(), path


@pytest.mark.parametrize("sender", ["http://[", "https://[::", "https://a]b", "null[", "http://evil.example"])
@pytest.mark.parametrize("door", ["/console/connexion", "/coupon"])
def test_an_origin_that_is_no_address_is_another_site(client: TestClient, door: str, sender: str) -> None:
    answer = client.post(door, data={"login": "a", "password": "b"}, headers={"Origin": sender})
    assert answer.status_code < 500
    if "://" in sender:
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "towards", ["//[", "http://[", "/console/[", "//evil.example/console/", "\t//evil.example", "/console/\\evil"]
)
def test_an_address_to_go_to_that_is_none_leads_nowhere_else(coordinator: TestClient, towards: str) -> None:
    answer = coordinator.get("/console/compte/double", params={"vers": towards})
    assert answer.status_code == 200
    assert "evil" not in answer.text


PIECE = b"x" * 100_000
UPLOAD = "/console/annuaire/import"


def send_a_large_file(app: FastAPI, cookie: str) -> tuple[int, int]:
    """The status, and how many pieces of the file the server took."""
    head = b'--b\r\nContent-Disposition: form-data; name="fichiers"; filename="a.csv"\r\n\r\n'
    left, answers = [head, *[PIECE] * 190, b"\r\n--b--\r\n"], list[int]()

    async def receive() -> Message:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: Message) -> None:
        answers.extend([message["status"]] if "status" in message else [])

    headers = [(b"content-type", b"multipart/form-data; boundary=b"), (b"cookie", f"{COOKIE}={cookie}".encode())]
    scope: dict[str, Any] = {"type": "http", "scheme": "https", "method": "POST", "path": UPLOAD}
    scope |= {"query_string": b"", "headers": headers, "client": ("192.0.2.7", 1)}
    asyncio.run(app(scope, receive, send))
    return answers[0], 191 - len(left)


@pytest.mark.parametrize("cookie", ["", "invented"])
def test_a_stranger_fills_no_disk_with_a_file_that_nobody_asked_for(app: FastAPI, cookie: str) -> None:
    status, taken = send_a_large_file(app, cookie)
    assert status == 303
    assert taken * len(PIECE) < 2_500_000


def test_whoever_has_signed_in_sends_a_large_file_to_the_end(app: FastAPI, coordinator: TestClient) -> None:
    assert send_a_large_file(app, coordinator.cookies[COOKIE]) == (403, 191)  # a form without its secrets
