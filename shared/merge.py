"""Two versions of one record: put together where they differ in different places, laid side by side elsewhere.

A field that is left out says its default, in a record and in each of its parts: left out or written is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from shared import choices, field_labels, territory
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
ONE_OR_OTHER = ("needs", "no_need")
"""Two fields that answer one question: a need, or none. Whoever notes the one says that the other is not so."""
_GONE = object()
_EACH = " by key"
"""Ends the kind of what is merged where it is the parts of a list, by what tells one from another."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The fields put together; `clashes` names those both had changed, where `mine` was kept."""

    fields: dict[str, Any]
    clashes: list[str]


@cache
def defaults(kind: str) -> Values:
    """Return what each field of that kind, or of that list of parts, says where it is left out; nothing of
    another."""
    if kind not in KINDS and kind not in PARTS:
        return {}
    found = {name: info for name, info in _model(kind).model_fields.items() if not info.is_required()}
    return {name: info.get_default(call_default_factory=True) for name, info in found.items()}


def _model(kind: str) -> Any:
    """Return the fields of a kind, or of one part of a list of that name."""
    if kind in KINDS:
        return KINDS[kind]
    return next(get_args(m.model_fields[kind].annotation)[0] for m in KINDS.values() if kind in m.model_fields)


def without_defaults(kind: str, fields: Values) -> dict[str, Any]:
    """Return the fields that say something, in the record and in its parts."""
    usual = defaults(kind)
    bare = {name: _bare(name, value) for name, value in fields.items()}
    return {name: value for name, value in bare.items() if name not in usual or not _is(value, usual[name])}


def _bare(name: str, value: Any) -> Any:
    """Return a list of parts, each without what it leaves to its defaults; anything else as it is."""
    if name not in PARTS or not isinstance(value, list):
        return value
    return [without_defaults(name, part) if isinstance(part, dict) else part for part in value]


def _is(one: Any, other: Any) -> bool:
    """Return whether two values are the same: to Python, True is 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def alike(kind: str, one: Values, other: Values, name: str) -> bool:
    """Return whether two versions say the same in that field."""
    return _is(*(_bare(name, value(kind, side, name)) for side in (one, other)))


def carry_over(before: Values, untouched: Values, after: Values) -> dict[str, Any]:
    """Apply to the record `before` what somebody changed in it, and nothing else: `untouched` is what their form
    would have given had they changed nothing, `after` what it gave, both without defaults. A field or a part that
    says the same in both stays as it was written, defaults and all."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys([*before, *after]):
        # Not touched: as it was written, so that a default somebody wrote out is no change.
        if _is(after.get(name), untouched.get(name)):
            if name in before:
                found[name] = before[name]
        # A list in which something changed: part by part.
        elif name in PARTS and after.get(name):
            found[name] = _parts_carried(name, before.get(name, []), untouched.get(name, []), after[name])
        elif name in after:
            found[name] = after[name]
    return found


def _parts_carried(name: str, before: list[Any], untouched: list[Any], after: list[Any]) -> list[dict[str, Any]]:
    """Apply the same to a list of parts: each is paired with the one it was, or with that in its place where what
    tells them apart is what was changed."""
    key = PARTS[name]
    pairs = list(zip(before, untouched, strict=False))
    by_key = {was[key]: (raw, was) for raw, was in pairs}
    left = {part[key] for part in after}
    found = []
    for place, part in enumerate(after):
        raw, was = by_key.get(part[key], ({}, {}))
        # Another theme in the same line: the need that stood there, unless it now stands in another line.
        if not was and place < len(pairs) and pairs[place][1][key] not in left:
            raw, was = pairs[place]
        found.append(carry_over(raw, was, part))
    return found


def merge(base: Values, mine: Values, theirs: Values, kind: str = "") -> Merged:
    """Merge what both made of `base`: each field as whoever changed it left it. A need, a referral and the like
    are put together one by one. `kind` says what the fields are of, and so what one that is left out says."""
    fields: dict[str, Any] = {}
    clashes = []
    usual = defaults(kind)
    for name in dict.fromkeys([*base, *theirs, *mine]):
        was, one, other = (side.get(name, _GONE) for side in (base, mine, theirs))
        value, clash = _either(was, one, other, name, kind, usual.get(name, _GONE))
        if clash:
            clashes.append(name)
        if value is not _GONE:
            fields[name] = value
    # One noted a need, the other that there is none: each field was changed by one alone, and yet both answered.
    if all(fields.get(name) for name in ONE_OR_OTHER):
        fields = {name: value for name, value in fields.items() if name not in ONE_OR_OTHER}
        fields |= {name: mine[name] for name in ONE_OR_OTHER if name in mine}
        clashes += [name for name in ONE_OR_OTHER if name not in clashes]
    return Merged(fields, clashes)


