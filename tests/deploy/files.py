"""The files of `deploy/`, read as those read them who they are for."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs" / "exploitation.md"

Unit = dict[str, dict[str, list[str]]]
Block = list[tuple[list[str], "Block"]]
"""Directives, each with its words and the block that follows it, empty where there is none."""


def read_unit(path: Path) -> Unit:
    """Sections, their settings, and what each was given in order: systemd takes some of them several times."""
    found: Unit = {}
    section = ""
    for line in map(str.strip, path.read_text("utf-8").splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = {}
        elif line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            assert equals, line
            found[section].setdefault(name, []).append(value)
    return found


def read_environment(unit: Unit) -> dict[str, str]:
    words = [word for given in unit["Service"].get("Environment", []) for word in shlex.split(given)]
    return dict(word.split("=", 1) for word in words)


def read_settings_file() -> dict[str, str]:
    """What `reglages.env` sets, the lines that wait behind a `#` too."""
    lines = (DEPLOY / "reglages.env").read_text("utf-8").splitlines()
    return {m[1]: m[2] for line in lines if (m := re.fullmatch(r"#?([A-Z_]+)=(\S*)", line))}


def read_nginx(text: str) -> Block:
    """`name words;` and `name words { … }`, without the comments."""
    text = "\n".join(line.partition("#")[0] for line in text.splitlines())
    tokens = re.findall(r'"[^"]*"|[{};]|[^\s{};]+', text)
    top: Block = []
    open_blocks, words = [top], list[str]()
    for token in tokens:
        if token == "{":
            inner: Block = []
            open_blocks[-1].append((words, inner))
            open_blocks.append(inner)
        elif token == ";":
            open_blocks[-1].append((words, []))
        elif token == "}":
            assert not words, f"no end: {words}"
            open_blocks.pop()
            assert open_blocks, "a brace too many"
        words = [] if token in "{;}" else [*words, token]
    assert not words, f"no end: {words}"
    assert len(open_blocks) == 1, "a block has no end"
    return top


def read_caddy(text: str) -> Block:
    """A directive a line, a block behind `{` at its end, as Caddyfiles are."""
    top: Block = []
    open_blocks = [top]
    for line in (one.partition("#")[0].strip() for one in text.splitlines()):
        if line == "}":
            open_blocks.pop()
        elif line.endswith("{"):
            inner: Block = []
            open_blocks[-1].append((line[:-1].split(), inner))
            open_blocks.append(inner)
        elif line:
            open_blocks[-1].append((line.split(), []))
    assert len(open_blocks) == 1, "a block has no end"
    return top


def find(block: Block, *path: str) -> list[list[str]]:
    """The words of each directive at that path, without its name."""
    if len(path) == 1:
        return [words[1:] for words, _ in block if words and words[0] == path[0]]
    return [found for words, inner in block if words and words[0] == path[0] for found in find(inner, *path[1:])]


def names(block: Block) -> set[str]:
    """The name of every directive, at whatever depth."""
    return {words[0] for words, _ in block if words} | {one for _, inner in block for one in names(inner)}
