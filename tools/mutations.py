"""`make mutations`: breaks the sync on purpose, one promise at a time, and shows which test says so.

A test that cannot fail proves nothing. Each change is made in a copy of the project: the tests named must pass on
the copy as it is, and each must fail once it is changed. Writes `docs/mutations.md`.
"""

from __future__ import annotations

import shutil
import subprocess  # nosec B404  # commands that stand in this file, no shell
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tools.breaks import MUTATIONS as MUTATIONS
from tools.breaks import Mutation as Mutation
from tools.run import ROOT

FAILED = 1
"""What pytest returns when a test failed; anything else that is not 0 says that it could not run."""


def main() -> int:
    """Run all the mutations; 0 when each was noticed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        _copied(copy)
        for test in dict.fromkeys(test for mutation in MUTATIONS for test in mutation.tests):
            if code := _run(copy, test):
                print(f"{test} does not even pass unchanged ({code})", file=sys.stderr)
                return 1
        found = [(mutation, test, seen) for mutation in MUTATIONS for test, seen in noticed(copy, mutation)]
    (ROOT / "docs" / "mutations.md").write_text(_page(found), "utf-8")
    for mutation, test, seen in found:
        print(f"{'noticed' if seen else 'NOT NOTICED'}: {mutation.name} ({test})")
    return 0 if all(seen for _, _, seen in found) else 1


def _copied(copy: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout  # nosec B603 B607  # the git of this machine
    for name in listed.splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    (copy / ".venv").symlink_to(ROOT / ".venv")


def noticed(copy: Path, mutation: Mutation) -> list[tuple[str, bool]]:
    """Run each test under that change, and tell whether it fails; the copy is put right again."""
    before = {copy / path: (copy / path).read_text("utf-8") for path, _, _ in mutation.changes}
    try:
        for path, right, wrong in mutation.changes:
            text = (copy / path).read_text("utf-8")
            if text.count(right) != 1:
                raise ValueError(f"{mutation.name}: {path} no longer has {right!r} once")
            (copy / path).write_text(text.replace(right, wrong), "utf-8")
        return [(test, _run(copy, test) == FAILED) for test in mutation.tests]
    finally:
        for file, text in before.items():
            file.write_text(text, "utf-8")


def _run(copy: Path, test: str) -> int:
    words = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    return subprocess.run(words, cwd=copy, check=False, capture_output=True).returncode  # nosec B603  # our own command, no shell


def _page(found: list[tuple[Mutation, str, bool]]) -> str:
    rows = [f"| {m.name} | `{test}` | {'yes' if seen else '**no**'} |" for m, test, seen in found]
    return "\n".join(
        [
            "# The sync broken on purpose",
            "",
            f"Written by `make mutations` on {datetime.now(UTC):%Y-%m-%d}: each change is made in a copy of the",
            "project, and the test beside it must fail.",
            "",
            "| What is broken | The test | Noticed |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
