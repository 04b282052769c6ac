"""The guide of the field names what is on the screens, and shows pictures that are there."""

from __future__ import annotations

import re
from pathlib import Path

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
    assert len(shown) == 8
    assert [name for name in shown if not (GUIDE.parent / name).exists()] == []
