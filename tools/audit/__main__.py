"""`make audit`: 1 when anything was found; what could not be looked at is said, and is no finding."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tools.audit import api, code, packages
from tools.run import ROOT

PROGRAMS = Path(os.environ.get("AUDIT_PROGRAMS") or ROOT / ".venv-audit" / "bin")
REPORTS = ROOT / "var" / "audit"


def main() -> int:
    """Look at the code, the locked packages and the API, and say what was found."""
    print("bandit, over our code", flush=True)
    found = code.look(PROGRAMS)
    print("pip-audit, over the lock files", flush=True)
    for looked in packages.look(PROGRAMS):
        print(f"  {looked.told}", flush=True)
        found += looked.found
    print("schemathesis, over the whole HTTP API of a server of its own", flush=True)
    found += api.look(PROGRAMS, REPORTS)
    for one in found:
        print(f"FOUND {one}")
    print(f"{len(found)} found.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
