"""Every check, in the order they run: the server is gone after the last."""

from __future__ import annotations

from tests.conformance.suite import carrying, keeping, sealing, telling
from tests.conformance.suite.subject import Check

CHECKS: dict[str, Check] = {
    check.__name__: check for check in (*sealing.CHECKS, *keeping.CHECKS, *telling.CHECKS, *carrying.CHECKS)
}
