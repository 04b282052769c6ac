"""Gather every French text of the field app in one file that a writer mends, and put what was mended back.

`python -m tools.texts` writes `var/textes.md`: a section a screen, a line a text, each with its number. What the
code fills in stands in braces, and stays. `python -m tools.texts --mend` reads the file and mends the code.
Left out, since they are files of their own already: the lists (`shared/choices/*.toml`), the emergency numbers,
the languages of the slip (`shared/slip_words/*.toml`), and the start page (`assets/web`).
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import re
import subprocess  # nosec B404  # commands that stand in this file, no shell
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.run import ROOT

PLACES = (
    "field_app/navigation.py", "field_app/screens", "field_app/widgets", "field_app/state", "field_app/locking",
    "field_app/sync", "field_app/store", "shared/field_labels.py", "shared/hours.py", "shared/merge.py",
    "shared/models/base.py", "shared/personal_data.py", "shared/problems_fr.py", "shared/rules.py",
)  # fmt: skip
"""What shows words to a worker: the screens before what stands behind them."""
PAGE = Path("var/textes.md")
LINE = re.compile(r"- (\d+)\. (.*)")
HOLE = re.compile(r"\{[^{}]*\}")
ENGLISH = re.compile(r"\b(the|of|used|key|database|Authorization|Bearer|timer|referral|damaged)\b")
"""What the code says to itself, and to developers."""
BRACE = re.compile(r"[{}]")
WIDTH = 88
"""Characters of a text in a line of code."""
DEVELOPERS = ("RuntimeError", "TypeError", "ValueError", "NotImplementedError", "AssertionError")
"""The errors that say something to no worker."""
NAMING = ("note", "keep_note", "startswith", "endswith", "removeprefix", "removesuffix", "getattr", "execute")
"""What is called with names and beginnings, not with texts to be shown."""
HEAD = """# Les textes de l’application de terrain

Corrigez les textes ici, puis `python -m tools.texts --mend`. Un texte par ligne. Gardez son numéro, et ce qui est
entre accolades : l’application y met un nombre, un nom, un jour. Les espaces ordinaires suffisent : l’application
met les insécables.

Faite du code {version} : si le code change, faites la page de nouveau avant de la corriger.
"""


class MendError(Exception):
    """What stands in the way of mending; says where and what to do."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in a file: the bytes of its literal, and what it says, with what the code fills in in braces."""

    start: int
    end: int
    said: str
    fills: bool

    def written(self, said: str) -> str:
        """Return the literal that says that, in lines of code that are not too long."""
        pieces = textwrap.wrap(said, WIDTH, drop_whitespace=False, break_long_words=False, break_on_hyphens=False)
        lines = [_literal(piece, self.fills) for piece in _whole(pieces)]
        return lines[0] if len(lines) == 1 else f"({' '.join(lines)})"


def _whole(pieces: list[str]) -> list[str]:
    """Join the pieces between which a hole would be cut in two."""
    found: list[str] = []
    for piece in pieces:
        if found and found[-1].count("{") > found[-1].count("}"):
            found[-1] += piece
        else:
            found.append(piece)
    return found or [""]


def _literal(said: str, fills: bool) -> str:
    escaped = said.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'f"{escaped}"' if fills and HOLE.search(said) else f'"{escaped}"'


def gather(source: str) -> list[Text]:
    """Return the texts of a module that a worker reads, in their order."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return sorted(
        (
            Text(starts[node.lineno - 1] + node.col_offset, starts[_end(node)[0] - 1] + _end(node)[1], said, fills)
            for node, said, fills in _texts(ast.parse(source))
            if is_french(said)
        ),
        key=lambda text: text.start,
    )


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def _texts(node: ast.AST) -> Iterator[tuple[ast.expr, str, bool]]:
    """Yield each literal, what it says, and whether the code fills something in."""
    if isinstance(node, ast.JoinedStr):
        yield node, "".join(_part(value) for value in node.values), True
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node, node.value, False
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if (isinstance(node, ast.Raise) and _raises(node) in DEVELOPERS) or isinstance(node, ast.Compare):
        return  # what is compared is a name, or comes from elsewhere
    if isinstance(node, ast.Call) and _called(node.func) in NAMING:
        yield from _texts(node.func)
        return
    if isinstance(node, ast.keyword) and node.arg == "key":
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _part(value: ast.expr) -> str:
    """Return what stands in a text: words, or in braces what is filled in."""
    if isinstance(value, ast.Constant):
        return str(value.value)
    return ast.unparse(ast.JoinedStr([value]))[2:-1]


def _raises(node: ast.Raise) -> str:
    return _called(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)


def _called(function: ast.expr | None) -> str:
    """Return the last part of what is called by name."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def is_french(said: str) -> bool:
    """Return whether a string is words for a person: a name of the code has no space, accent or capital."""
    words = HOLE.sub("", said)
    if ENGLISH.search(words):
        return False
    if not re.search(r"[^\W\d_]{2}", words) or re.search(r"[=<>|\\_]|https?:|\b[A-Z]{4,}\b", words):
        return False
    return bool(re.search(r"[À-ÿœ’«…]| \w|\w ", words) or re.fullmatch(r"[A-Z][a-zà-ÿ]+", words.strip()))


