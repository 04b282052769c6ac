"""Fetch what the web client needs of PyPI and npm, and leave out what no screen reaches."""

from __future__ import annotations

import hashlib
import shutil
import subprocess  # nosec B404  # commands that stand in this file, no shell
import sys
from collections.abc import Callable
from pathlib import Path

from tools.web_build import places
from tools.web_build.archives import compile_tree

PLATFORM = (
    "--only-binary :all: --python-version 3.14 --implementation cp --abi cp314 --abi none"
    " --platform pyemscripten_2026_0_wasm32 --platform any"
)
"""The Python and the ABI of the Pyodide in `flet-web` 1.0.5."""
DROPPED = (
    "*.dist-info", "bin", "share", "flutter", "**/__pycache__", "**/*.pyi", "**/py.typed", "certifi/cacert.pem",
    "flet/testing", "geopy/geocoders", "phonenumbers/shortdata/region_*.py", "pydantic/v1", "pydantic/mypy.py",
    "*/tests",
)  # fmt: skip
STDNUM = frozenset(
    {"__init__.py", "exceptions.py", "iban.dat", "iban.py", "luhn.py", "numdb.py", "util.py"}
    | {"be", "es", "eu", "fr", "iso7064", "me", "no"}
)
"""Of python-stdnum: what judges a French number and any country's IBAN (four have rules of their own)."""
ARGON2 = Path("node_modules") / "hash-wasm" / "dist" / "argon2.umd.min.js"


def site_packages(cache: Path) -> Path:
    """Return the folder of the compiled packages; from the cache when nothing they depend on changed."""
    return use_cache(cache, "site", _digest(places.LOCK, Path(__file__), places.COMPILER), _install_packages)


def argon2(cache: Path) -> Path:
    """Return hash-wasm's Argon2, fetched by npm against the integrity in its lock."""
    return use_cache(cache, "npm", _digest(*sorted(places.NPM.iterdir())), _install_npm) / ARGON2


def _install_packages(site: Path) -> None:
    words = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps"]
    words += ["--no-compile", *PLATFORM.split(), "--require-hashes", "--target", str(site), "-r", str(places.LOCK)]
    subprocess.run(words, check=True)  # nosec B603  # our own command, no shell
    trim(site)
    compile_tree(site, optimize=0)


def _install_npm(folder: Path) -> None:
    shutil.copytree(places.NPM, folder, dirs_exist_ok=True)
    words = [str(places.NODE), str(places.NPM_CLI), "ci", "--ignore-scripts", "--silent"]
    subprocess.run(words, check=True, cwd=folder)  # nosec B603  # our own command, no shell


def trim(site: Path) -> None:
    """Remove what no screen of the tablet reaches, and geopy's import of it."""
    for pattern in DROPPED:
        for path in sorted(site.glob(pattern)):
            remove(path)
    for path in (site / "stdnum").iterdir():
        if path.name not in STDNUM:
            remove(path)
    geopy = site / "geopy" / "__init__.py"
    text = geopy.read_text("utf-8")
    for line in ("from geopy.geocoders import *  # noqa\n", "del options  # noqa\n"):
        if text.count(line) != 1:
            raise RuntimeError(f"geopy changed: {line!r} is not there once")
        text = text.replace(line, "")
    geopy.write_text(text, "utf-8")


def remove(path: Path) -> None:
    """Remove a file or a whole folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def use_cache(cache: Path, name: str, digest: str, make: Callable[[Path], None]) -> Path:
    """Return the folder that `make` fills, once for each digest; half a folder never counts as one."""
    found = cache / f"{name}-{digest}"
    if not found.exists():
        for older in cache.glob(f"{name}-*"):
            shutil.rmtree(older)
        beside = cache / f"{name}-{digest}.part"
        beside.mkdir(parents=True)
        make(beside)
        beside.rename(found)
    return found


def _digest(*files: Path) -> str:
    found = hashlib.sha256()
    for path in files:
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]
