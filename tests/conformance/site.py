"""Lays out a build that runs the suite: the one that `make web` makes, with another archive of the app in it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.web_build import client, listing, places
from tools.web_build.archives import write_zip

LISTED = ("*.br", "*.gz", "sw.js", "build.js", listing.LISTING)
"""What depends on the bytes of the rest, and is written anew."""


def lay_site(out: Path, given: Mapping[str, Any]) -> Path:
    """Copy the build of these sources into `out`, with the suite in its archive of the app."""
    subprocess.run([sys.executable, "-m", "tools.web_build"], cwd=places.ROOT, check=True)
    shutil.copytree(places.OUT, out, ignore=shutil.ignore_patterns(*LISTED))
    app = out / "python" / "app.zip"
    with zipfile.ZipFile(app) as archive:
        contents = {name: archive.read(name) for name in archive.namelist() if not name.startswith("main.")}
    here = Path(__file__).parent
    contents["main.py"] = (here / "running.py").read_bytes()
    contents |= {"tests/__init__.py": b"", "tests/conformance/__init__.py": b""}
    for path in (here / "suite").glob("*.py"):
        contents[f"tests/conformance/suite/{path.name}"] = path.read_bytes()
    contents["given.json"] = json.dumps(given).encode()
    write_zip(contents, app)
    return list_anew(out)


def drop_the_flush(out: Path) -> Path:
    """Put Pyodide's own `fdatasync` back, which does nothing."""
    runtime = out / "pyodide" / "pyodide.asm.mjs"
    runtime.write_text(client.replace_once(runtime.read_text("utf-8"), client.FLUSH, client.NO_FLUSH), "utf-8")
    return list_anew(out)


def list_anew(out: Path) -> Path:
    """Write what names each file by its content: a valid build again."""
    for name in ("sw.js", "build.js", listing.LISTING):
        (out / name).unlink(missing_ok=True)
    listing.list_build(out)
    return out