def modules(root: Path) -> list[Path]:
    """Return the modules that show words, in the order of the page."""
    return [
        path
        for place in PLACES
        for path in (
            sorted((root / place).rglob("*.py")) if (root / place).is_dir() else [root / place]
        )
    ]  # fmt: skip


def draw(root: Path) -> str:
    """Return the page of all texts."""
    sections = []
    number = 0
    for path in modules(root):
        lines = []
        for text in gather(path.read_text()):
            number += 1
            lines.append(f"- {number}. {text.said.replace(chr(10), '⏎')}")
        if lines:
            sections.append("\n".join([f"## {path.relative_to(root)}\n", *lines]))
    return "\n\n".join([HEAD.replace("{version}", version(root)), *sections]) + "\n"


def version(root: Path) -> str:
    """Return what tells the texts of the code from those of another day."""
    said = [text.said for path in modules(root) for text in gather(path.read_text())]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


def mend(root: Path, page: str) -> list[Path]:
    """Put the texts of a mended page into the code; return the files that changed. Raises MendError before
    anything is written where a text is missing, or what is filled in is not what it was."""
    if f" {version(root)} " not in page:
        raise MendError("Le code a changé depuis : faites la page de nouveau, puis corrigez-la.")
    wanted = {int(number): said.replace("⏎", "\n") for number, said in LINE.findall(page)}
    changed: dict[Path, bytes] = {}
    number = 0
    for path in modules(root):
        code = path.read_bytes()
        found = gather(code.decode())
        numbered = [(number + place, text) for place, text in enumerate(found, 1)]
        number += len(found)
        for place, text in reversed(numbered):  # from the end, so that what comes before stays where it is
            said = _mended(place, text, wanted)
            if said != text.said:
                code = code[: text.start] + text.written(said).encode() + code[text.end :]
        if code != path.read_bytes():
            ast.parse(code)
            changed[path] = code
    if number != len(wanted):
        raise MendError(f"La page a {len(wanted)} textes, le code {number} : écrivez la page de nouveau.")
    for path, code in changed.items():
        path.write_bytes(code)
    return list(changed)


def _mended(number: int, text: Text, wanted: dict[int, str]) -> str:
    if number not in wanted:
        raise MendError(f"Le texte {number} manque : « {text.said} ».")
    said = wanted[number]
    if Counter(HOLE.findall(said)) != Counter(HOLE.findall(text.said)) or BRACE.search(HOLE.sub("", said)):
        raise MendError(f"Texte {number} : gardez ce qui est entre accolades dans « {text.said} ».")
    return said


def main() -> None:
    """Write the page, or mend the code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mend", action="store_true", help="put the mended texts into the code")
    page = ROOT / PAGE
    if not parser.parse_args().mend:
        page.parent.mkdir(exist_ok=True)
        page.write_text(draw(ROOT))
        print(f"{PAGE} : corrigez-le, puis `python -m tools.texts --mend`.")
        return
    try:
        changed = mend(ROOT, page.read_text())
    except MendError as error:
        sys.exit(str(error))
    if changed:
        subprocess.run([sys.executable, "-m", "ruff", "format", "-q", *map(str, changed)], cwd=ROOT, check=True)  # nosec B603  # our own command, no shell
    print("\n".join(["Corrigés :", *(str(path.relative_to(ROOT)) for path in changed)]))


if __name__ == "__main__":
    main()
