"""The guide of the coordinator names what is in the console, and shows pictures that are there."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from shared import choices

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide-coordination.md"
TEMPLATES = ROOT / "sync_server" / "web" / "templates"


def test_every_page_of_the_menu_is_in_the_guide() -> None:
    menu = (TEMPLATES / "base.html").read_text("utf-8").split('"administrator": (')[0]
    labels = re.findall(r'\("/console/[\w-]+", "([^"]+)"\)', menu)
    assert len(labels) == 10
    words = GUIDE.read_text("utf-8")
    assert [label for label in labels if f"**{label}.**" not in words] == []


def test_what_the_guide_tells_to_click_is_in_the_console() -> None:
    files = [p for p in (ROOT / "sync_server").rglob("*") if p.suffix in (".html", ".py")]
    console = "".join(p.read_text("utf-8") for p in files)
    words = GUIDE.read_text("utf-8").replace("\n", " ")
    named = {re.sub(" +", " ", name) for name in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", words)}
    assert len(named) > 30
    listed = {c.label for c in choices.load("outcome_referral").by_code.values()}
    assert {name for name in named if name not in console and name not in listed} == set()


def test_its_pictures_are_there_of_one_size_and_light() -> None:
    shown = re.findall(r"\]\((images/[^)]+)\)", GUIDE.read_text("utf-8"))
    assert len(shown) == 6
    for name in shown:
        picture = (GUIDE.parent / name).read_bytes()
        assert struct.unpack(">II", picture[16:24]) == (1440, 900), name
        assert len(picture) < 200_000, name
