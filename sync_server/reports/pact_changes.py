"""Two reports side by side: every value that differs, by its name, in texts that differ too (R8). What is compared
is what was frozen, never what a page makes of it: 0,119 and 0,116 may be rounded to one text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared import choices, french
from sync_server.reports.frozen import canonical, digest
from sync_server.reports.pact_report import REPORT_KINDS, Body, epci_names
from sync_server.steering import goals

Path = tuple[str, ...]
ABSENT = "absent"
WORDS = frozenset({"shown", "beside", "remark"})
"""What a figure's numbers are told in: named only when the numbers of that figure are the same."""
MOST_DECIMALS = 15
DAYS = frozenset({"first", "last", "cut_off", "day", "done_on"})
NAMES = {
    "form": "Forme du document", "kind": "Genre de rapport", "title": "Titre", "territory": "Territoire",
    "first": "Premier jour", "last": "Dernier jour", "cut_off": "Issues connues au",
    "synthetic": "Données de démonstration", "years": "Années du pacte", "reached": "Années comptées",
    "code": "Code", "label": "Intitulé", "unit": "Unité", "definition": "Définition", "rule": "Règle de comptage",
    "source": "Source", "sub_axis": "Sous-axe", "rate": "Taux", "mean": "Moyenne", "t0": "T0",
    "owner": "Responsable", "direction": "Sens voulu", "trajectory": "Trajectoire", "comment": "Commentaire",
    "gap": "Écart", "attainment": "Atteinte", "year": "Année", "planned": "Prévu (€)", "executed": "Exécuté (€)",
    "day": "Jour", "done_on": "Fait le",
}  # fmt: skip
FIGURE = {
    "high": "haut de fourchette", "numerator": "numérateur", "numerator_high": "numérateur, haut de fourchette",
    "denominator": "dénominateur", "denominator_high": "dénominateur, haut de fourchette", "unknown": "inconnu",
    "unknown_aside": "inconnu hors du dénominateur", "apart": "à part", "apart_high": "à part, haut de fourchette",
    "shown": "texte", "beside": "part, taux ou moyenne, texte", "remark": "à savoir",
}  # fmt: skip
OF_RATE = frozenset({"t0", "gap", "value", "high"})
"""What is a fraction in the entry of a rate."""
_TITLES = {
    "targets": "Cible {}",
    "values": "Valeur {}",
    "reached": "Réalisé {}",
    "epcis": "{}",
    "period": "Période",
}


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One value that differs between two reports: where it stands, what it is, and both its texts."""

    where: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A value and its name. `key` is the body's own; `share` says that it is a fraction, read in %."""

    where: str
    what: str
    key: str
    value: Any
    share: bool = False


