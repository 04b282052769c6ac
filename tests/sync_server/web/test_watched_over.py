"""Whoever watches over the server, and whoever waits for it: alive, ready, away for a while, or broken."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg.errors import DiskFull
from sqlalchemy import Engine, text
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from sync_server.intake import store
from sync_server.settings import Settings
from sync_server.storage import database, outages
from sync_server.web.app import OUTAGE_WAIT, create_app
from sync_server.web.envelope import HSTS
from tests.sync_server.world import encounter, enrolled

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=2"
TABLET = {"Authorization": "Bearer x", "Protocol-Version": "9"}
AWAY = ("/readyz", "/console/connexion", "/console/saisies", "/coupon", "/sync/pull")


@pytest.fixture
def away() -> Iterator[TestClient]:
    """The same server once its database is out of reach."""
    app = create_app(Settings(database_url=NOWHERE))
    with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as found:
        found.cookies.set("__Host-session", "x")
        yield found
    app.state.context.engine.dispose()


def test_a_server_that_can_serve_is_ready(client: TestClient) -> None:
    assert [client.get(path).json() for path in ("/healthz", "/readyz")] == [{"status": "ok"}] * 2


def test_a_database_out_of_reach_is_said_and_told_when_to_come_back(away: TestClient) -> None:
    for path in AWAY:
        answer = away.get(path, headers=TABLET)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(OUTAGE_WAIT)), path
        assert "base de données ne répond pas" in answer.text, path
    assert away.get("/healthz").status_code == 200  # alive: to start it again would not help


def test_a_tablet_that_finds_the_database_away_keeps_its_batch(away: TestClient) -> None:
    answer = away.post("/sync/push", json={"records": [encounter()]}, headers=TABLET)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "Rien n’est perdu" in answer.json()["hint"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_another_program_holds_is_an_outage_and_no_bug(
    app: FastAPI, client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = enrolled(client, engine)
    held = sqlite3.connect(str(engine.url.database), isolation_level=None, check_same_thread=False)
    held.execute("BEGIN IMMEDIATE")
    with app.state.context.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 100")
    answer = client.post("/sync/push", json={"records": [encounter()]}, headers=headers)
    held.execute("ROLLBACK")
    held.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert client.post("/sync/push", json={"records": [encounter()]}, headers=headers).status_code == 200


def test_a_bug_of_ours_stays_a_bug(client: TestClient, engine: Engine) -> None:
    with database.writing(engine) as connection:
        connection.execute(text("ALTER TABLE account RENAME TO elsewhere"))
    answer = client.post("/console/connexion", data={"login": "a", "password": "b"})
    assert answer.status_code == 500
    assert "Retry-After" not in answer.headers


def test_a_base_of_another_version_is_not_ready(client: TestClient, engine: Engine) -> None:
    with database.writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0015'"))
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_a_disk_almost_full_is_not_ready(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(database, "room_left", lambda _: 49_999_999.0)
    assert client.get("/readyz").status_code == 503


def test_room_is_that_of_the_disk_of_the_file(engine: Engine) -> None:
    assert database.room_left(engine) > 0
    assert (database.room_left(engine) == float("inf")) == (engine.dialect.name != "sqlite")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("SELECT 1", {}, sqlite3.OperationalError("database is locked")), True),
        (OperationalError("SELECT 1", {}, sqlite3.OperationalError("disk I/O error")), True),
        (OperationalError("SELECT 1", {}, sqlite3.OperationalError("no such table: record")), False),
        (OperationalError("SELECT 1", {}, Exception("server closed the connection unexpectedly")), True),
        (InterfaceError("SELECT 1", {}, Exception("connection already closed")), True),
        (ProgrammingError("SELECT 1", {}, Exception("relation does not exist")), False),
        (NoConnectionError("QueuePool limit"), True),
        (ValueError("database is locked"), False),
    ],
)
def test_an_outage_is_told_from_a_bug(error: Exception, expected: bool) -> None:
    assert outages.is_outage(error) is expected
    assert not outages.is_full(error)


@pytest.mark.parametrize("full", [sqlite3.OperationalError("database or disk is full"), DiskFull()])
def test_a_disk_that_is_full_is_said_to_be_full_and_not_silent(
    app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch, full: Exception
) -> None:
    error = OperationalError("INSERT", {}, full)
    assert outages.is_full(error)
    assert not outages.is_outage(error)
    monkeypatch.setattr(store, "is_synthetic", MagicMock(side_effect=error))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["code"] == "no_room"
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/console/connexion", "/nowhere", "/static/console.css", "/app/", "/coupon"]
)
def test_every_answer_keeps_to_its_own_origin_and_over_https_to_https(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=(self)" in headers["Permissions-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Strict-Transport-Security"] == HSTS
    assert "Strict-Transport-Security" not in client.get(f"http://testserver{path}").headers


@pytest.mark.parametrize(
    "path", ["/healthz", "/console/connexion", "/console/saisies", "/nowhere", "/static/console.css", "/coupon"]
)
def test_a_browser_is_told_on_every_answer_to_run_keep_and_frame_nothing(client: TestClient, path: str) -> None:
    headers = client.get(path, headers={"Origin": "https://ailleurs.example"}, follow_redirects=False).headers
    rules = [rule.strip() for rule in headers["Content-Security-Policy"].split(";")]
    assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "script-src 'self'"} <= set(rules)
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert headers["Cache-Control"] == "no-store"
    assert not [name for name in headers if name.lower().startswith("access-control-")]
    assert (
        not headers.get("Content-Type", "").startswith("text/html") or "charset=utf-8" in headers["Content-Type"]
    )


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/sync/pull", "/console/connexion", "/coupon", "/healthz"])
def test_a_method_that_no_route_has_is_refused(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 405


def test_whoever_watches_every_second_waits_for_no_database(app: FastAPI, client: TestClient) -> None:
    """Liveness asks nothing of a database whose connections are all taken."""
    pool = app.state.context.engine.pool
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "connect", lambda *_: 1 / 0)
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 500
