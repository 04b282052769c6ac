"""Every page answers what `/openapi.json` says of it, and nothing else: `make audit` invents the rest."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from sync_server.access import forms
from sync_server.access.roles import ROLES, Role
from sync_server.web.openapi import ANSWERS
from tests.sync_server.conftest import signed_in
from tests.sync_server.web.test_rights import SIGN_IN, SIGN_OUT, TRIED, at, secret_of

Call = dict[str, Any]
BINARY = {"xlsx": "spreadsheetml", "ods": "opendocument", "docx": "wordprocessingml", "csv": "text/csv"}


def described(app: FastAPI, path: str, method: str) -> Call:
    call: Call = app.openapi()["paths"][path][method.lower()]
    return call


def assert_described(call: Call, answer: Any) -> None:
    said = call["responses"].get(str(answer.status_code))
    assert said is not None, (answer.request.url, answer.status_code)
    kind = answer.headers.get("content-type", "").partition(";")[0]
    assert kind in said.get("content", {"": None}), (answer.request.url, kind)
    assert set(said.get("headers", {})) <= {"Location"}
    assert ("Location" in said.get("headers", {})) is ("location" in answer.headers)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_every_role_as_it_is_described(
    app: FastAPI, client: TestClient, database_url: str, role: Role
) -> None:
    signed_in(client, database_url, role)
    secret = secret_of(client)
    tried = [(route, method) for route, method in TRIED if route.path not in (SIGN_IN, SIGN_OUT)]
    for route, method in tried:
        path = at(route.path)
        for nonce in (forms.mint(secret, path), "of another page"):
            form = {"csrf": secret, "nonce": nonce} if method == "POST" else None
            answer = client.request(method, path, data=form, follow_redirects=False)
            assert_described(described(app, route.path, method), answer)
    assert len(tried) > 80


def test_every_page_answers_a_stranger_as_it_is_described(app: FastAPI, client: TestClient) -> None:
    for route, method in TRIED:
        answer = client.request(method, at(route.path), follow_redirects=False)
        assert_described(described(app, route.path, method), answer)
        if route.path not in (SIGN_IN, SIGN_OUT):
            assert described(app, route.path, method)["security"] == [{"session": []}]


def test_what_a_person_may_send_wrong_is_described(app: FastAPI, client: TestClient) -> None:
    wrong = [
        (SIGN_IN, {"login": "personne", "password": "faux"}, 401),
        (SIGN_IN, {}, 422),
        ("/coupon", {"code": "rien", "answer": "honoree"}, 422),
        ("/coupon", {"code": "\x00"}, 422),
    ]
    for path, form, status in wrong:
        answer = client.post(path, data=form, follow_redirects=False)
        assert answer.status_code == status
        assert_described(described(app, path, "post"), answer)
    unreadable = client.get(f"{SIGN_IN}?a=%00")
    assert unreadable.status_code == 400
    assert_described(described(app, SIGN_IN, "get"), unreadable)


def test_an_address_that_ends_in_a_format_is_described_as_that_file(app: FastAPI) -> None:
    files = {path: calls["get"] for path, calls in app.openapi()["paths"].items() if path.endswith("{ending}")}
    assert len(files) == 5
    for call in files.values():
        kinds = " ".join(call["responses"]["200"]["content"])
        [ending] = [one["schema"] for one in call["parameters"] if one["name"] == "ending"]
        assert all(BINARY[one] in kinds for one in ending["enum"])
        assert "429" in call["responses"]
    svg = app.openapi()["paths"]["/console/carte.svg"]["get"]["responses"]["200"]
    assert list(svg["content"]) == ["image/svg+xml"]


def test_no_page_is_left_as_fastapi_describes_it(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    pages = [call for path, calls in paths.items() for name, call in calls.items() if (path, name) not in ANSWERS]
    assert len(pages) > 85
    for call in pages:
        assert {"400", "500", "503"} <= set(call["responses"])
        kinds = {kind for one in call["responses"].values() for kind in one.get("content", {})}
        assert "application/json" not in kinds
