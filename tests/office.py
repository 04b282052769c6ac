"""LibreOffice without a window, for what we write: a file it has to repair, or cannot read, fails here."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from pathlib import Path

AS_CSV = "csv:Text - txt - csv (StarCalc):59,34,76,1,,1036,false,false,false,false,false,-1"
"""`;`, UTF-8, French, raw values instead of shown ones, every sheet in a file of its own."""


def convert(folder: Path, name: str, content: bytes, to: str) -> list[Path]:
    """The files LibreOffice makes of that one, in a profile of its own."""
    source, out = folder / name, folder / f"out-{name}"
    source.write_bytes(content)
    command = ["soffice", f"-env:UserInstallation=file://{folder / 'profile'}", "--headless", "--norestore",
               "--convert-to", to, "--outdir", str(out), str(source)]  # fmt: skip
    environment = os.environ | {"HOME": str(folder), "SAL_USE_VCLPLUGIN": "svp"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    assert done.returncode == 0, done.stderr
    assert "could not be loaded" not in done.stderr, done.stderr
    return sorted(out.iterdir())


def sheets(folder: Path, name: str, content: bytes) -> dict[str, list[list[str]]]:
    """The rows LibreOffice reads in each sheet of a workbook, numbers in full."""
    stem = name.rpartition(".")[0]
    found = {}
    for path in convert(folder, name, content, AS_CSV):
        rows = csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";")
        found[path.stem.removeprefix(f"{stem}-")] = list(rows)
    return found


def number(text: str) -> float | None:
    """A number as LibreOffice writes it in a CSV: a percentage keeps all its digits."""
    if not text:
        return None
    figure = text.removesuffix("%").replace(",", ".")
    return float(figure) / 100 if text.endswith("%") else float(figure)
