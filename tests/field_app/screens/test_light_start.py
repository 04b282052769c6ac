"""A modest tablet asks for the PIN before it loads the rest, and starts without what only the server needs."""

from __future__ import annotations

import subprocess
import sys

FIRST = "import field_app.app"
ALL = f"{FIRST}, asyncio; from field_app import loading; asyncio.run(loading.load())"
RECORDS = ("pydantic", "field_app.store", "field_app.state.session", "field_app.screens.home", "shared.models")
"""What keeps, judges and draws the records: loaded once the PIN is asked for."""
LATER = (
    "phonenumbers", "stdnum", "segno", "geopy", "flet_geolocator", "httpx", "http.cookiejar",
    "shared.people.lists", "shared.personal_data",
)  # fmt: skip
"""Loaded at the first number, slip, distance, position, sync or text."""
NEVER = ("sqlalchemy", "sqlmodel", "shared.models.tables", "fastapi", "sync_server")


def list_modules(code: str) -> set[str]:
    """What a fresh interpreter has loaded once it ran this."""
    command = [sys.executable, "-c", f"{code}; import sys; print(*sorted(sys.modules))"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_a_tablet_starts_without_the_tables_of_the_server() -> None:
    loaded = list_modules(ALL)
    assert loaded > set(RECORDS)
    assert [name for name in NEVER + LATER if name in loaded] == []


def test_the_pin_is_asked_for_before_what_the_records_need_is_loaded() -> None:
    loaded = list_modules(FIRST)
    assert "field_app.screens.lock" in loaded
    assert [name for name in RECORDS + NEVER + LATER if name in loaded] == []
