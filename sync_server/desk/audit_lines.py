"""The audit log as a person reads it: who did what to what, and what it was before, all in French words.

The log keeps codes, which its chain of digests seals: they are made words here, as the lists name them today. A
record is named by its reference alone, as the log does: its day and place are none of the log's (PRIVACY).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared import choices, field_labels, hours
from shared import territory as territories
from shared.french import format_day
from sync_server.reports.pact_report import REPORT_KINDS

LABELS = field_labels.FIELDS | {
    "kind": "Type de rapport",
    "first": "Du",
    "last": "Au",
    "cut_off": "Suites connues au",
    "comment": "Commentaire",
    "digest": "Empreinte (début)",
    "state": "État",
    "note": "Note",
    "records": "Références",
    "revision": "Révision",
    "fields": "Champs changés",
    "list_name": "Liste",
    "label": "Libellé",
    "national": "Compté avec",
    "retired_on": "Retiré le",
    "retired": "Retiré de l’annuaire",
    "communes": "Communes cochées",
    "new": "Services ajoutés",
    "changed": "Services mis à jour",
    "overwritten": "Services remplacés par ceux du fichier",
}
"""What the log calls a thing to what a person reads."""
UNTOLD = frozenset({"code", "order"})
"""What steers the machine, and tells a person nothing."""
HANDLED = "Signalement traité"
_RAW, _DAY = re.compile(r"[a-z][a-z_]*"), re.compile(r"\d{4}-\d\d-\d\d")
_DONE = {"Ajout": "ajouté", "Modification": "modifié", "Retrait": "retiré"}
_THINGS = {
    "objectif": "Objectif {done} : {code} · {title}",
    "indicateur national": "Indicateur national {done} : {title}",
    "financement": "Financement {done} : {title}",
    "échéance": "Échéance {done}e : {title}",
}
"""By the beginning of the key of a thing of `steering`: the sentence."""
_RECORD = re.compile(r"(.+) ([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One thing that changed: `before` is None where the log has none, or where it stayed the same."""

    label: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry, and what was done as one sentence."""

    number: int
    day: date
    login: str
    told: str
    changes: list[ChangedField]


def line(entry: Any, service_name: Callable[[str], str]) -> LogLine:
    """Return an entry of `audit.entries`, its contents laid side by side; `service_name` says which service an id
    is."""
    before, after = (json.loads(text) if text else {} for text in (entry.before, entry.after))
    if "communes" in after:
        changes = _communes(before["communes"], after["communes"])
    else:
        changes = _changes(entry.act, before, after, service_name)
    return LogLine(entry.number, entry.day, entry.login, _sentence(entry.act, entry.subject), changes)


def _sentence(act: str, subject: str) -> str:
    title, _, key = subject.rpartition(" · ")
    form = next((form for thing, form in _THINGS.items() if key.startswith(f"{thing} ")), None)
    if form and act in _DONE:
        return form.format(done=_DONE[act], code=key.rpartition(" ")[2], title=title)
    if act.startswith("Choix local"):
        of, _, label = subject.partition(" : ")
        return f"{act} : « {label} », dans la liste « {of} »"
    if act == "Communes dépourvues modifiées":
        return f"Communes dépourvues d’action jeunesse modifiées : année {subject}"
    if found := _RECORD.fullmatch(subject):
        return f"{act} : {found[1].lower()} de référence {found[2]}"
    return f"{act} : {subject}"


def _changes(
    act: str, before: Mapping[str, Any], after: Mapping[str, Any], service_name: Callable[[str], str]
) -> list[ChangedField]:
    found = []
    order = list(LABELS)
    for name in sorted({**before, **after}, key=lambda n: order.index(n) if n in LABELS else len(order)):
        held = [_format_value(name, side.get(name), {**before, **side}, service_name) for side in (before, after)]
        if act == HANDLED and name == "state":
            held[1] = "traité"
        if name not in UNTOLD and any(held):
            told = LABELS.get(name) or (field_labels.of(name) if _RAW.fullmatch(name) else name)
            found.append(ChangedField(told, held[0] if name in before and held[0] != held[1] else None, held[1]))
    return found


def _communes(before: list[str], after: list[str]) -> list[ChangedField]:
    """Count the marked communes and list which came and went: a hundred names twice would say nothing."""
    more, less = (_places(set(one) - set(other)) for one, other in ((after, before), (before, after)))
    moved = [ChangedField("Ajoutées", None, more)] * bool(more) + [ChangedField("Retirées", None, less)] * bool(
        less
    )
    return [ChangedField(LABELS["communes"], str(len(before)), str(len(after))), *moved]


def _places(codes: set[str]) -> str:
    known = territories.communes()
    return ", ".join(sorted(known[code].name if code in known else code for code in codes))


def _format_value(name: str, value: Any, beside: Mapping[str, Any], service_name: Callable[[str], str]) -> str:
    """Format a value in words; what stands `beside` it says which list a code is of."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(_format_value(name, one, beside, service_name) for one in value)
    if name in ("new", "changed", "overwritten"):
        return service_name(value)
    if name == "national":
        return choices.load(beside["list_name"]).label_of(value)
    if isinstance(value, float):
        return str(value).replace(".", ",")
    return _WORDS.get(name, _plain)(str(value))


def _plain(text: str) -> str:
    return format_day(date.fromisoformat(text)) if _DAY.fullmatch(text) else text


def _opening(text: str) -> str:
    return " ; ".join(hours.described(text)) if hours.parse(text) is not None else text


_WORDS: Mapping[str, Callable[[str], str]] = {
    "kind": lambda code: REPORT_KINDS.get(code, code),
    "digest": lambda text: f"{text[:8]}…",
    "state": lambda code: choices.load("review").label_of(code),
    "fields": field_labels.of,
    "list_name": lambda name: choices.load(name).label,
    "themes": lambda code: choices.load("theme").label_of(code),
    "publics": lambda code: choices.load("public").label_of(code),
    "languages": lambda code: choices.load("language").label_of(code),
    "wheelchair": lambda code: choices.load("wheelchair").label_of(code),
    "network": lambda code: choices.load("network").label_of(code),
    "problem": lambda code: choices.load("service_problem").label_of(code),
    "commune": lambda code: _places({code}),
    "opening_hours": _opening,
}
"""By the name of what changed: a code to its words."""
