"""Somebody else writes a client, with nothing but the description that the server gives of itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shared.models import KINDS
from tests.foreign_client import client
from tests.journeys.conftest import World

pytestmark = [pytest.mark.journey]


def test_a_client_written_from_the_description_alone_pushes_pulls_and_reconciles(
    world: World, tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{world.server_port}"
    # Isolated: neither the folder nor the environment leads to this project, so none of it can be imported.
    command = [sys.executable, "-I", str(Path(client.__file__)), address, world.code(), world.code()]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["kinds"] == list(KINDS)
    assert told["written"] == len(KINDS) + 2
    assert told["conflict"] == "conflict"


def test_nothing_of_this_project_is_imported_by_it() -> None:
    names = {"shared", "field_app", "sync_server", "tools", "tests"}
    probe = f"import importlib.util as u; print([n for n in {sorted(names)} if u.find_spec(n)])"
    found = subprocess.run(
        [sys.executable, "-I", "-c", probe], cwd="/", capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
