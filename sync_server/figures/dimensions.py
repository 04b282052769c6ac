"""The dimensions that figures are broken down by: the values of each dimension in their order, and how a person
reads them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from shared import choices, french
from shared import territory as territories

LABELS = {
    "month": "Mois",
    "quarter": "Trimestre",
    "epci": "EPCI",
    "commune": "Commune",
    "age_band": "Tranche d’âge",
    "gender": "Genre",
    "place_type": "Lieu",
    "slot": "Créneau",
    "contact_mode": "Mode de contact",
    "household": "Situation familiale",
    "housing": "Situation de logement",
    "activity": "Situation d’activité",
    "rsa": "RSA",
    "theme": "Thématique",
    "last_mile": "Dernier kilomètre",
    "service": "Service",
    "obstacle": "Frein",
    "right": "Droit",
    "partner_type": "Type de partenaire",
    "school_holidays": "Vacances scolaires",
}
"""Every dimension, in the order in which they are proposed."""
MANY_VALUED = frozenset({"service", "theme"})
"""Dimensions of so many values that only those found are shown."""
UNSAID = "non-precise"
"""The value of what was left empty."""
_NO_SERVICES: Mapping[str, str] = {}
UNSAYABLE = frozenset({"theme", "last_mile"})
"""Dimensions that a record may leave empty: the views give them `UNSAID`."""


def values(dimension: str, first: date, last: date, found: Collection[str]) -> list[str]:
    """List the values in order, empty ones included; what was found beyond them comes after: nothing is lost."""
    known = [] if dimension in MANY_VALUED else _known(dimension, first, last)
    return [*known, *sorted(set(found) - set(known))]


def list_choosable(dimension: str, first: date, last: date) -> list[str]:
    """List the values one may narrow figures to, in order; those of services are in the directory."""
    return [*_known(dimension, first, last), *([UNSAID] if dimension in UNSAYABLE else [])]


def _known(dimension: str, first: date, last: date) -> list[str]:
    start, end = (day.year * 12 + day.month - 1 for day in (first, last))
    if dimension == "month":
        return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(start, end + 1)]
    if dimension == "quarter":
        return [f"{quarter // 4:04}-T{quarter % 4 + 1}" for quarter in range(start // 3, end // 3 + 1)]
    if dimension == "epci":
        return list(territories.epcis())
    if dimension == "commune":
        return list(territories.communes())
    return [code for code, choice in choices.load(dimension).by_code.items() if choice.national is None]


def national_value(dimension: str, value: str) -> str:
    """Return the value that one counts under: the national code of a local one, itself otherwise."""
    return choices.nationals(dimension).get(value, value) if dimension in choices.names() else value


def label(dimension: str, value: str, services: Mapping[str, str] = _NO_SERVICES) -> str:
    """Return the label of a value of that dimension; the code itself where nothing is known of it. A service
    is named by the directory, which only the database knows: `service_names` of `indicators`."""
    if value == UNSAID:
        return "Non précisé"
    if dimension == "month":
        year, month = value.split("-")
        return french.format_month(int(year), int(month))
    if dimension == "quarter":
        year, quarter = value.split("-T")
        return f"{'1er' if quarter == '1' else f'{quarter}e'} trimestre {year}"
    if dimension == "epci":
        return territories.epcis().get(value, value)
    if dimension == "commune":
        commune = territories.communes().get(value)
        return commune.name if commune else value
    if dimension == "service":
        return services.get(value, value)
    return choices.load(dimension).label_of(value)
