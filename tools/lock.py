"""Locks the dependencies with hashes, for every platform, without naming where they came from."""

from __future__ import annotations

import subprocess
import sys

LOCKS = {
    "requirements.lock": [],
    "requirements-server.lock": ["--extra", "server"],
    "requirements-dev.lock": ["--extra", "server", "--group", "dev"],
}
"""The tablet; the server; a developer's machine and CI."""

COMPILE = (
    "-m uv pip compile pyproject.toml --universal --generate-hashes --quiet --no-emit-index-url"
    " --no-emit-find-links --no-annotate --python-version 3.11"
)


def main() -> None:
    """Write the three lock files. Needs `uv`, which the dev lock brings."""
    for target, extras in LOCKS.items():
        words = [*COMPILE.split(), "--custom-compile-command", "make lock", *extras, "--output-file", target]
        subprocess.run([sys.executable, *words], check=True)


if __name__ == "__main__":
    main()
