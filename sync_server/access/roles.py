"""Roles of the console, and the one table of what each may do. Every route names the right that it asks for."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["coordinator", "reader", "administrator", "partner", "auditor"]
Right = Literal["account", "figures", "records", "settings", "directory", "enrolment", "devices", "accounts",
                "publications", "slips", "security-log"]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)
"""Who may sign in to the console (PRIVACY, Access; partner services and auditors beside them)."""
NAMES: dict[str, str] = {
    "coordinator": "coordination",
    "reader": "lecture",
    "administrator": "administration",
    "partner": "service partenaire",
    "auditor": "contrôle",
}
"""In the words of the pages and of the log."""
MAY: dict[Right, frozenset[Role]] = {
    # One's own account: sessions, password, second factor.
    "account": frozenset(ROLES),
    # Indicators before publication, maps, reports and targets.
    "figures": frozenset({"coordinator"}),
    # The records behind a figure, and their corrections.
    "records": frozenset({"coordinator"}),
    # What figures are set against: targets, funding, deadlines, lists, the log of acts.
    "settings": frozenset({"coordinator"}),
    "directory": frozenset({"coordinator"}),
    # Confirming that a tablet that asks is one's team's. Not the administrator: whoever makes a code cannot read
    # with it.
    "enrolment": frozenset({"coordinator"}),
    # Codes and revocations. No record.
    "devices": frozenset({"administrator"}),
    # Who may sign in, and as what.
    "accounts": frozenset({"administrator"}),
    # Published figures only.
    "publications": frozenset({"coordinator", "reader", "administrator"}),
    # A service's own slips, and nothing else.
    "slips": frozenset({"partner"}),
    "security-log": frozenset({"auditor"}),
}
"""Right to roles: the least that each needs."""
FIRST_PAGES: dict[str, str] = {
    "coordinator": "/console/tableau-de-bord",
    "administrator": "/console/appareils",
    "reader": "/console/publications",
    "partner": "/console/coupons",
    "auditor": "/console/journal-de-securite",
}
"""Where each role arrives."""


def may(role: str, right: Right) -> bool:
    """Tell whether a role has a right; a role that is unknown has none."""
    return role in MAY[right]
