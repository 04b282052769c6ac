from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Window, window
from tests.journeys.web.small_build import Site, lay_build


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    lay_build(tmp_path / "web", "A")
    with Site(tmp_path / "web").serving() as site:
        yield site


@pytest.fixture
def browser(site: Site) -> Iterator[Window]:
    with window(installs=True) as found:
        yield found
        assert found.strangers == set()
