"""The real server that both platforms speak with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conformance.serving import Served

GOLDEN = Path(__file__).parents[1] / "golden"


def released() -> dict[str, str]:
    """Return the dump of each released database by its name."""
    return {path.stem: path.read_text("utf-8") for path in sorted(GOLDEN.glob("tablet_*.sql"))}


@pytest.fixture(scope="module")
def serve(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Served]]:
    """Starts a server over a database of its own that serves the build in that folder."""
    running: list[Served] = []

    def start(web: Path) -> Served:
        folder = tmp_path_factory.mktemp("served")
        shutil.copy(sqlite_template, folder / "server.db")
        found = Served(folder, web)
        running.append(found)
        found.start()
        return found

    yield start
    for each in running:
        each.close()
