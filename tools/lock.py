"""Locks the dependencies with hashes, for every platform, without naming where they came from."""

from __future__ import annotations

import re
import subprocess  # nosec B404  # commands that stand in this file, no shell
import sys
from pathlib import Path

LOCKS = {
    "requirements.lock": [],
    "requirements-server.lock": ["--extra", "server"],
    "requirements-dev.lock": ["--extra", "server", "--group", "dev"],
    "requirements-audit.lock": [
        "--extra", "server", "--extra", "audit", "--constraint", "requirements-server.lock",
    ],
}  # fmt: skip
"""The tablet; the server; a developer's machine and CI; `make audit`, beside the server as it is locked."""

COMPILE = (
    "-m uv pip compile pyproject.toml --universal --generate-hashes --quiet --no-emit-index-url"
    " --no-emit-find-links --no-annotate --python-version 3.11"
)

TABLET, WEB = Path("requirements.lock"), Path("requirements-web.lock")
NOT_IN_A_BROWSER = frozenset(
    {"argon2-cffi", "argon2-cffi-bindings", "cffi", "cryptography", "oauthlib", "pycparser"}
)
"""What the browser does itself (WebCrypto, hash-wasm), and what only that needed."""
_HEADING = (
    "# The packages of the web client: requirements.lock less what a browser does itself. Made by `make lock`."
)


def web_lock(tablet_lock: str) -> str:
    """Return the lock of the web client: the tablet's versions and hashes, which cover the wheels for wasm too."""
    packages = re.split(r"\n(?=[a-z0-9])", tablet_lock.strip())
    kept = [one for one in packages if one[0] != "#" and one.split("==")[0] not in NOT_IN_A_BROWSER]
    return "\n".join([_HEADING, *kept, ""])


def main() -> None:
    """Write the five lock files. Needs `uv`, which the dev lock brings."""
    for target, extras in LOCKS.items():
        words = [*COMPILE.split(), "--custom-compile-command", "make lock", *extras, "--output-file", target]
        subprocess.run([sys.executable, *words], check=True)  # nosec B603  # our own command, no shell
    WEB.write_text(web_lock(TABLET.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
