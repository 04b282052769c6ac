"""The form of a record, drawn from its fields: each knows its list, its type and what the rules said of it.

Names in the form are the paths the rules use (`needs.0.theme`): a refusal finds its field by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import UnionType
from typing import Any, Union, get_args, get_origin

from shared import choices, field_labels, ids, territory
from shared.merge import PARTS
from shared.models import KINDS, Fields
from shared.models.follow_up import OUTCOME_LIST
from shared.problems_fr import Problem
from sync_server import numbers
from sync_server.inputs import Input, InputType

NOT_EDITED = ("subject_id", "subject_kind")
"""What a follow-up is about is not for a form to change."""
NOT_TYPED = {"id", "coupon"}
"""Parts of a part that nobody types; the slip's hash stays on the server."""
_OWN_LISTS = {"kind": "obstacle"}
ADD = {
    "needs": "Ajouter un besoin",
    "obstacles": "Ajouter un frein",
    "rights": "Ajouter un droit",
    "referrals": "Ajouter une orientation",
    "ages": "Ajouter un âge",
    "genders": "Ajouter un genre",
}
_ONE = {"needs": "Besoin", "obstacles": "Frein", "rights": "Droit", "referrals": "Orientation", "ages": "Âge",
        "genders": "Genre"}  # fmt: skip
LONGEST = 80
"""Characters of a text: names of structures and the like."""
_INPUT_TYPES: Mapping[Any, InputType] = {date: "day", int: "count", bool: "check"}
Groups = list[tuple[str, list[tuple[str, str]]]]
"""The choices of an input, as they are gathered (`inputs.Choices`)."""


@dataclass(frozen=True, slots=True)
class PartForm:
    """One need, referral and the like; `id` where it has one."""

    name: str
    label: str
    id: str
    inputs: list[Input]


@dataclass(frozen=True, slots=True)
class PartsForm:
    """The needs, the referrals and the like, with the button that adds one."""

    name: str
    label: str
    add: str
    parts: list[PartForm]
    errors: list[str]


@dataclass(frozen=True, slots=True)
class Form:
    """All of it; `elsewhere` are the refusals that belong to no field shown."""

    inputs: list[Input]
    parts: list[PartsForm]
    elsewhere: list[str]

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Every refusal with the field it leads to, for the summary on top."""
        every = [*self.inputs, *(i for group in self.parts for part in group.parts for i in part.inputs)]
        found = [(i.name, error) for i in every for error in i.problems]
        return found + [(group.name, error) for group in self.parts for error in group.errors]


class _Maker:
    """Draws the inputs of one form."""

    def __init__(self, problems: Sequence[Problem], services: Mapping[str, str], today: date) -> None:
        self._problems, self._services, self._today = problems, services, today
        self.used: set[str] = set()

    def errors(self, name: str) -> list[str]:
        self.used.add(name)
        return [p.message for p in self._problems if p.field == name and not p.warning]

    def input(self, path: str, name: str, model: type[Fields], values: Mapping[str, Any]) -> Input:
        info = model.model_fields[name]
        default = info.get_default(call_default_factory=True) if not info.is_required() else ""
        value = _shown_in(model, name, values)
        options = self._options(name, value, values, optional=not info.is_required() and default is None)
        input_type = "choice" if options else _INPUT_TYPES.get(_plain(info.annotation), "line")
        return Input(
            path, field_labels.of(path), input_type, required=info.is_required(), choices=options, value=value,
            problems=self.errors(path), maxlength=LONGEST if input_type == "line" else 0,
        )  # fmt: skip

    def _options(self, name: str, value: str, values: Mapping[str, Any], optional: bool) -> Groups:
        if name == "commune":
            found: Groups = [("", [(c.insee, c.name) for c in territory.communes().values()])]
        elif name == "service":
            found = [("", sorted(self._services.items(), key=lambda pair: pair[1]))]
        else:
            found = self._listed(name, value, values)
        if not found:
            return []
        known = {code for _, group in found for code, _ in group}
        if value and value not in known:  # retired, or of a service that is in the directory no more
            found = [*found, ("", [(value, value)])]
        return [("", [("", "—")]), *found] if optional or not value else found

    def _listed(self, name: str, value: str, values: Mapping[str, Any]) -> Groups:
        listed = _OWN_LISTS.get(name) or field_labels.LISTS.get(name, name)
        if name == "outcome":
            listed = OUTCOME_LIST[values.get("subject_kind", "referral")]
        if listed not in choices.names():
            return []
        found = choices.load(listed)
        open_ones = [c for c in found.by_code.values() if c in found.on(self._today) or c.code == value]
        groups: dict[str, list[tuple[str, str]]] = {}
        for choice in open_ones:
            title = choices.load("theme_group").label_of(choice.group) if choice.group else ""
            groups.setdefault(title, []).append((choice.code, choice.label))
        return list(groups.items())


def build_form(
    kind: str, values: Mapping[str, Any], problems: Sequence[Problem], services: Mapping[str, str], today: date
) -> Form:
    """Build the form of a record of that kind, filled with `values`, each refusal beside its field."""
    model, maker = KINDS[kind], _Maker(problems, services, today)
    inputs = [
        maker.input(n, n, model, values) for n in model.model_fields if n not in PARTS and n not in NOT_EDITED
    ]
    groups = [_parts(maker, name, model, values.get(name, ())) for name in model.model_fields if name in PARTS]
    elsewhere = [p.message for p in problems if not p.warning and p.field not in maker.used]
    return Form(inputs, groups, elsewhere)


def _parts(maker: _Maker, name: str, model: type[Fields], values: Sequence[Mapping[str, Any]]) -> PartsForm:
    part_model = _model_of(model, name)
    parts = [
        PartForm(
            f"{name}.{place}",
            f"{_ONE[name]} {place + 1}",
            str(value.get("id", "")),
            [
                maker.input(f"{name}.{place}.{one}", one, part_model, value)
                for one in part_model.model_fields
                if one not in NOT_TYPED
            ],
        )
        for place, value in enumerate(values)
    ]
    return PartsForm(name, field_labels.of(name), ADD[name], parts, maker.errors(name))


def read_form(kind: str, sent: Mapping[str, str], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Read the fields that a form sent; `kept` gives what no form shows: what a follow-up is about, a slip's
    hash."""
    model = KINDS[kind]
    fields: dict[str, Any] = {
        name: kept[name] for name in NOT_EDITED if name in kept and name in model.model_fields
    }
    for name in model.model_fields:
        if name in PARTS:
            slips = {part["id"]: part["coupon"] for part in kept.get(name, ()) if part.get("coupon")}
            if parts := _typed_parts(name, _model_of(model, name), sent, slips):
                fields[name] = parts
        elif name not in NOT_EDITED:
            _take(fields, name, model, sent.get(name, ""))
    return fields


