"""`make check`: no function over 40 lines (60 for a component), no file over 300, tests as long as the code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ("shared", "field_app", "sync_server", "tools")
FUNCTION, COMPONENT, FILE = 40, 60, 300
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*folders: str) -> Iterator[Path]:
    """Yield every Python file below those folders, without the migrations, which are frozen."""
    for folder in folders:
        yield from (p for p in sorted((ROOT / folder).rglob("*.py")) if "versions" not in p.parts)


def is_component(node: Function) -> bool:
    """Tell whether a function is decorated as a Flet component."""
    return any(ast.unparse(d).endswith("component") for d in node.decorator_list)


def too_long(path: Path) -> Iterator[str]:
    """Yield what exceeds the bars in that file."""
    text = path.read_text("utf-8")
    name = path.relative_to(ROOT)
    if text.count("\n") > FILE:
        yield f"{name}: {text.count(chr(10))} lines (bar: {FILE})"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            bar = COMPONENT if is_component(node) else FUNCTION
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > bar:
                yield f"{name}:{node.lineno}: {node.name} has {length} lines (bar: {bar})"


def main() -> int:
    """Print what is too long; 1 when there is any."""
    faults = [fault for path in files(*CODE) for fault in too_long(path)]
    # The tools are for developers: they are measured, but the tests answer for what users run.
    count = {part: sum(p.read_text("utf-8").count("\n") for p in files(*of)) for part, of in
             {"code": CODE[:3], "tests": ("tests",)}.items()}  # fmt: skip
    if count["tests"] < count["code"]:
        faults.append(f"{count['tests']} lines of tests for {count['code']} of code")
    print("\n".join(faults) or f"sizes hold: {count['code']} lines of code, {count['tests']} of tests")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
