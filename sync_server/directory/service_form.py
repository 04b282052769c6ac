"""A service as it is typed: the form's texts made fields, and each refusal beside the field it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from pydantic import ValidationError

from shared import choices, field_labels, french, hours, problems_fr, territory
from shared.models import ServiceFields
from shared.search_text import one_line, plain
from sync_server.inputs import Choices, Input

LIST_FIELDS = ("themes", "publics", "languages")
CODED = {
    "themes": "theme",
    "publics": "public",
    "languages": "language",
    "network": "network",
    "wheelchair": "wheelchair",
}
"""The list of each field that holds codes."""
NUMBERS = ("latitude", "longitude")
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{1,28}")
UNREADABLE_HOURS = (
    "Horaires d’ouverture : les tablettes ne les comprennent pas ; écrivez-les par exemple "
    "« Mo-Fr 09:00-12:00,14:00-17:00; Sa 09:00-12:00 », avec les jours en anglais (Mo, Tu, We, Th, Fr, Sa, Su)"
)
SENTENCES = {
    "name": "Nom : écrivez le nom du service",
    "phone": "Téléphone : des chiffres seulement, par exemple 03 84 90 90 90",
    "place": "Position : donnez la latitude et la longitude, ou aucune des deux",
    "future": "Vérifié le : ce jour est dans l’avenir ; choisissez aujourd’hui ou un jour passé",
    "characters": "un caractère est illisible ; retapez le texte",
}


INPUTS = (
    Input("name", "", maxlength=200, required=True),
    Input("network", "", "choice"),
    Input("presentation", "", "lines", "500 caractères au plus.", maxlength=500),
    Input("phone", "", "phone", maxlength=30),
    Input("address", "", maxlength=300),
    Input("commune", "", "choice"),
    Input("latitude", "", hint="En degrés, par exemple 47,637.", maxlength=20),
    Input("longitude", "", hint="En degrés, par exemple 6,863.", maxlength=20),
    Input(
        "opening_hours", "", maxlength=500,
        hint="Format d’OpenStreetMap, par exemple Mo-Fr 09:00-12:00,14:00-17:00; Sa 09:00-12:00; PH off.",
    ),
    Input(
        "access", "", maxlength=200,
        hint="Comment on y entre, par exemple « Bus 1, arrêt Mairie ; sonner ; sans rendez-vous ». Le coupon le "
        "montre aussi : ni nom de personne, ni motif de la venue.",
    ),
    Input("wheelchair", "", "choice"),
    Input("source", "", maxlength=300),
    Input(
        "status", "", maxlength=200, hint="Ce que l’on sait de l’information, par exemple « adresse à confirmer »."
    ),
    Input("verified_on", "", "day"),
)  # fmt: skip
"""The boxes of the form, but the lists of boxes to tick; their labels are those of the fields."""


class Sent(Protocol):
    """A form as it is sent: the one text of a name, or all of them."""

    def get(self, key: str, default: Any, /) -> Any:
        """Return the last value of that name."""

    def getlist(self, key: str, /) -> list[Any]:
        """Return every value of that name."""


@dataclass(frozen=True, slots=True)
class TypedService:
    """What the form holds: the texts as they were typed, `fields` once all of it is right, and for each field
    that is not, a sentence."""

    values: Mapping[str, Any]
    fields: ServiceFields | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def reading(self) -> list[str]:
        """The opening hours as the tablets read them out."""
        text = self.values["opening_hours"].strip()
        return hours.described(text) if text and hours.parse(text) is not None else []


def list_inputs(typed: TypedService, today: date) -> dict[str, Input]:
    """Fill the inputs of the form with what was typed, each problem beside its input; by name."""
    networks = [("", "Aucun"), *((c.code, c.label) for c in choices.load("network").on(today))]
    chair = [("", "Inconnu"), *((c.code, c.label) for c in choices.load("wheelchair").on(today))]
    communes = sorted(territory.communes().values(), key=lambda c: plain(c.name))
    groups: dict[str, Choices] = {
        "network": [("", networks)],
        "commune": [("", [("", "Aucune"), *((c.insee, c.name) for c in communes)])],
        "wheelchair": [("", chair)],
    }
    return {
        one.name: replace(
            one, label=field_labels.FIELDS[one.name], choices=groups.get(one.name, ()),
            value=typed.values[one.name],
            problems=[typed.errors[one.name]] if one.name in typed.errors else [],
        )
        for one in INPUTS
    }  # fmt: skip


def blank() -> TypedService:
    """Return the form of a new service."""
    return TypedService({name: [] if name in LIST_FIELDS else "" for name in ServiceFields.model_fields})


def fill_form(fields: ServiceFields) -> TypedService:
    """Return the form of a service as it stands."""
    raw = fields.model_dump(mode="json")
    shown = {n: v if n in LIST_FIELDS else "" if v is None else str(v) for n, v in raw.items()}
    return TypedService(shown | {n: shown[n].replace(".", ",") for n in NUMBERS}, fields)


def read_form(form: Sent, today: date, held: ServiceFields | None = None) -> TypedService:
    """Read the form of a service as it was typed. Hours that are not understood pass only when they stood there
    already (`held`)."""
    values: dict[str, Any] = {
        n: [str(v) for v in form.getlist(n)] if n in LIST_FIELDS else str(form.get(n, ""))
        for n in ServiceFields.model_fields
    }
    errors = {n: _unreadable(n) for n, v in values.items() if "\x00" in "".join(v)}
    raw: dict[str, Any] = {n: v if n in LIST_FIELDS else one_line(v) or None for n, v in values.items()}
    raw |= {n: raw[n].replace(",", ".") for n in NUMBERS if raw[n]}
    raw["name"] = raw["name"] or ""
    errors = _misread(raw, held) | errors
    try:
        fields = ServiceFields.model_validate(raw)
    except ValidationError as error:
        for problem in problems_fr.in_french(error):
            errors.setdefault(problem.field.partition(".")[0], problem.message)
        return TypedService(values, None, errors)
    errors = _spanning(fields, today) | errors
    return TypedService(values, None if errors else fields, errors)


def _unreadable(name: str) -> str:
    return f"{field_labels.of(name)} : {SENTENCES['characters']}"


def _misread(raw: Mapping[str, Any], held: ServiceFields | None) -> dict[str, str]:
    """List the texts that a person or a tablet could not use."""
    found = {} if raw["name"] else {"name": SENTENCES["name"]}
    if raw["phone"] and not _PHONE.fullmatch(raw["phone"]):
        found["phone"] = SENTENCES["phone"]
    text = raw["opening_hours"]
    if text and hours.parse(text) is None and (held is None or held.opening_hours != text):
        found["opening_hours"] = UNREADABLE_HOURS
    return found


def _spanning(fields: ServiceFields, today: date) -> dict[str, str]:
    """Check what concerns several fields at once."""
    found = {}
    if (fields.latitude is None) != (fields.longitude is None):
        found["latitude"] = SENTENCES["place"]
    if fields.verified_on and fields.verified_on > today:
        found["verified_on"] = SENTENCES["future"]
    return found


def format_field(name: str, value: Any) -> str:
    """Format a value as a person reads it."""
    if value is None or value in ("", []):
        return "—"
    if name in CODED:
        codes = value if name in LIST_FIELDS else [value]
        return ", ".join(choices.load(CODED[name]).label_of(str(code)) for code in codes)
    if name == "commune":
        found = territory.communes().get(str(value))
        return found.name if found else str(value)
    if name == "verified_on":
        return french.format_day(date.fromisoformat(str(value)))
    return str(value).replace(".", ",") if name in NUMBERS else str(value)
