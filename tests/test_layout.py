"""The plan of the house: rooms of a size that an eye takes in, and no two modules that need each other."""

from __future__ import annotations

import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
MOST = 15
"""Modules in one folder: more is not taken in at a glance."""
PACKAGES = ("shared", "field_app", "sync_server")
FROZEN = ("versions", "golden")
"""Migrations and golden files: one more a change, for ever."""


def folders() -> list[Path]:
    """List every folder of code and of tests."""
    tops = [ROOT / name for name in (*PACKAGES, "tests", "tools")]
    found = {path.parent for top in tops for path in top.rglob("*.py")}
    return sorted(folder for folder in found if not set(FROZEN) & set(folder.parts))


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_folder_holds_no_more_modules_than_an_eye_takes_in(folder: Path) -> None:
    modules = sorted(path.name for path in folder.glob("*.py") if path.name != "__init__.py")
    assert len(modules) <= MOST, modules


def test_no_two_modules_need_each_other() -> None:
    graph = grimp.build_graph(*PACKAGES)
    known = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    circles = {
        name
        for name in known
        if any(name in known[other] or graph.chain_exists(other, name) for other in known[name])
    }
    assert circles == set()


@pytest.mark.parametrize("house", ["field_app", "sync_server"])
def test_the_floors_of_each_side_are_one_contract(house: str) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    [floors] = [c for c in contracts if c["type"] == "layers" and c["containers"] == [house]]
    rooms = {room.strip() for floor in floors["layers"] for room in floor.split("|")}
    ignored = set(floors["exhaustive_ignores"])
    there = {path.stem for path in (ROOT / house).iterdir() if path.suffix == ".py" or path.is_dir()}
    assert there - ignored - {"__init__", "__pycache__"} == rooms
