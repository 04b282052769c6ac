"""Converts a service of a data·inclusion file to our own fields.

The schema v1 has no languages, and of a wheelchair only a link to a page of Acceslibre, which is no answer: both
stay unknown, and the coordinator fills them."""

from __future__ import annotations

from functools import partial
from typing import Any

from shared import choices, french
from shared.models import ServiceFields
from shared.search_text import one_line, plain
from shared.territory.search import identify

COUNTED = ("france-service", "ccas-cias")
"""The networks that indicators count (A4-14, A4-16), the first kept before the second: a service has one network
here where the schema allows several."""

LONGEST_PLACE = 200
"""Characters of a place's name or address that are looked at: beyond, a file of one long name, given to thousands
of services, would keep the server for hours."""
ASKING = {
    "se-presenter": "se présenter sur place",
    "telephoner": "téléphoner",
    "envoyer-un-courriel": "écrire un courriel",
}
"""How one asks for a service (`modes_mobilisation`), in our words; a link is no way in for who has no network."""


def build_fields(service: Any, structure: Any) -> ServiceFields:
    """Build the fields of a service that the schema's library has read, with what its structure adds (or None)."""

    def either(name: str) -> Any:
        own = getattr(service, name)
        return own if own not in (None, "") or structure is None else getattr(structure, name)

    # A place is taken whole, from the one that has it: a street of one with the commune of the other is nowhere.
    place = service if service.code_insee or service.code_postal or structure is None else structure
    whole = " ".join((said or "")[:LONGEST_PLACE] for said in (place.adresse, place.complement_adresse))
    located = place.latitude is not None and place.longitude is not None
    on_earth = located and abs(place.latitude) <= 90 and abs(place.longitude) <= 180
    order = partial(sorted, key=lambda code: choices.load("theme")[code].order)
    return ServiceFields(
        name=_shorten(_named(service, structure), 200) or "Service sans nom",
        presentation=_shorten(service.description, 500),
        network=_network(structure),
        themes=order(t.value for t in service.thematiques or ())[:40],
        publics=sorted(p.value for p in service.publics or ()),
        phone=_shorten(either("telephone"), 30),
        address=_shorten(whole, 300),
        commune=_commune(place),
        latitude=place.latitude if on_earth else None,
        longitude=place.longitude if on_earth else None,
        opening_hours=_hours(either("horaires_accueil")),
        access=_shorten(_access(service), 200),
        source=_shorten(f"data·inclusion : {service.source}, {service.id}", 300),
        status=f"à jour au {french.format_day(service.date_maj)} chez le producteur",
    )


def _named(service: Any, structure: Any) -> str:
    if structure is None or plain(structure.nom) in plain(service.nom):
        return str(service.nom)
    return f"{service.nom} – {structure.nom}"


def _network(structure: Any) -> str | None:
    """Return the one kept of its structure's networks: first those counted, then in the order of their codes."""
    codes = sorted(n.value for n in structure.reseaux_porteurs or ()) if structure else []
    return next((code for code in COUNTED if code in codes), codes[0] if codes else None)


def _commune(place: Any) -> str | None:
    return identify((place.commune or "")[:LONGEST_PLACE], place.code_postal or "", place.code_insee or "")


def _access(service: Any) -> str:
    """Say how one gets in, as far as the file tells. Who is let in (`conditions_acces`) is left out: on a slip it
    would tell what the person comes for."""

    def codes(name: str) -> set[str]:
        return {code.value for code in getattr(service, name) or ()}

    ways = [words for code, words in ASKING.items() if code in codes("modes_mobilisation")]
    parts = ["à distance, par téléphone ou internet"] if codes("modes_accueil") == {"a-distance"} else []
    if codes("mobilisable_par") == {"professionnels"}:
        parts.append("sur demande d’un professionnel" + (f" : {', '.join(ways)}" if ways else ""))
    elif ways:
        parts.append(" ou ".join(ways))
    said = " ; ".join(parts)
    return french.begin_large(said)


def _hours(text: str | None) -> str | None:
    return text if text and len(text) <= 500 else None


def _shorten(text: str | None, most: int) -> str | None:
    said = one_line((text or "")[: 10 * most])
    return (said if len(said) <= most else said[: most - 1].rsplit(" ", 1)[0] + "…") or None
