"""What the administrator reads in the server's log: one line a request, and nothing about a person in it."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.access import accounts, devices
from sync_server.web.context import COOKIE
from tests.sync_server.web.test_console import csrf
from tests.sync_server.world import NOW, PASSWORD, PROTOCOL, edit, encounter, of_kind
from tools.run import free_port

LOGGER = "sync_server.web.logs.request_log"
CLIENTS = ("httpx", "httpx2", "httpcore", "httpcore2", "asyncio", "faker")
"""Who speaks in the same process, for the test: the client tells what it asks for."""


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    found = [json.loads(record.message) for record in caplog.records if record.name == LOGGER]
    for line in found:
        assert re.fullmatch("[0-9a-f]{8}", line["reference"])
        assert isinstance(line["ms"], int)
    return found


def told(caplog: pytest.LogCaptureFixture) -> str:
    """All that the server said, whoever of it."""
    return "\n".join(r.getMessage() for r in caplog.records if r.name.split(".")[0] not in CLIENTS)


def without(line: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in names}


def enrol(client: TestClient, engine: Engine) -> tuple[str, str]:
    """The code that a tablet spends, and its token."""
    devices.create_team(engine, TERRITORY, "giromagny", "Équipe de Giromagny", "trait-dunion")
    code = devices.create_code(engine, TERRITORY, "giromagny", int(NOW.timestamp()), 15)
    token = client.post("/devices/enrol", json={"code": code}, headers=PROTOCOL).json()["token"]
    return code, token


def test_a_whole_day_of_tablets_and_console_leaves_no_word_of_it_in_the_log(
    client: TestClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    code, token = enrol(client, engine)
    headers = PROTOCOL | {"Authorization": f"Bearer {token}"}
    met = encounter(gender="femme")
    other = of_kind("partner_contact", structure="Collège Zébulon")
    bad = encounter(commune="Chez Mme Quidam")
    for batch in ([met, other, bad], [met], [edit(met, gender="homme")], [edit(met, rsa="oui")]):
        assert client.post("/sync/push", json={"records": batch}, headers=headers).status_code == 200
    assert client.get("/sync/pull", params={"limit": "3"}, headers=headers).status_code == 200
    client.get("/sync/reconcile", params={"parts": "0123456789abcdef"}, headers=headers)
    client.post("/sync/reconcile", json={"held": {met["id"]: "1.35c9b5ef22c3"}}, headers=headers)
    client.get("/sync/pull", headers=PROTOCOL | {"Authorization": "Bearer jeton-inconnu"})
    client.request("QUIDAM", f"/console/saisies/{met['id']}")
    client.get(f"/nulle-part/{met['id']}?nom=Quidam")

    accounts.create_account(engine, TERRITORY, "claire.quidam", PASSWORD, "coordinator")
    client.post("/console/connexion", data={"login": "claire.quidam", "password": "mauvais-secret"})
    client.post("/console/connexion", data={"login": "claire.quidam", "password": PASSWORD})
    cookie = client.cookies[COOKIE]
    page = client.get(f"/console/saisies/{met['id']}")
    assert page.status_code == 200
    client.get("/console/saisies", params={"texte": "Zébulon", "commune": "90052"})
    client.get("/console/saisies/00000000-inconnue-quidam")
    client.post("/coupon", data={"code": "QUID-AMQU-IDAM", "answer": "honoree"})
    client.get("/static/console.css")
    form = csrf(client, f"/console/saisies/{met['id']}")
    client.post("/console/deconnexion", data={"csrf": form})

    said = told(caplog)
    ids = [met["id"], other["id"], bad["id"]]
    secrets = [code, code.replace("-", ""), token, "jeton-inconnu", cookie, form, PASSWORD, "mauvais-secret"]
    for planted in [*ids, *secrets, "Zébulon", "Quidam", "QUID", "quidam", "90052", "femme", "testclient", "?"]:
        assert planted not in said.replace('"?"', ""), planted
    found = lines(caplog)
    assert len(said.splitlines()) == len(found)
    assert {line.get("team") for line in found} == {None, "giromagny"}
    assert {line.get("role") for line in found} == {None, "coordinator"}


def test_the_line_of_a_push_counts_its_records_and_that_of_a_pull_too(
    client: TestClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    _, token = enrol(client, engine)
    headers = PROTOCOL | {"Authorization": f"Bearer {token}"}
    met, bad = encounter(), encounter(commune="ailleurs")
    pushed = [edit(met, gender="femme"), met, bad]
    client.post("/sync/push", json={"records": [met]}, headers=headers)
    client.post("/sync/push", json={"records": [edit(met, rsa="oui")]}, headers=headers)
    caplog.clear()
    client.post("/sync/push", json={"records": pushed}, headers=headers)
    page = client.get("/sync/pull", headers=headers).json()
    push, pull = (without(line, "reference", "ms") for line in lines(caplog))
    assert push == {
        "method": "POST", "route": "/sync/push", "status": 200, "team": "giromagny",
        "accepted": 0, "duplicate": 1, "conflict": 1, "refused": 1,
    }  # fmt: skip
    assert pull.pop("records") == len(page["records"]) > 0
    assert pull == {"method": "GET", "route": "/sync/pull", "status": 200, "team": "giromagny"}


@pytest.mark.parametrize(
    ("path", "route", "error"),
    [
        ("/console/saisies/inconnue-quidam", "/console/saisies/{record_id}", "unknown_record"),
        ("/console/appareils", "/console/appareils", "forbidden"),
        ("/console/nulle-part/quidam", "?", "not_found"),
        ("/coupon/quidam", "?", "not_found"),
    ],
)
def test_the_reference_on_an_error_page_finds_its_line(
    path: str, route: str, error: str, coordinator: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    answer = coordinator.get(path)
    [shown] = re.findall(r"Référence\xa0: ([0-9a-f]{8})<", answer.text)
    [line] = lines(caplog)
    assert (line["reference"], line["route"], line["error"]) == (shown, route, error)
    assert answer.headers["X-Request-Id"] == shown


def test_the_reference_that_a_tablet_gets_finds_its_line(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/sync/pull", headers=PROTOCOL)
    [line] = lines(caplog)
    assert answer.json()["reference"] == answer.headers["X-Request-Id"] == line["reference"]
    assert (line["status"], line["error"]) == (401, "unknown_device")
    assert "X-Request-Id" not in client.get("/healthz").headers


def test_two_requests_never_share_a_reference(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(20):
        client.get("/healthz")
    assert len({line["reference"] for line in lines(caplog)}) == 20


def test_too_many_attempts_and_what_was_not_served_are_warnings(
    client: TestClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(11):
        client.post("/devices/enrol", json={"code": "AAAA-BBBB-CC"}, headers=PROTOCOL)
    levels = [record.levelname for record in caplog.records if record.name == LOGGER]
    assert levels == ["INFO"] * 10 + ["WARNING"]


@pytest.mark.parametrize(("level", "expected"), [("info", 3), ("WARNING", 0)])
def test_a_server_as_it_is_started_writes_one_line_a_request_and_no_other(
    level: str, expected: int, tmp_path: Path
) -> None:
    port = free_port(0)
    env = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'base.db'}",
        "SERVER_PORT": str(port),
        "LOG_LEVEL": level,
    }
    process = subprocess.Popen([sys.executable, "-m", "sync_server", "serve"], env=env, stderr=subprocess.PIPE)
    try:
        _wait_for(f"http://127.0.0.1:{port}/static/icon.svg")
        for _ in range(3):
            assert httpx.get(f"http://127.0.0.1:{port}/healthz?nom=Quidam").status_code == 200
    finally:
        process.terminate()
        _, err = process.communicate(timeout=60)
    about = [line for line in err.decode().splitlines() if "healthz" in line]
    assert len(about) == expected, err.decode()
    assert all(json.loads(line)["route"] == "/healthz" for line in about)
    assert "Quidam" not in err.decode()
    assert "Application startup complete" in err.decode()


def _wait_for(url: str) -> None:
    until = time.monotonic() + 90
    while True:
        try:
            httpx.get(url)
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.2)
        else:
            return
