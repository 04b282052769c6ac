from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser import Window, window


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Iterator[Window]:
    """A tablet: it keeps the app for when there is no server where the journey is marked `installs`."""
    with window(installs=request.node.get_closest_marker("installs") is not None) as found:
        yield found
