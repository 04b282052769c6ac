"""A module added to the server is in the import contract, or is known as one that a request goes through."""

from __future__ import annotations

import ast
import pkgutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

import sync_server

ROOT = Path(sync_server.__file__).parent
DOORS = {"app", "cli", "context", "envelope", "openapi"}
"""What a request comes in by, beside the routes: they alone may know the web framework."""
WEB = ("fastapi", "starlette", "uvicorn", "sync_server.app", "sync_server.context", "sync_server.envelope")


def contract() -> dict[str, Any]:
    declared = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    [found] = [c for c in declared["contracts"] if c["name"] == "the server but its doors knows no web framework"]
    return dict(found)


def imported(module: str) -> set[str]:
    """What that module imports, wherever in its text."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / f"{module}.py").read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return names


def test_a_new_module_is_not_forgotten_by_the_contract() -> None:
    every = {one.name for one in pkgutil.iter_modules([str(ROOT)])} - {"routes", "migrations"}
    listed = contract()["source_modules"]
    assert listed == sorted(listed)
    assert set(listed) == {f"sync_server.{name}" for name in every - DOORS}
    assert {"fastapi", "starlette", "sync_server.routes"} <= set(contract()["forbidden_modules"])


@pytest.mark.parametrize("door", sorted(DOORS))
def test_what_is_excepted_truly_knows_the_web(door: str) -> None:
    names = imported(door)
    assert any(name == web or name.startswith(f"{web}.") for name in names for web in WEB), door
