"""A server of its own over the loopback, on an invented territory, and a credential of every kind for it."""

from __future__ import annotations

import html
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from shared import choices, wire
from sync_server.access import passwords
from sync_server.access.roles import FIRST_PAGES, ROLES
from sync_server.figures import declarations
from sync_server.intake.store import RECORD
from sync_server.storage import database
from sync_server.web.context import COOKIE
from tools.audit.pages import Ways, walk
from tools.run import cli, launch, stop

TEAM, RECORDS = "trait-dunion", "400"
ENOUGH = dict.fromkeys(("PUSH_QUOTA", "PULL_QUOTA", "EXPORT_QUOTA", "IMPORT_QUOTA"), "1000000000")
"""Whoever is told to come back sees nothing of what lies behind; the brakes on passwords and codes stay."""
KNOWN = {"record_id": "encounter", "service_id": "service"}
"""The parameters of an address that hold the id of a record of that kind."""
MOST_IDS = 20
TRIES = 10
"""How often a door that says « wait » is tried."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client shows: `cookie` and `csrf` of a session of the console, or the `token` of a tablet."""

    name: str
    cookie: str = ""
    csrf: str = ""
    token: str = ""


@dataclass(slots=True)
class Stage:
    """A running server; `known` gives, by the name of a parameter, values that exist."""

    url: str
    env: dict[str, str]
    known: dict[str, list[str]] = field(default_factory=dict)

    def sign_in(self, role: str) -> Credential:
        """Open a session of the console for a new account of that role."""
        password, words = passwords.make(), ["account", role, role, "--password-stdin"]
        service = ["--service", self.known["service_id"][0]] if role == "partner" else []
        cli(self.env, *words, *service, stdin=f"{password}\n")
        form = {"login": role, "password": password}
        answer = self.post("/console/connexion", data=form)
        cookie = f"{COOKIE}={answer.cookies[COOKIE]}"
        return Credential(role, cookie, self.read_csrf(cookie))

    def post(self, path: str, **sent: Any) -> httpx.Response:
        """Send what lets somebody in, and wait where the server says so: it has just refused thousands of invented
        codes and passwords from here."""
        for _ in range(TRIES):
            answer = httpx.post(f"{self.url}{path}", timeout=60, **sent)
            if answer.status_code != 429:
                break
            time.sleep(int(answer.headers["Retry-After"]))
        return answer

    def read_csrf(self, cookie: str) -> str:
        """Read the secret of that session from a page of it. Raises LookupError when the session is no more."""
        page = httpx.get(f"{self.url}/console/compte", headers={"Cookie": cookie}, timeout=60).text
        if found := re.search(r'name="csrf" value="([^"]+)"', page):
            return html.unescape(found[1])
        raise LookupError("this session has ended")

    def walk(self, who: Credential) -> Ways:
        """Walk the pages that a role sees, from its first one."""
        headers = {"Cookie": who.cookie}
        with httpx.Client(base_url=self.url, headers=headers, timeout=60) as client:
            calls = list(client.get("/openapi.json").json()["paths"])

            def read(address: str) -> str:
                answer = client.get(address)
                is_page = answer.headers.get("Content-Type", "").startswith("text/html")
                return answer.text if answer.status_code == 200 and is_page else ""

            return walk(read, FIRST_PAGES[who.name], calls)

    def enrol(self) -> Credential:
        """Enrol a tablet."""
        code = cli(self.env, "code", TEAM)
        headers = {wire.PROTOCOL_HEADER: str(wire.PROTOCOL)}
        answer = self.post("/devices/enrol", json={"code": code}, headers=headers)
        return Credential("device", token=answer.raise_for_status().json()["token"])

    def list_credentials(self) -> Iterator[Credential]:
        """Give one credential of every kind; the first is none at all. Each is made when its turn comes: the
        administrator closes the accounts of others."""
        yield Credential("nobody")
        yield self.enrol()
        yield from map(self.sign_in, ROLES)


@contextmanager
def raised() -> Iterator[Stage]:
    """Start a server on an invented territory, and throw both away at the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'server.db'}"
        env = os.environ | ENOUGH | {"DATABASE_URL": url, "LOG_LEVEL": "error"}
        cli(env, "demo", "--records", RECORDS)
        process, port = launch(["-m", "sync_server", "serve"], env, "SERVER_PORT", 0)
        try:
            yield Stage(f"http://127.0.0.1:{port}", env, find_known(url))
        finally:
            stop([process])


def find_known(url: str) -> dict[str, list[str]]:
    """Find values of the parameters that exist in that database, some of each."""
    known = {
        "code": list(declarations.load()),
        "indicateur": list(declarations.load()),
        "action": list(choices.load("action").by_code),
        "liste": list(choices.names()),
        "du": ["2025-01-01", "2026-01-01"],
        "au": ["2026-06-30", "2026-11-30"],
        "annee": ["2024", "2025"],
    }
    engine = database.connect(url)
    try:
        with database.reading(engine) as connection:
            for name, kind in KNOWN.items():
                found = select(RECORD.c.id).where(RECORD.c.kind == kind).order_by(RECORD.c.id).limit(MOST_IDS)
                known[name] = list(connection.scalars(found))
    finally:
        engine.dispose()
    return known
