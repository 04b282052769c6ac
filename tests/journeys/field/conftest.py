from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Window, window
from tests.journeys.conftest import World, own_port, running, settle
from tests.journeys.enrolled import EnrolledTablet, make_enrolled


@pytest.fixture(scope="session")
def enrolled_tablet(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> EnrolledTablet:
    """A tablet enrolled once for all the journeys of this process. They share nothing: each copies it."""
    return make_enrolled(sqlite_template, tmp_path_factory.mktemp("enrolled"), own_port())


@pytest.fixture
def world(database_url: str, request: pytest.FixtureRequest) -> Iterator[World]:
    """The server running, no record yet. In a journey marked `enrolled` over SQLite it knows the tablet that
    `browser` is a copy of; over PostgreSQL the journey enrols its own."""
    if request.node.get_closest_marker("enrolled") and database_url.startswith("sqlite"):
        tablet: EnrolledTablet = request.getfixturevalue("enrolled_tablet")
        tablet.lay_database(database_url)
        found = World.over(database_url, tablet.port, tablet.profile)
    else:
        settle(database_url)
        found = World.over(database_url, own_port())
    with running(found):
        yield found


@pytest.fixture
def browser(world: World, request: pytest.FixtureRequest) -> Iterator[Window]:
    """A tablet: it keeps the app for when there is no server where the journey is marked `installs`."""
    installs = request.node.get_closest_marker("installs") is not None
    with window(installs=installs, profile=world.profile) as found:
        yield found
