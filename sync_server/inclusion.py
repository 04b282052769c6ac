"""A data·inclusion file (schema v1) read into services of ours: each entry with the line it begins on, judged by
the library of the schema's authors, kept when it is of this département."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any

from data_inclusion.schema import v1
from pydantic import ValidationError

from shared import choices, territory
from shared.models import ServiceFields
from shared.words import plain

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"\s*")
LISTED = {"thematiques": "theme", "publics": "public", "reseaux_porteurs": "network"}
"""The lists of codes whose unknown ones are left out and told, rather than the whole entry refused."""
NO_JSON = "Ce fichier n’est pas du JSON entier (ligne {line}). Téléchargez-le de nouveau, puis recommencez."
NO_LIST = (
    "Ce fichier n’a ni liste « services » ni liste « structures » : "
    "ce n’est pas un fichier data·inclusion de la version 1."
)
NOT_TEXT = "Ce fichier n’est pas du texte en UTF-8. Téléchargez-le de nouveau au format JSON."
TWICE = "déjà présent plus haut dans le fichier"
_SENTENCES = {
    "missing": "manque",
    "string_too_short": "texte trop court",
    "string_too_long": "texte trop long",
    "string_type": "ce n’est pas un texte",
    "string_pattern_mismatch": "n’a pas la forme attendue",
    "enum": "code inconnu du schéma v1",
    "url_parsing": "adresse web mal écrite",
}
_FAMILIES = {"date": "date mal écrite", "float": "ce n’est pas un nombre", "value": "valeur refusée par le schéma"}


class FileError(ValueError):
    """Why a file cannot be read: a French sentence."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that was not taken, where it stands and why."""

    line: int
    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that may become a service of the directory, under the id made from its source and its own."""

    id: str
    source: str
    source_id: str
    fields: ServiceFields


@dataclass(slots=True)
class Read:
    """What a file holds: `elsewhere` counts the entries of other départements, `orphans` the structures without a
    service, `unknown` the codes that mean nothing here."""

    candidates: list[Candidate] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    elsewhere: int = 0
    orphans: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


Entries = list[tuple[int, Any]]


def read(contents: list[bytes], department: str) -> Read:
    """All the entries of these files. Raises FileError when one cannot be read at all."""
    entries = [entry for content in contents for entry in _parsed(content)]
    services = [(line, raw) for kind, line, raw in entries if kind == "services"]
    found = Read()
    known = _structures([(line, raw) for kind, line, raw in entries if kind == "structures"], found)
    used: set[str] = set()
    seen: set[str] = set()
    for line, raw in services:
        service = _judged(v1.Service, line, raw, found)
        if service is None:
            continue
        structure = known.get((service.source, service.structure_id))
        if not _here(service, structure, department):
            found.elsewhere += 1
            continue
        used.add(service.structure_id)
        candidate = _candidate(service, structure)
        if candidate.id in seen:
            found.refused.append(Refused(line, service.nom, (TWICE,)))
            continue
        seen.add(candidate.id)
        found.candidates.append(candidate)
    found.orphans = sum(_here(s, None, department) and s.id not in used for s in known.values())
    return found


def _structures(entries: Entries, found: Read) -> dict[tuple[str, str], Any]:
    judged = (_judged(v1.Structure, line, raw, found) for line, raw in entries)
    return {(s.source, s.id): s for s in judged if s is not None}


def _parsed(content: bytes) -> Iterator[tuple[str, int, Any]]:
    """Each entry with its kind and line. A bare list is of the kind its entries show."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(NOT_TEXT) from None
    try:
        found = list(_walked(text))
    except json.JSONDecodeError as error:
        raise FileError(NO_JSON.format(line=error.lineno)) from None
    except (RecursionError, IndexError):
        raise FileError(NO_JSON.format(line=text.count("\n") + 1)) from None
    yield from found


def _walked(text: str) -> Iterator[tuple[str, int, Any]]:
    at = _after_space(text, 0)
    if text[at : at + 1] == "[":
        for line, raw in _items(text, at):
            yield ("services" if isinstance(raw, dict) and "structure_id" in raw else "structures"), line, raw
        return
    whole, end = _DECODER.raw_decode(text, at)
    if _after_space(text, end) < len(text):
        raise json.JSONDecodeError("more after the end", text, end)
    kinds = [k for k in ("structures", "services") if isinstance(whole, dict) and isinstance(whole.get(k), list)]
    if not kinds:
        raise FileError(NO_LIST)
    for kind in kinds:
        begins = re.search(rf'"{kind}"\s*:\s*\[', text)
        lines = _items(text, begins.end() - 1) if begins else ()
        yield from ((kind, line, raw) for line, raw in lines)


