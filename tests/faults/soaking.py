"""What a run did, told to `make soak` (`tools/soak.py`) once all its checks have passed."""

from __future__ import annotations

import json
import os


def soaked(what: str, **figures: int) -> None:
    """One line of the report, where one is asked for."""
    if "SOAK_REPORT" in os.environ:
        with open(os.environ["SOAK_REPORT"], "a", encoding="utf-8") as report:
            report.write(json.dumps({"what": what} | figures) + "\n")
