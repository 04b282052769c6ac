from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.access import accounts, forms
from sync_server.settings import Settings
from sync_server.storage import database
from sync_server.web.app import create_app
from tests.sync_server.world import ELSEWHERE, PASSWORD, Clock, Tablet


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hashed in a hundredth of the time: a thousand tests sign in. `test_console` looks at what a server uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=1_024, parallelism=1))
        yield


class Console(TestClient):
    """A browser that posts what a test says, with a nonce of its own, as of a page just loaded: whoever tests the
    nonce (`test_one_act.py`) sends what stands in the page."""

    def post(self, url: Any, *, data: Any = None, **more: Any) -> Response:
        if isinstance(data, dict) and "csrf" in data and "nonce" not in data:
            data = data | {"nonce": forms.mint(data["csrf"], unquote(urlsplit(str(url)).path))}
        return super().post(url, data=data, **more)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(database_url: str, clock: Clock) -> Iterator[FastAPI]:
    app = create_app(Settings(database_url=database_url), clock)
    yield app
    app.state.context.engine.dispose()


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Over https: the session's cookie is refused without it."""
    with Console(app, base_url="https://testserver", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def coordinator(client: TestClient, database_url: str) -> TestClient:
    return signed_in(client, database_url, "coordinator")


@pytest.fixture
def administrator(client: TestClient, database_url: str) -> TestClient:
    return signed_in(client, database_url, "administrator")


@pytest.fixture
def giromagny(client: TestClient, engine: Engine) -> Tablet:
    return Tablet(client, engine).enrol("giromagny")


@pytest.fixture
def stranger(client: TestClient, engine: Engine) -> Tablet:
    return Tablet(client, engine).enrol(ELSEWHERE)


def signed_in(client: TestClient, database_url: str, role: str) -> TestClient:
    engine = database.connect(database_url)
    service = "mobijob" if role == "partner" else ""
    accounts.create_account(engine, TERRITORY, role, PASSWORD, role, service=service)
    engine.dispose()
    answer = client.post("/console/connexion", data={"login": role, "password": PASSWORD}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return client
