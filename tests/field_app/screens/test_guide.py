"""The guide of the field names what is on the screens, and shows pictures that are there."""

from __future__ import annotations

import re
from pathlib import Path

from field_app.screens.installing import STEPS
from shared import choices

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "guide-terrain.md"


def test_what_the_guide_tells_to_tap_is_on_a_screen() -> None:
    screens = "".join(p.read_text("utf-8") for p in (ROOT / "field_app").rglob("*.py"))
    listed = {
        c.label for name in ("outcome_referral", "referral_mode") for c in choices.load(name).by_code.values()
    }
    words = GUIDE.read_text("utf-8").replace("\n", " ")
    named = {name.strip() for name in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", words)} - {""}
    assert len(named) > 20
    assert {name for name in named if name not in screens and name not in listed} == set()


def test_its_pictures_are_there() -> None:
    shown = re.findall(r"\]\((images/[^)]+)\)", GUIDE.read_text("utf-8"))
    assert len(shown) == 11
    assert [name for name in shown if not (GUIDE.parent / name).exists()] == []


def test_the_sketches_of_the_browsers_menus_say_what_the_app_says_and_that_they_are_sketches() -> None:
    told = {name for _, how in STEPS for name in re.findall(r"« ([^»]+) »", how)}
    sketches = [path.read_text("utf-8") for path in (ROOT / "docs" / "images").glob("schema-installer-*.svg")]
    assert len(sketches) == len(STEPS) == 3
    assert all("Schéma : le menu réel peut différer" in sketch for sketch in sketches)
    assert {name for name in told if not any(f">{name}<" in sketch for sketch in sketches)} == set()