def compare(before: Body, after: Body) -> list[ChangedValue]:
    """Return every value that differs, in the order of the report; what one has and the other has not is « absent
    ». Empty only when the two bodies are the same, and so their digests."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    paths = [*old, *(path for path in new if path not in old)]
    moved = [path for path in paths if not _same(old.get(path), new.get(path))]
    counted = {path[:-1] for path in moved if path[-1] not in WORDS}
    found = [_change(old.get(p), new.get(p)) for p in moved if p[-1] not in WORDS or p[:-1] not in counted]
    if not found and canonical(before) != canonical(after):
        marks = (f"empreinte {digest(body)[:12]}" for body in (before, after))
        found = [ChangedValue("Rapport", "Ordre ou forme du contenu", *marks)]
    return found


def _same(old: _Leaf | None, new: _Leaf | None) -> bool:
    if old is None or new is None:
        return old is new
    return old.value == new.value and isinstance(old.value, bool) == isinstance(new.value, bool)


def _change(old: _Leaf | None, new: _Leaf | None) -> ChangedValue:
    named = old or new
    assert named is not None  # noqa: S101  # nosec B101  # a path comes from one of the two
    return ChangedValue(named.where, named.what, *_texts(old, new))


def _texts(old: _Leaf | None, new: _Leaf | None) -> tuple[str, str]:
    """Return both texts, with as many decimals as it takes to tell them apart."""
    for decimals in range(1, MOST_DECIMALS + 1):
        before, after = _format_leaf(old, decimals), _format_leaf(new, decimals)
        if before != after:
            return before, after
    return _raw(old), _raw(new)


def _raw(leaf: _Leaf | None) -> str:
    """Return the text as it is kept, where nothing else tells two values apart: a text « — » from no value."""
    return ABSENT if leaf is None else json.dumps(leaf.value, ensure_ascii=False)


def _format_leaf(leaf: _Leaf | None, decimals: int) -> str:
    if leaf is None:
        return ABSENT
    value = leaf.value
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int | float):
        percent = f"{french.format_number(value * 100, decimals)}{french.NNBSP}%"
        return percent if leaf.share else french.format_number(value, decimals)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return _format_text(leaf.key, str(value))


def _format_text(key: str, text: str) -> str:
    """Format a code or a day as a person reads it; any other text as it is."""
    if key in DAYS and text:
        try:
            return french.format_day(date.fromisoformat(text))
        except ValueError:
            return text
    if key == "trajectory":
        return choices.load(key).label_of(text)
    return REPORT_KINDS.get(text, text) if key == "kind" else text


def _leaves(body: Body) -> Iterator[tuple[Path, _Leaf]]:
    """List what a report says, value by value, each by its path: codes and years, never places in a list."""
    names = epci_names(body)
    yield from _epcis(names)
    for key, value in body.items():
        if key == "actions":
            for action in value:
                yield from _action(action, names)
        elif key == "national":
            yield from _national(value)
        elif key == "deadlines":
            yield from _deadlines(value)
        elif key == "notes":
            for place, note in enumerate(value, 1):
                yield (key, str(place)), _Leaf("Méthode", f"Note {place}", key, note)
        elif key != "epcis":
            yield (key,), _leaf("Rapport", key, value)


def _epcis(names: Mapping[str, str]) -> Iterator[tuple[Path, _Leaf]]:
    """Yield the EPCI that the report names, each at its place."""
    for place, (code, name) in enumerate(names.items(), 1):
        if code != name:
            yield ("epcis", code), _Leaf("Rapport", f"EPCI {code}", "epcis", name)
            yield ("epcis", code, "place"), _Leaf("Rapport", f"{name}, rang", "place", place)


def _national(found: list[Body]) -> Iterator[tuple[Path, _Leaf]]:
    for one in found:
        where = f"Indicateurs nationaux : {one.get('label', '')}"
        rate = goals.national_input_type(one.get("unit", "")) == "rate"
        yield from _thing(("national", one.get("code", "")), where, one, rate)


def _leaf(where: str, key: str, value: Any, rate: bool = False) -> _Leaf:
    return _Leaf(where, NAMES.get(key, key), key, value, key == "attainment" or (rate and key in OF_RATE))


def _action(action: Body, names: Mapping[str, str]) -> Iterator[tuple[Path, _Leaf]]:
    label = action.get("label", "")
    at, fiche = ("actions", action.get("code", "")), label.split(" – ")[0]
    for key, value in action.items():
        if key == "indicators":
            for entry in value:
                code = entry.get("code", "")
                where = f"{fiche} indicateurs : {code} · {entry.get('label', '')}"
                yield from _thing((*at, key, code), where, entry, bool(entry.get("rate")), names)
        elif key == "funding":
            for money in value:
                year = str(money.get("year", ""))
                yield from _thing((*at, key, year), f"{fiche} financement : {year}", money)
        else:
            yield (*at, key), _leaf(label, key, value)


def _deadlines(found: list[Body]) -> Iterator[tuple[Path, _Leaf]]:
    seen: Counter[str] = Counter()
    for one in found:
        label = one.get("label", "")
        seen[label] += 1
        named = label if seen[label] == 1 else f"{label} ({seen[label]})"  # two of one name: both are told
        yield from _thing(("deadlines", named), f"Échéances : {named}", one)


def _thing(
    at: Path, where: str, thing: Body, rate: bool = False, names: Mapping[str, str] | None = None
) -> Iterator[tuple[Path, _Leaf]]:
    for key, value in thing.items():
        if not isinstance(value, Mapping):
            yield (*at, key), _leaf(where, key, value, rate)
        elif key == "period":
            yield from _figure((*at, key), where, _TITLES[key], value, rate)
        else:
            for one, told in value.items():
                what = _TITLES.get(key, f"{key} {{}}").format((names or {}).get(one, one))
                if isinstance(told, Mapping):
                    yield from _figure((*at, key, one), where, what, told, rate)
                else:
                    yield (*at, key, one), _Leaf(where, what, key, told, rate)


def _figure(
    at: Path, where: str, what: str, figure: Mapping[str, Any], rate: bool
) -> Iterator[tuple[Path, _Leaf]]:
    for key, value in figure.items():
        named = what if key == "value" else f"{what}, {FIGURE.get(key, key)}"
        yield (*at, key), _Leaf(where, named, key, value, rate and key in OF_RATE)
