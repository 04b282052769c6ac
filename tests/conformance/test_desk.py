"""The suite of the ports on a desk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from field_app.ports.desk.ciphers import DeskCiphers
from field_app.ports.desk.storage import FolderStorage
from field_app.ports.ports import Ports
from tests.conformance.conftest import released
from tests.conformance.serving import Served
from tests.conformance.suite import keeping, sealing
from tests.conformance.suite.every import CHECKS
from tests.conformance.suite.subject import Subject


@pytest.fixture
def in_paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A desk whose clock is set to Paris."""
    with monkeypatch.context() as change:
        change.setenv("TZ", "Europe/Paris")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="module")
def served(serve: Callable[[Path], Served]) -> Served:
    return serve(Path("no build"))


def desk_subject(folder: Path, server: str = "", code: str = "", brought: dict[str, str] | None = None) -> Subject:
    """The ports of a desk over that folder."""
    ports = Ports(storage=FolderStorage(folder))
    return Subject("desk", ports, DeskCiphers(), server, code, brought or {}, released())


@pytest.mark.parametrize("name", CHECKS)
async def test_the_ports_of_a_desk(name: str, served: Served, tmp_path: Path, in_paris: None) -> None:
    served.start()
    brought = await sealing.seal_for_the_other(desk_subject(tmp_path)) if "other_platform" in name else {}
    await CHECKS[name](desk_subject(tmp_path, served.url, served.code(), brought))


async def test_the_secret_of_a_desk_is_the_same_at_the_next_start(tmp_path: Path) -> None:
    first, again = [await keeping.secret_answers(desk_subject(tmp_path)) for _ in range(2)]
    other = tmp_path / "other"
    assert first == again != await keeping.secret_answers(desk_subject(other))
