"""Docstrings begin with a verb and its object, so that a newcomer finds a room by its word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BEGINS_ASIDE = re.compile(r"(What|Of|Who|Whose|Where|Which|Whether|When|Why|How)(ever)?\b")
"""A docstring that begins so names no act: « Tell whether », « List what », « Find where » do."""
NAMES_A_THING = re.compile(r"(The|A|An|Every|Each|All|Those|These|That|This|Both|One|Another)\b")
"""Nor does one that begins with a noun: « Return the », « List every » do. A property is a noun."""


def functions() -> Iterator[tuple[str, str, bool]]:
    """Each function of the server: where it stands, its docstring, and whether it is a property."""
    for path in sorted((ROOT / "sync_server").rglob("*.py")):
        if "versions" in path.parts:  # migrations: written once, for ever
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
                is_property = bool(names & {"property", "cached_property"})
                yield f"{path.relative_to(ROOT)}:{node.name}", ast.get_docstring(node) or "", is_property


def begins_aside(docstring: str, is_property: bool) -> bool:
    """Tell whether it begins with no verb; of a property that is true or false, « Whether » says it well."""
    if is_property:
        return BEGINS_ASIDE.match(docstring.removeprefix("Whether ")) is not None
    return BEGINS_ASIDE.match(docstring) is not None or NAMES_A_THING.match(docstring) is not None


def test_a_newcomer_finds_a_function_by_its_verb() -> None:
    assert [where for where, docstring, is_property in functions() if begins_aside(docstring, is_property)] == []


def test_a_module_says_first_what_it_does() -> None:
    paths = [
        path for top in ("field_app", "shared", "sync_server", "tools") for path in (ROOT / top).rglob("*.py")
    ]
    heads = {
        path: ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        for path in paths
        if "versions" not in path.parts  # migrations: written once, for ever
    }
    assert [str(path) for path, head in heads.items() if BEGINS_ASIDE.match(head)] == []


@pytest.mark.parametrize(
    ("docstring", "is_property", "aside"),
    [
        ("What a tablet reads.", False, True),
        ("Of the log.", True, True),
        ("Whoever asks.", False, True),
        ("Whether it is empty.", False, True),
        ("Whether it is empty.", True, False),
        ("Tell whether it is empty.", False, False),
        ("Offer the codes of a list.", False, False),
        ("The codes of a list.", False, True),
        ("The codes of a list.", True, False),
        ("", False, False),
    ],
)
def test_the_rule_sees_what_it_is_meant_to_see(docstring: str, is_property: bool, aside: bool) -> None:
    assert begins_aside(docstring, is_property) == aside