LAST_PLACE = 9_999
"""Of a part in the form: far beyond what a page can show."""


def _typed_parts(
    name: str, model: type[Fields], sent: Mapping[str, str], slips: Mapping[str, str]
) -> list[dict[str, Any]]:
    places = sorted(
        {
            place
            for key in sent
            if (p := key.split("."))[0] == name
            and len(p) == 3
            and (place := numbers.whole(p[1], most=LAST_PLACE)) is not None
        }
    )
    parts = []
    for place in places:
        part: dict[str, Any] = {}
        for one in model.model_fields:
            _take(part, one, model, sent.get(f"{name}.{place}.{one}", ""))
        if part.get("id") in slips:
            part["coupon"] = slips[part["id"]]
        parts.append(part)
    return parts


def read_untouched(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Read back what the form gives of these fields when nobody touches it."""
    model = KINDS[kind]
    sent = {name: _shown_in(model, name, fields) for name in model.model_fields if name not in PARTS}
    for name in PARTS.keys() & model.model_fields.keys():
        part_model = _model_of(model, name)
        for place, part in enumerate(fields.get(name, ())):
            sent |= {f"{name}.{place}.{one}": _shown_in(part_model, one, part) for one in part_model.model_fields}
    return read_form(kind, sent, fields)


def _shown_in(model: type[Fields], name: str, values: Mapping[str, Any]) -> str:
    """Return what the input of a field holds at first."""
    info = model.model_fields[name]
    default = info.get_default(call_default_factory=True) if not info.is_required() else ""
    return _as_text(values.get(name, default))


def with_one_more(fields: Mapping[str, Any], name: str, today: date) -> dict[str, Any]:
    """Return the fields with an empty part at the end of that list."""
    new = {"id": ids.new_id(today)} if PARTS[name] == "id" else {}
    return {**fields, name: [*fields.get(name, ()), new]}


def without(fields: Mapping[str, Any], part: str) -> dict[str, Any]:
    """Return the fields without that part (`needs.1`)."""
    name, _, place = part.partition(".")
    return {**fields, name: [p for i, p in enumerate(fields.get(name, ())) if str(i) != place]}


def _take(into: dict[str, Any], name: str, model: type[Fields], text: str) -> None:
    """Read one value as a tablet would send it: what was left empty or says nothing is left out, and the rules say
    whether it may be."""
    info = model.model_fields[name]
    kind, bare = _plain(info.annotation), text.strip()
    if name == "coupon" or (kind is not bool and not bare):
        return
    value: Any = bare
    if kind is bool:
        value = bool(bare)
    elif kind is int and bare.isdecimal() and len(bare) < 10:
        value = int(bare)
    if info.is_required() or value != info.get_default(call_default_factory=True):
        into[name] = value


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else ""
    return "" if value is None else str(value)


def _plain(annotation: Any) -> Any:
    """Return the type itself, of one that may also be None."""
    if get_origin(annotation) in (Union, UnionType):
        return next(a for a in get_args(annotation) if a is not type(None))
    return annotation


def _model_of(model: type[Fields], name: str) -> type[Fields]:
    """Return the fields of one part of that list."""
    found: type[Fields] = get_args(model.model_fields[name].annotation)[0]
    return found
