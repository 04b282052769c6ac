"""A modest tablet starts without what only the server needs, and without what only a slip or a number needs."""

from __future__ import annotations

import subprocess
import sys

LATER = (
    "phonenumbers", "stdnum", "segno", "geopy", "flet_geolocator", "httpx", "http.cookiejar",
    "shared.people.lists", "shared.personal_data",
)  # fmt: skip
"""Loaded at the first number, slip, distance, position, sync or text."""
NEVER = ("sqlalchemy", "sqlmodel", "shared.models.tables", "fastapi", "sync_server")
LIST = "import sys, field_app.app; print(*sorted(sys.modules))"


def modules_at_start() -> set[str]:
    """List what a fresh interpreter has loaded once the app is imported."""
    command = [sys.executable, "-c", LIST]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_a_tablet_starts_without_the_tables_of_the_server() -> None:
    loaded = modules_at_start()
    assert "shared.models.encounter" in loaded
    assert [name for name in NEVER + LATER if name in loaded] == []
