"""What is no text, in every field of every form and filter of the console: told in French, never a fault."""

from __future__ import annotations

import html
import re
from importlib.resources import files
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from sync_server.access import forms
from sync_server.web.app import ROUTERS
from sync_server.web.one_act import SECRETS
from sync_server.web.routes import sync
from tests.sync_server.conftest import signed_in
from tests.sync_server.web.test_console import csrf
from tests.sync_server.world import encounter, push

SURROGATE = "a\ud800b"
NUL = "a\x00b"
CALLED = re.compile(r'name="([a-z_]+)"')
SIGN_IN, SIGN_OUT = "/console/connexion", "/console/deconnexion"
GOOD = {"annee": "2026", "revision": "1", "du": "2026-01-01", "au": "2026-02-01", "arrete": "", "genre": "periode"}
"""Of fields that are read before the others: what comes after them is reached."""
ROUTES = [r for part in ROUTERS if part is not sync for r in part.router.routes if isinstance(r, APIRoute)]
POSTS = sorted(r.path for r in ROUTES if "POST" in (r.methods or ()))
GETS = sorted(r.path for r in ROUTES if "GET" in (r.methods or ()))


def declared(path: str, method: str) -> set[str]:
    """The fields that the route itself names, of its form or of its address."""
    [route] = [r for r in ROUTES if r.path == path and method in (r.methods or ())]
    every = flattened(route.dependant)
    return {p.alias for d in every for p in (d.body_params if method == "POST" else d.query_params)} - SECRETS


def flattened(dependant: Dependant) -> list[Dependant]:
    return [dependant, *(found for one in dependant.dependencies for found in flattened(one))]


def on_the_pages() -> set[str]:
    """The fields that any page names."""
    pages = (files("sync_server.web") / "templates").iterdir()
    return {name for page in pages for name in CALLED.findall(page.read_text("utf-8"))} - SECRETS


def at(path: str, met: str) -> str:
    """The address, of things that are there."""
    there = {
        "record_id": met, "service_id": "mobijob", "code": "A4-02", "deadline": "1", "action": "trait-dunion",
    }  # fmt: skip
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: there.get(found[1], "1"), path)


def typed(fields: dict[str, str], charset: str) -> dict[str, Any]:
    """A form in parts, in a set of characters that says what UTF-8 cannot."""
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    body = f"{parts}--b--\r\n".encode(charset)
    return {"content": body, "headers": {"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}}


@pytest.fixture
def met(engine: Engine) -> str:
    record = encounter()
    push(engine, record)
    return str(record["id"])


@pytest.fixture(params=["coordinator", "administrator"])
def desk(
    request: pytest.FixtureRequest, client: TestClient, database_url: str
) -> tuple[TestClient, str, list[str]]:
    """A session, the secret of its forms, and those of them that this role may send."""
    signed_in(client, database_url, request.param)
    page = {"coordinator": "/console/objectifs", "administrator": "/console/appareils"}[request.param]
    of_administration = request.param == "administrator"
    mine = [path for path in POSTS if path.startswith("/console/appareils") == of_administration]
    return client, csrf(client, page), mine


def say(client: TestClient, path: str, fields: dict[str, str], charset: str = "utf-8") -> int:
    nonce = {"nonce": forms.mint(fields["csrf"], path)} if fields.get("csrf", SURROGATE).isascii() else {}
    answer = client.post(path, follow_redirects=False, **typed(nonce | fields, charset))
    where = path, [name for name, value in fields.items() if not value.isprintable()]
    assert answer.status_code < 500, where
    if answer.status_code >= 400:
        assert re.search("[éèàê]", html.unescape(answer.text)), where
    return answer.status_code


def test_half_a_character_in_any_field_of_any_form_is_told(
    desk: tuple[TestClient, str, list[str]], met: str
) -> None:
    client, secret, paths = desk
    for path in paths:
        good = {"csrf": secret} | GOOD
        for bad in (*sorted(declared(path, "POST")), "csrf", "nonce", "note", "unknown"):
            code = say(client, at(path, met), good | {bad: SURROGATE}, "utf-7")
            assert code == 400 or path in (SIGN_IN, SIGN_OUT), (path, bad)
        assert say(client, at(path, met), good | {SURROGATE: "x"}, "utf-7") < 500


def test_half_a_character_in_the_secret_of_a_form_is_a_form_that_expired(coordinator: TestClient) -> None:
    assert say(coordinator, SIGN_OUT, {"csrf": SURROGATE}, "utf-7") == 403


def test_a_nul_in_any_field_of_any_form_breaks_nothing(desk: tuple[TestClient, str, list[str]], met: str) -> None:
    client, secret, paths = desk
    for path in paths:
        names = sorted(declared(path, "POST") or on_the_pages())
        good = {"csrf": secret} | GOOD
        say(client, at(path, met), good | dict.fromkeys(names, NUL))
        for name in names if path != SIGN_IN else ("login",):
            say(client, at(path, met), good | {name: NUL})


@pytest.mark.parametrize("bad", ["%00", "%ED%A0%80"])
def test_what_is_no_text_in_any_filter_or_address_breaks_nothing(
    coordinator: TestClient, met: str, bad: str
) -> None:
    for path in GETS:
        spoilt = {re.sub(r"{\w+(?::\w+)?}", bad, path)} - {path}
        here, names = at(path, met), sorted(declared(path, "GET"))
        one = {f"{here}?{name}={bad}" for name in names}
        every = {f"{here}?{'&'.join(f'{name}={bad}' for name in on_the_pages())}"}
        for address in spoilt | every | (one if bad != "%00" else set()):
            answer = coordinator.get(address, follow_redirects=False)
            assert answer.status_code < 500, address
            assert bad != "%00" or answer.status_code in (400, 404), address


@pytest.mark.parametrize("charset", ["idna", "punycode", "rot13", "utf-16", "\x00", "unicode_escape"])
def test_a_form_in_another_set_of_characters_breaks_nothing(
    desk: tuple[TestClient, str, list[str]], met: str, charset: str
) -> None:
    client, secret, paths = desk
    body = typed({"csrf": secret, "note": "\\ud800"}, "utf-8")["content"]
    headers = {"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}
    for path in paths[:4]:
        answer = client.post(at(path, met), content=body, headers=headers, follow_redirects=False)
        assert answer.status_code < 500, (path, charset)
