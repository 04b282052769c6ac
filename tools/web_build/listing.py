"""Write what names the build: its version, the service worker with the list of its files, the server's list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from shared import wire
from tools.web_build import places
from tools.web_build.client import replace_once

LISTING = "build.json"
"""For the server alone: version, protocol, and the SHA-256 of each file it may serve."""


def list_files(out: Path) -> dict[str, str]:
    """Return the SHA-256 of each file by its path."""
    paths = sorted(path for path in out.rglob("*") if path.is_file())
    return {p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def name_build(out: Path) -> str:
    """Write build.js, which the worker reads; return the version: 12 hexadecimal digits of all that is in the
    build, the service worker's own code and the protocol too."""
    worker = (places.SOURCES / "sw.js").read_text("utf-8")
    named = json.dumps([list_files(out), worker, wire.PROTOCOL], sort_keys=True)
    version = hashlib.sha256(named.encode()).hexdigest()[:12]
    (out / "build.js").write_text(f'export const BUILD = "{version}";\n', "utf-8")
    return version


def write_service_worker(out: Path, version: str) -> None:
    """Write sw.js with the list of the build. Nothing that the list names may change after this."""
    worker = (places.SOURCES / "sw.js").read_text("utf-8")
    worker = replace_once(worker, "{build}", version)
    worker = replace_once(worker, '"{files}"', json.dumps(list_files(out), sort_keys=True))
    (out / "sw.js").write_text(worker, "utf-8")


def write_listing(out: Path, version: str, inputs: str, served: Mapping[str, str]) -> None:
    """Write the server's list of what it may serve; `inputs` is what the next build compares itself with."""
    listing = {"build": version, "protocol": wire.PROTOCOL, "inputs": inputs, "files": dict(served)}
    (out / LISTING).write_text(json.dumps(listing, indent=1, sort_keys=True) + "\n", "utf-8")


def list_build(out: Path) -> str:
    """Write all that names a build which is not packed, and return its version: see the three above."""
    version = name_build(out)
    write_service_worker(out, version)
    write_listing(out, version, "", list_files(out))
    return version


def read_inputs(out: Path) -> str:
    """Return the digest of the inputs that the build in that folder was made of; none of no build."""
    try:
        found = json.loads((out / LISTING).read_text("utf-8"))["inputs"]
    except (OSError, ValueError, KeyError):
        return ""
    return str(found)