def _either(base: Any, mine: Any, theirs: Any, name: str, kind: str, usual: Any) -> tuple[Any, bool]:
    """Choose the value to keep, and tell whether both had changed it otherwise; `usual` is what one that is gone
    says."""
    was, one, other = (_said_by(name, kind, side, usual) for side in (base, mine, theirs))
    # 1. I left it as it was, or we both made the same of it: theirs stands.
    if one in (was, other):
        return theirs, False
    # 2. They left it as it was: mine stands.
    if other == was:
        return mine, False
    # 3. Both changed a list: its parts are paired by what tells them apart, and each is decided on alone.
    if name in PARTS:
        key = PARTS[name]
        was, one, other = ({part[key]: part for part in _parts(side)} for side in (base, mine, theirs))
        merged = merge(was, one, other, f"{name}{_EACH}")
        return list(merged.fields.values()), bool(merged.clashes)
    # 4. Both changed one part: each of its fields is decided on alone.
    if isinstance(mine, dict) and isinstance(theirs, dict):
        inner = merge(base if isinstance(base, dict) else {}, mine, theirs, kind.removesuffix(_EACH))
        return inner.fields, bool(inner.clashes)
    # 5. Both changed one value, or one took out what the other changed: a person chooses.
    return mine, True


def _said_by(name: str, kind: str, value: Any, usual: Any) -> Any:
    """Return what a side says in a field, to be compared: without the defaults its parts were written with."""
    if value is _GONE:
        return usual
    if kind.endswith(_EACH) and isinstance(value, dict):
        return without_defaults(kind.removesuffix(_EACH), value)
    return _bare(name, value)


def _parts(value: Any) -> list[dict[str, Any]]:
    return [] if value is _GONE else value


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two versions do not agree on, and what a person reads for each."""

    field: str
    label: str
    mine: str
    theirs: str


def differences(
    kind: str, mine: Values, theirs: Values, service_name: Callable[[str], str], plain: bool = False
) -> list[Difference]:
    """Return the fields that differ, in the order of the form; `service_name` says which service an id is, and
    `plain` asks for a worker's words."""
    found = []
    for name in KINDS[kind].model_fields:
        if not alike(kind, mine, theirs, name):
            words = (said(name, value(kind, side, name), service_name, plain) for side in (mine, theirs))
            found.append(Difference(name, field_labels.of(name), *words))
    return found


def value(kind: str, fields: Values, name: str) -> Any:
    """Return the value of a field, its default where nothing was entered."""
    return fields.get(name, KINDS[kind].model_fields[name].get_default(call_default_factory=True))


def said(name: str, value: Any, service_name: Callable[[str], str], plain: bool = False) -> str:
    """Return a value as a person reads it, by the national labels or in the `plain` words of a worker."""
    if value is None or value == []:
        return "—"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if name in PARTS and isinstance(value, list):
        return ", ".join(_part_said(name, part, service_name, plain) for part in value)
    if name == "commune":
        found = territory.communes().get(str(value))
        return found.name if found else str(value)
    if name == "day":
        return "/".join(reversed(str(value).split("-")))
    if name == "service":
        return service_name(str(value))
    listed = field_labels.LISTS.get(name, name)
    if listed not in choices.names():
        return str(value)
    found_in = choices.load(listed)
    return (found_in.plain_of if plain else found_in.label_of)(str(value))


def _part_said(name: str, part: Values, service_name: Callable[[str], str], plain: bool) -> str:
    """Return a need, a referral and the like in a few words: what it is, then what more was said of it."""
    called = _SHOWN.get(name, PARTS[name])
    if not isinstance(part, Mapping) or called not in part:  # of a later version
        return "non lisible par cette version"
    first = said(_KIND_OF_PART.get(name, called), part[called], service_name, plain)
    if name in ("ages", "genders"):
        return f"{first} : {part['people']}"
    more = [
        said(k, v, service_name, plain)
        for k, v in part.items()
        if k not in ("id", "coupon", "accepted", "theme", called)
    ]
    if part.get("accepted") is False:
        more.append("refusée")
    if part.get("coupon"):
        more.append("coupon remis")
    return f"{first} ({', '.join(more)})" if more else first
