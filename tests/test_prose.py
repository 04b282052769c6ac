"""Docstrings begin with a verb and its object, so that a newcomer finds a room by its word."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.sizes import is_component

ROOT = Path(__file__).parent.parent
BEGINS_ASIDE = re.compile(r"(What|Of|Who|Whose|Where|Which|Whether|When|Why|How)(ever)?\b")
"""A docstring that begins so names no act: « Tell whether », « List what », « Find where » do."""
NAMES_A_THING = re.compile(r"(The|A|An|Every|Each|All|Those|These|That|This|Both|One|Another)\b")
"""Nor does one that begins with a noun: « Return the », « List every » do. A property is a noun."""
TELLS_OF_ITSELF = re.compile(r"[A-Z][a-z]*[^s\W]s\b")
"""« Keeps » and « Records »: one is said in two ways, the other is a noun again. « Keep » is searched for."""


def modules() -> Iterator[Path]:
    """Every module that we wrote, but the migrations: written once, for ever."""
    for top in ("field_app", "shared", "sync_server", "tools"):
        yield from (path for path in sorted((ROOT / top).rglob("*.py")) if "versions" not in path.parts)


def functions() -> Iterator[tuple[str, str, bool]]:
    """Each function: where it stands, its docstring, and whether it is a property."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
                is_property = bool(names & {"property", "cached_property"})
                yield f"{path.relative_to(ROOT)}:{node.name}", ast.get_docstring(node) or "", is_property


def begins_aside(docstring: str, is_property: bool) -> bool:
    """Tell whether it begins with no verb; of a property that is true or false, « Whether » says it well."""
    if is_property:
        return BEGINS_ASIDE.match(docstring.removeprefix("Whether ")) is not None
    return any(rule.match(docstring) for rule in (BEGINS_ASIDE, NAMES_A_THING, TELLS_OF_ITSELF))


def test_a_newcomer_finds_a_function_by_its_verb() -> None:
    assert [where for where, docstring, is_property in functions() if begins_aside(docstring, is_property)] == []


def test_a_component_of_a_screen_is_drawn_or_shown() -> None:
    components = [
        (f"{path.relative_to(ROOT)}:{node.name}", ast.get_docstring(node) or "")
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and is_component(node)
    ]
    assert len(components) > 20
    assert [where for where, docstring in components if not docstring.startswith(("Draw ", "Show "))] == []


def test_the_name_of_a_class_is_that_of_one_thing() -> None:
    """A tool is run by itself, and may have a `Result` of its own."""
    names = Counter(
        node.name
        for path in modules()
        if path.relative_to(ROOT).parts[0] != "tools"
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_a_module_says_first_what_it_does() -> None:
    heads = {path: ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "" for path in modules()}
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
        ("Keeps the codes.", False, True),
        ("Codes of a list.", False, True),
        ("Process the codes.", False, False),
        ("", False, False),
    ],
)
def test_the_rule_sees_what_it_is_meant_to_see(docstring: str, is_property: bool, aside: bool) -> None:
    assert begins_aside(docstring, is_property) == aside
