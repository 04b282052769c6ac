"""What an administrator reads of the settings is what the programs read."""

from __future__ import annotations

import re
from pathlib import Path

from sync_server.settings import Settings
from tools import settings_page

ROOT = Path(__file__).parents[2]


def test_the_page_of_the_settings_is_that_of_today() -> None:
    assert settings_page.PAGE.read_text("utf-8") == settings_page.page(), "run `make reglages`"


def test_each_setting_is_explained_in_french_with_its_name_its_default_and_its_bounds() -> None:
    lines = {line.split("`")[1]: line for line in settings_page.page().splitlines() if line.startswith("| `")}
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
        assert field.description in lines[name.upper()]
    assert "| `8` | de 1 à 24 |" in lines["SESSION_HOURS"]
    assert "| `90` | 1 ou plus |" in lines["DEVICE_WINDOW_DAYS"]
    assert "| aucune | — |" in lines["STATE_FOLDER"]


def test_every_variable_that_the_tablet_reads_is_on_the_page() -> None:
    read = {
        name
        for path in (ROOT / "field_app").rglob("*.py")
        for name in re.findall(r'environ(?:\.get\(|\[)"(\w+)"', path.read_text("utf-8"))
    }
    assert read == set(settings_page.TABLET)
