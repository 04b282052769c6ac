"""A real server on a real port, in a thread of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine

from shared.territory import TERRITORY
from sync_server.access import devices
from sync_server.settings import Settings
from sync_server.web.app import create_app
from tests.field_app.world import clock
from tools.run import free_port


@dataclass
class Server:
    """Where it listens, and what it keeps."""

    port: int
    engine: Engine

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def code(self) -> str:
        devices.create_team(self.engine, TERRITORY, "giromagny", "Giromagny", "trait-dunion")
        return devices.create_code(self.engine, TERRITORY, "giromagny", int(clock().timestamp()), 15)


@pytest.fixture
def served(database_url: str) -> Iterator[Server]:
    app = create_app(Settings(database_url=database_url), clock)
    port = free_port(0)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Server(port, app.state.context.engine)
    server.should_exit = True
    thread.join()
    app.state.context.engine.dispose()


def until_it_answers(url: str) -> None:
    """Waits for a server that was just started."""
    while True:
        with suppress(httpx.TransportError):
            httpx.get(f"{url}/healthz", timeout=60)
            return
        time.sleep(0.01)
