"""Read the code with bandit: no finding, and no `# nosec` without its number and its reason.

The tests are left out: they assert, and hold invented secrets, in every line.
"""

from __future__ import annotations

import json
import re
import subprocess  # nosec B404  # commands that stand in this file, no shell
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tools.run import ROOT

READ = ("shared", "field_app", "sync_server", "tools", "main.py")
EXPLAINED = re.compile(r"# nosec B\d{3}( B\d{3})*  # \w")


def look(programs: Path) -> list[str]:
    """Return what bandit finds, and each exception without a reason, a line each."""
    words = [str(programs / "bandit"), "--quiet", "--recursive", "--format", "json", *READ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)  # nosec B603  # no shell
    return [*read_report(done.stdout), *list_unexplained(ROOT)]


def read_report(said: str) -> list[str]:
    """Read bandit's report. What it could not read is a finding too."""
    told = json.loads(said)
    unread = [f"{one['filename']}: {one['reason']}" for one in told["errors"]]
    return unread + [
        f"{one['filename']}:{one['line_number']}: {one['test_id']} {one['issue_text']}" for one in told["results"]
    ]


def list_unexplained(root: Path) -> Iterator[str]:
    """List the exceptions below that folder that do not say which finding they are for, and why it is none."""
    tops = [root / name for name in READ]
    for path in sorted(file for top in tops for file in ([top] if top.suffix else top.rglob("*.py"))):
        with path.open("rb") as file:
            said = [token for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT]
        for comment in said:
            if "nosec" in comment.string and not EXPLAINED.search(comment.string):
                yield f"{path.relative_to(root)}:{comment.start[0]}: nosec without a number or a reason"
