"""Two versions of one record: put together where they differ in different places, laid side by side elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared import choices, labels, territory
from shared.models import KINDS

Values = Mapping[str, Any]
PARTS = {
    "needs": "theme",
    "obstacles": "id",
    "rights": "id",
    "referrals": "id",
    "ages": "age_band",
    "genders": "gender",
}
"""The lists of parts in a record, and what tells one part from another."""
_SHOWN = {"needs": "theme", "obstacles": "kind", "rights": "right", "referrals": "service"}
"""What a part is called by when it is listed."""
_KIND_OF_PART = {"obstacles": "obstacle"}
_GONE = object()


@dataclass(frozen=True, slots=True)
class Merged:
    """The fields put together; `clashes` names those both had changed, where `mine` was kept."""

    fields: dict[str, Any]
    clashes: list[str]


def merge(base: Values, mine: Values, theirs: Values) -> Merged:
    """What both made of `base`: each field as whoever changed it left it. A need, a referral and the like are
    put together one by one."""
    fields: dict[str, Any] = {}
    clashes = []
    for name in dict.fromkeys([*base, *theirs, *mine]):
        value, clash = _either(base.get(name, _GONE), mine.get(name, _GONE), theirs.get(name, _GONE), name)
        if clash:
            clashes.append(name)
        if value is not _GONE:
            fields[name] = value
    return Merged(fields, clashes)


def _either(base: Any, mine: Any, theirs: Any, name: str) -> tuple[Any, bool]:
    """The value to keep, and whether both had changed it otherwise."""
    if mine in (base, theirs):
        return theirs, False
    if theirs == base:
        return mine, False
    if name in PARTS:
        key = PARTS[name]
        merged = merge(*({part[key]: part for part in _parts(side)} for side in (base, mine, theirs)))
        return list(merged.fields.values()), bool(merged.clashes)
    if isinstance(mine, dict) and isinstance(theirs, dict):
        inner = merge(base if isinstance(base, dict) else {}, mine, theirs)
        return inner.fields, bool(inner.clashes)
    return mine, True


def _parts(value: Any) -> list[dict[str, Any]]:
    return [] if value is _GONE else value


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two versions do not agree on, and what a person reads for each."""

    field: str
    label: str
    mine: str
    theirs: str


def differences(kind: str, mine: Values, theirs: Values, service_name: Callable[[str], str]) -> list[Difference]:
    """The fields that differ, in the order of the form; `service_name` says which service an id is."""
    found = []
    for name in KINDS[kind].model_fields:
        one, other = (value(kind, side, name) for side in (mine, theirs))
        if one != other:
            words = (said(name, version, service_name) for version in (one, other))
            found.append(Difference(name, labels.of(name), *words))
    return found


def value(kind: str, fields: Values, name: str) -> Any:
    """The value of a field, its default where nothing was entered."""
    return fields.get(name, KINDS[kind].model_fields[name].get_default(call_default_factory=True))


def said(name: str, value: Any, service_name: Callable[[str], str]) -> str:
    """A value as a person reads it."""
    if value is None or value == []:
        return "—"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if name in PARTS and isinstance(value, list):
        return ", ".join(_part_said(name, part, service_name) for part in value)
    if name == "commune":
        found = territory.communes().get(str(value))
        return found.name if found else str(value)
    if name == "day":
        return "/".join(reversed(str(value).split("-")))
    if name == "service":
        return service_name(str(value))
    listed = labels.LISTS.get(name, name)
    return choices.load(listed).label_of(str(value)) if listed in choices.names() else str(value)


def _part_said(name: str, part: Values, service_name: Callable[[str], str]) -> str:
    """A need, a referral and the like in a few words: what it is, then what more was said of it."""
    called = _SHOWN.get(name, PARTS[name])
    first = said(_KIND_OF_PART.get(name, called), part[called], service_name)
    if name in ("ages", "genders"):
        return f"{first} : {part['people']}"
    more = [
        said(k, v, service_name) for k, v in part.items() if k not in ("id", "coupon", "accepted", "theme", called)
    ]
    if part.get("accepted") is False:
        more.append("refusée")
    if part.get("coupon"):
        more.append("coupon remis")
    return f"{first} ({', '.join(more)})" if more else first
