"""The audit log as a person reads it: who did what, and what it was before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed; empty where there was or is nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry; `new` when there was nothing before."""

    number: int
    day: date
    login: str
    act: str
    subject: str
    new: bool
    changes: list[Change]


def line(entry: Any) -> LogLine:
    """An entry of `audit.entries`, its contents laid side by side."""
    before, after = _content(entry.before), _content(entry.after)
    changes = [Change(name, before.get(name, ""), after.get(name, "")) for name in {**before, **after}]
    told = [change for change in changes if change.before or change.after]
    return LogLine(entry.number, entry.day, entry.login, entry.act, entry.subject, not before, told)


def _content(text: str) -> dict[str, str]:
    found = json.loads(text) if text else {}
    if not isinstance(found, dict):
        found = {"Contenu": found}
    return {name: _said(value) for name, value in found.items()}


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if value is None or isinstance(value, str):
        return value or ""
    return str(value) if isinstance(value, int | float) else json.dumps(value, ensure_ascii=False)
