"""A disk that fills up: announced before it hurts, nothing corrupted, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.run import ROOT

IN_ITS_OWN_NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
MOUNT = 'mount -t tmpfs -o size=64m tmpfs "$FULL_DISK"'


def test_on_a_file_system_of_64_megabytes_that_others_fill(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    environment = os.environ | {"FULL_DISK": str(disk)}
    if subprocess.run([*IN_ITS_OWN_NAMESPACE, MOUNT], env=environment, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a file system of their own")
    pytest_there = f'{MOUNT} && exec "{sys.executable}" -m pytest -q -p no:cacheprovider tests/faults/full_disk.py'
    there = [*IN_ITS_OWN_NAMESPACE, pytest_there]
    done = subprocess.run(there, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