def _items(text: str, at: int) -> Iterator[tuple[int, Any]]:
    """The items of the list that opens there, each with its line."""
    line, counted, at = 1, 0, _after_space(text, at + 1)
    while text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        value, at = _DECODER.raw_decode(text, at)
        yield line, value
        at = _after_space(text, at)
        if text[at] not in ",]":
            raise json.JSONDecodeError("no comma", text, at)
        at = _after_space(text, at + 1) if text[at] == "," else at


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _judged(model: Any, line: int, raw: Any, found: Read) -> Any:
    """The entry as the schema's library reads it, or None with its refusal noted."""
    name = str(raw.get("nom") or raw.get("id") or "sans nom")[:150] if isinstance(raw, dict) else "sans nom"
    if not isinstance(raw, dict):
        found.refused.append(Refused(line, name, ("ce n’est pas une fiche",)))
        return None
    try:
        if "\\u0000" in json.dumps(raw, ensure_ascii=False):
            raise UnicodeError
        json.dumps(raw, ensure_ascii=False).encode()
        return model.model_validate(raw | dict(_known(raw, found)))
    except (UnicodeError, RecursionError):
        reasons: tuple[str, ...] = ("un caractère est illisible",)
    except ValidationError as error:
        reasons = tuple(dict.fromkeys(_reason(e) for e in error.errors(include_url=False, include_input=False)))
    found.refused.append(Refused(line, _printable(name), reasons))
    return None


def _known(raw: Mapping[str, Any], found: Read) -> Iterator[tuple[str, Any]]:
    """The lists of codes without those that mean nothing here; these are counted."""
    for name, listed in LISTED.items():
        codes = raw.get(name)
        if isinstance(codes, list) and all(isinstance(code, str) for code in codes):
            kept = [code for code in codes if code in choices.load(listed)]
            found.unknown.update(_printable(code[:100]) for code in codes if code not in kept)
            yield name, kept or None


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")


def _reason(error: Any) -> str:
    kind = error["type"]
    sentence = _SENTENCES.get(kind) or _FAMILIES.get(kind.split("_")[0], "valeur refusée par le schéma")
    return _printable(f"{'.'.join(str(part)[:40] for part in error['loc'])} : {sentence}")


def _here(service: Any, structure: Any, department: str) -> bool:
    """Of this département: by the commune's code, else by the post code; its structure's where it has neither."""
    for place in (service, structure):
        code = (place.code_insee or place.code_postal) if place is not None else None
        if code:
            return bool(code.startswith(department))
    return False


def our_id(source: str, source_id: str) -> str:
    """The same for ever: a slug for people to recognise, and enough of a digest that no two meet."""
    slug = re.sub(r"[^a-z0-9]+", "-", source_id.lower()).strip("-")[:60]
    return f"di-{slug}-{sha256(json.dumps([source, source_id]).encode()).hexdigest()[:12]}".replace("--", "-")


def _candidate(service: Any, structure: Any) -> Candidate:
    def either(name: str) -> Any:
        own = getattr(service, name)
        return own if own not in (None, "") or structure is None else getattr(structure, name)

    # A place is taken whole, from the one that has it: a street of one with the commune of the other is nowhere.
    place = service if service.code_insee or service.code_postal or structure is None else structure
    whole = " ".join(filter(None, (place.adresse, place.complement_adresse)))
    located = place.latitude is not None and place.longitude is not None
    on_earth = located and abs(place.latitude) <= 90 and abs(place.longitude) <= 180
    networks = sorted(n.value for n in (structure.reseaux_porteurs or ())) if structure else []
    order = partial(sorted, key=lambda code: choices.load("theme")[code].order)
    fields = ServiceFields(
        name=_cut(_named(service, structure), 200) or "Service sans nom",
        presentation=_cut(service.description, 500),
        network=networks[0] if networks else None,
        themes=order(t.value for t in service.thematiques or ())[:40],
        publics=sorted(p.value for p in service.publics or ()),
        phone=_cut(either("telephone"), 30),
        address=_cut(whole, 300),
        commune=_commune(place),
        latitude=place.latitude if on_earth else None,
        longitude=place.longitude if on_earth else None,
        opening_hours=_hours(either("horaires_accueil")),
        source=_cut(f"data·inclusion : {service.source}, {service.id}", 300),
        status=f"à jour au {service.date_maj:%d/%m/%Y} chez le producteur",
    )
    return Candidate(our_id(service.source, service.id), service.source[:100], service.id[:300], fields)


def _named(service: Any, structure: Any) -> str:
    if structure is None or plain(structure.nom) in plain(service.nom):
        return str(service.nom)
    return f"{service.nom} – {structure.nom}"


def _commune(place: Any) -> str | None:
    if place.code_insee:
        return place.code_insee if place.code_insee in territory.communes() else None
    same = [c.insee for c in territory.communes().values() if plain(c.name) == plain(place.commune or "")]
    return same[0] if same else None


def _hours(text: str | None) -> str | None:
    return text if text and len(text) <= 500 else None


def _cut(text: str | None, most: int) -> str | None:
    said = " ".join((text or "").split())
    return (said if len(said) <= most else said[: most - 1].rsplit(" ", 1)[0] + "…") or None
