"""`make mutations`: breaks the sync on purpose, one promise at a time, and shows which test says so.

A test that cannot fail proves nothing. Each change is made in a copy of the project: the tests named must pass on
the copy as it is, and each must fail once it is changed. Writes `docs/mutations.md`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.run import ROOT

Change = tuple[str, str, str]
"""A file, what stands there, and what stands there instead."""
FLEET = "tests/faults/test_nothing_is_lost.py"
"""The random histories: beside a test of one situation, which does not depend on chance."""
FLOOD = "tests/sync_server/test_flood.py"
FAILED = 1
"""What pytest returns when a test failed; anything else that is not 0 says that it could not run."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A promise that is broken, how, and the tests which must notice, each of them."""

    name: str
    tests: tuple[str, ...]
    changes: tuple[Change, ...]


SYNCHRONOUS = 'connection.execute("PRAGMA synchronous = FULL")'
MUTATIONS = (
    Mutation(
        "The tablet drops the fsync",
        ("tests/field_app/test_local_store.py",),
        (("field_app/opening.py", SYNCHRONOUS, SYNCHRONOUS.replace("FULL", "OFF")),),
    ),
    Mutation(
        "The server drops the fsync",
        ("tests/sync_server/test_database.py",),
        (("sync_server/database.py", SYNCHRONOUS, SYNCHRONOUS.replace("FULL", "OFF")),),
    ),
    Mutation(
        "The receipt leaves before the commit",
        ("tests/journeys/test_server_killed.py",),
        (
            (
                "sync_server/store.py",
                """            with database.writing(engine) as connection:
                _keep(connection, sender, judged, today, receipts)
                alongside(connection, receipts)
        except""",
                """            import threading

            def later() -> None:
                with database.writing(engine) as connection:
                    _keep(connection, sender, judged, today, [None] * len(raw))

            for item in judged:
                receipts[item.place] = receipt(item, "accepted")
            threading.Timer(0.05, later).start()
        except""",
            ),
        ),
    ),
    Mutation(
        "The cursor is a plain number taken before the commit",
        ("tests/sync_server/test_cursor.py",),
        (
            ("sync_server/database.py", "== territory).with_for_update()", "== territory)"),
            (
                "sync_server/store.py",
                "    last: int = connection.execute(taken.returning(TERRITORY.c.seq)).scalar_one()\n",
                """    with connection.engine.begin() as own:
        last: int = own.execute(taken.returning(TERRITORY.c.seq)).scalar_one()
""",
            ),
        ),
    ),
    Mutation(
        "A crash clears the queue",
        ("tests/field_app/test_local_store.py", FLEET),
        (
            (
                "field_app/opening.py",
                "        _upgrade(connection)\n",
                """        _upgrade(connection)
        connection.execute("DELETE FROM sealed WHERE state = 'pending'")
""",
            ),
        ),
    ),
    Mutation(
        "A pull overwrites a pending edit",
        ("tests/field_app/test_local_store.py", FLEET),
        (("field_app/kept.py", "if mine is not None and mine.state not in HELD_THERE:", "if False:"),),
    ),
    Mutation(
        "A repeated push is a new record",
        ("tests/field_app/test_sync.py", FLEET),
        (
            (
                "sync_server/intake.py",
                "            return Incoming(place, record, digest)\n",
                """            import uuid

            record.id = record.id[:24] + uuid.uuid4().hex[:12]
            return Incoming(place, record, digest)
""",
            ),
        ),
    ),
    Mutation(
        "What a restored server lost is not sent again",
        ("tests/field_app/test_reconciled.py", FLEET),
        (("field_app/sync.py", "await store.send_again(lost.ids)", "await store.send_again([])"),),
    ),
    Mutation(
        "A sign-in is counted after its password is looked at, sixty at a time",
        (f"{FLOOD}::test_of_sixty_wrong_passwords_at_once_from_one_address_ten_are_looked_at",),
        (
            ("sync_server/auth.py", "AT_ONCE = 2\n", "AT_ONCE = 60\n"),
            (
                "sync_server/auth.py",
                """        if limit:
            with database.writing(engine) as connection:
                count_attempt(connection, territory, tried, limit)
        if not _is_right(engine, territory, login, password):
            return None
""",
                """        if not _is_right(engine, territory, login, password):
            if limit:
                with database.writing(engine) as connection:
                    count_attempt(connection, territory, tried, limit)
            return None
""",
            ),
        ),
    ),
)


def main() -> int:
    """Runs them all; 0 when each was noticed."""
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
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    (copy / ".venv").symlink_to(ROOT / ".venv")


def noticed(copy: Path, mutation: Mutation) -> list[tuple[str, bool]]:
    """Each test with whether it fails under that change; the copy is put right again."""
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
    return subprocess.run(words, cwd=copy, check=False, capture_output=True).returncode


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
