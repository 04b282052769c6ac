"""Lay out the client: our page and worker, Flutter's half, Pyodide with its one patch."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from tools.web_build import places
from tools.web_build.archives import compile_tree, read_tree, store_zip, write_zip

FLUTTER = (
    "main.dart.wasm", "main.dart.mjs", "canvaskit/skwasm.js", "canvaskit/skwasm.wasm", "assets/AssetManifest.bin",
    "assets/AssetManifest.bin.json", "assets/fonts/MaterialIcons-Regular.otf", "assets/fonts/roboto.woff2",
    "assets/shaders/ink_sparkle.frag", "assets/shaders/stretch_effect.frag", "version.json",
)  # fmt: skip
"""Without CanvasKit, for browsers that could not run the rest either, and without the 20 fonts of formulas."""
FONTS = {"MaterialIcons": "MaterialIcons-Regular.otf", "Roboto": "roboto.woff2"}
"""Each is read at every start. Roboto is not in flet's own list: without this line no text is drawn."""
ARABIC = re.compile(rb"notosansarabic/[\w.-]+/[\w-]+\.woff2")
"""Where Flutter looks for the letters that Roboto lacks, below our own fonts: ours stands there. It is read when
there is such a letter to draw, at no other start."""
PYODIDE = ("pyodide.mjs", "pyodide.asm.wasm")
NO_FLUSH = "function ___syscall_fdatasync(fd){try{var stream=SYSCALLS.getStreamFromFD(fd);return 0}"
FLUSH = NO_FLUSH.replace("return 0", "return stream.stream_ops?.fsync?.(stream)??0")
"""Pyodide's fdatasync, which is what SQLite calls at each commit, does nothing."""
_WORKER_SETTINGS = re.compile(r"serviceWorkerSettings:\s*\{.*?\},\s*(?=onEntrypointLoaded)", re.DOTALL)
_FIRST_FRAME = re.compile(r"window\.addEventListener\('flutter-first-frame'.*?\{ once: true \}\);", re.DOTALL)
_CONFIG = "    assetBase: flet.assetBase\n"
_ALLOW = _CONFIG.replace("\n", ",\n    wasmAllowList: { blink: true, gecko: true, webkit: true, unknown: true }\n")
SERVER_ONLY = ("shared/models/tables", "shared/territory/README.md")
"""Of what both sides share: what no tablet reads."""


def copy_sources(out: Path) -> None:
    """Copy our own page, worker, icons and manifest. The service worker is written last, by `listing`."""
    skipped = shutil.ignore_patterns("sw.js")
    shutil.copytree(places.SOURCES, out, dirs_exist_ok=True, ignore=skipped)
    for picture in places.PICTURES:
        shutil.copy(picture, out)


def write_page(out: Path, size: int) -> None:
    """Write into the page how many megabytes a first visit brings."""
    page = out / "index.html"
    page.write_text(replace_once(page.read_text("utf-8"), "{size}", str(round(size / 1e6))), "utf-8")


def copy_flutter(out: Path) -> None:
    """Copy Flutter's half of the client, without its service worker, which would remove ours."""
    for name in FLUTTER:
        _copy(places.FLET / name, out / name)
    fonts = [{"family": family, "fonts": [{"asset": f"fonts/{name}"}]} for family, name in FONTS.items()]
    (out / "assets" / "FontManifest.json").write_text(json.dumps(fonts), "utf-8")
    _copy(
        places.ARABIC_FONT, out / "assets" / "fonts" / find_arabic((places.FLET / "main.dart.wasm").read_bytes())
    )
    shutil.copy(
        places.ARABIC_FONT.with_name("OFL.txt"), out / "assets" / "fonts"
    )  # its licence goes where it goes
    text = (places.FLET / "flutter_bootstrap.js").read_text("utf-8")
    (out / "flutter_bootstrap.js").write_text(amend_bootstrap(text), "utf-8")


def find_arabic(program: bytes) -> str:
    """Return where that program of Flutter asks for Arabic letters. Raises RuntimeError unless it names one
    place."""
    found: set[bytes] = set(ARABIC.findall(program))
    if len(found) != 1:
        raise RuntimeError(f"main.dart.wasm names {len(found)} fonts of Arabic instead of one")
    return found.pop().decode()


def amend_bootstrap(text: str) -> str:
    """Return Flutter's first script as we use it. Raises RuntimeError when it is not as it was."""
    for pattern in (_WORKER_SETTINGS, _FIRST_FRAME):  # the page decides itself when its words go
        text, times = pattern.subn("", text)
        if times != 1:
            raise RuntimeError(f"flutter_bootstrap.js changed: {pattern.pattern}")
    # Flutter allows its wasm in Chromium alone unless told otherwise, and the rest is not shipped.
    text = replace_once(text, _CONFIG, _ALLOW)
    return text.replace("//# sourceMappingURL=flutter.js.map", "")


def copy_pyodide(out: Path) -> None:
    """Copy the Python runtime: a standard library that needs no inflating, a `fdatasync` that flushes, and a list
    of packages that names none, since theirs lie on another host."""
    source, target = places.FLET / "pyodide", out / "pyodide"
    for name in PYODIDE:
        _copy(source / name, target / name)
    store_zip(source / "python_stdlib.zip", target / "python_stdlib.zip")
    runtime = (source / "pyodide.asm.mjs").read_text("utf-8")
    (target / "pyodide.asm.mjs").write_text(replace_once(runtime, NO_FLUSH, FLUSH), "utf-8")
    lock = json.loads((source / "pyodide-lock.json").read_text("utf-8"))
    (target / "pyodide-lock.json").write_text(json.dumps(lock | {"packages": {}}), "utf-8")


def write_python(out: Path, site: Path, work: Path) -> None:
    """Write the three archives of Python: the packages and the lists (names, choices, communes), which seldom
    change, and the app."""
    app = work / "app"
    for part in ("field_app", "shared"):
        shutil.copytree(places.ROOT / part, app / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for name in SERVER_ONLY:
        path = app / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copy(places.ROOT / "main.py", app)
    compile_tree(app, optimize=0)
    write_zip(read_tree(site), out / "python" / "site.zip")
    found = read_tree(app)
    write_zip({k: v for k, v in found.items() if k.endswith(".pyc")}, out / "python" / "app.zip")
    write_zip({k: v for k, v in found.items() if not k.endswith(".pyc")}, out / "python" / "lists.zip")


def replace_once(text: str, old: str, new: str) -> str:
    """Return the text with `old` replaced. Raises RuntimeError unless it stands there exactly once: a new version
    of what we patch must stop the build, never pass unpatched."""
    if text.count(old) != 1:
        raise RuntimeError(f"found {text.count(old)} times instead of once: {old[:80]}")
    return text.replace(old, new)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
