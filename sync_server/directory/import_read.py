"""A data·inclusion file (schema v1) read into services of ours: each entry with the line it begins on, judged by
the library of the schema's authors, kept when it is of this département."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO, Any

from data_inclusion.schema import v1
from pydantic import ValidationError

from shared import choices
from shared.models import ServiceFields
from sync_server.directory import import_fields, import_json
from sync_server.directory.import_json import JsonError, NoListError, TooManyPartsError

LISTED = {"thematiques": "theme", "publics": "public", "reseaux_porteurs": "network"}
"""The lists of codes whose unknown ones are left out and told, rather than the whole entry refused."""
NO_JSON = "Ce fichier n’est pas du JSON entier (ligne {line}). Téléchargez-le de nouveau, puis recommencez."
NO_LIST = (
    "Ce fichier n’a ni liste « services » ni liste « structures » : "
    "ce n’est pas un fichier data·inclusion de la version 1."
)
NOT_TEXT = "Ce fichier n’est pas du texte en UTF-8. Téléchargez-le de nouveau au format JSON."
NO_DIRECTORY = (
    "Ce fichier n’est pas un annuaire : il contient trop d’entrées vides ou illisibles. "
    "Téléchargez-le de nouveau depuis data·inclusion, puis recommencez."
)
MOST_ENTRIES, MOST_REFUSED = 60_000, 10_000
"""Entries of one file, of any kind: 20 MB of real ones are some 30,000. Refusals after which a file is no
directory: nobody mends ten thousand entries by hand."""
MOST_SERVICES = 5_000
"""Services of the département in one import, and structures: the server then peaks at some 226 MB, measured."""
TOO_MANY = (
    "Ce fichier contient plus de 5 000 services ou structures du département. "
    "Partagez-le en deux fichiers, puis importez-les l’un après l’autre."
)
MOST_TOLD = 1_000
"""Refusals, and unknown codes, that are kept to be told; beyond, they are counted."""
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
class RefusedEntry:
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
    service, `unknown` the codes that mean nothing here. `more_refused` counts the refusals beyond MOST_TOLD, and
    `more_unknown` how many times a further code was seen."""

    candidates: list[Candidate] = field(default_factory=list)
    refused: list[RefusedEntry] = field(default_factory=list)
    more_refused: int = 0
    elsewhere: int = 0
    orphans: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    more_unknown: int = 0

    @property
    def refusals(self) -> int:
        """All of them, told or counted."""
        return len(self.refused) + self.more_refused

    def refuse(self, line: int, name: str, *reasons: str) -> None:
        """Note that this entry was not taken. Raises FileError where too many are not."""
        if len(self.refused) < MOST_TOLD:
            self.refused.append(RefusedEntry(line, _printable(name[:150]), reasons))
        elif self.refusals < MOST_REFUSED:
            self.more_refused += 1
        else:
            raise FileError(NO_DIRECTORY)

    def leave_out(self, code: str) -> None:
        """Note a code that means nothing here."""
        code = _printable(code[:100])
        if code in self.unknown or len(self.unknown) < MOST_TOLD:
            self.unknown[code] += 1
        else:
            self.more_unknown += 1


Key = tuple[str, str]
"""A structure's source and its id there."""


def read(files: Sequence[IO[bytes]], department: str) -> Read:
    """Read all the entries of these files, each judged by itself and dropped where it is not of here. Raises
    FileError when one cannot be read at all, or holds more of here than MOST."""
    found = Read()
    known: dict[Key, Any] = {}
    for line, raw in _entries(files, "structures"):
        structure = _judged(v1.Structure, line, raw, found)
        if structure is not None and _here(structure, None, department):
            _bounded(known)
            known[structure.source, structure.id] = structure
    here = frozenset(known)
    mine = _services(files, known, department, found)
    _fetch(files, known, {_structure_of(service) for _, service in mine} - here)
    seen: set[str] = set()
    for line, service in mine:
        candidate = _candidate(service, known.get(_structure_of(service)))
        if candidate.id in seen:
            found.refuse(line, service.nom, TWICE)
            continue
        seen.add(candidate.id)
        found.candidates.append(candidate)
    used = {service.structure_id for _, service in mine}
    found.orphans = sum(structure_id not in used for _, structure_id in here)
    return found


def _services(
    files: Sequence[IO[bytes]], known: Mapping[Key, Any], department: str, found: Read
) -> list[tuple[int, Any]]:
    """Return those of here, each with its line: of what the others say, nothing is kept."""
    mine: list[tuple[int, Any]] = []
    for line, raw in _entries(files, "services"):
        service = _judged(v1.Service, line, raw, found)
        if service is None:
            continue
        if not _here(service, known.get(_structure_of(service)), department):
            found.elsewhere += 1
            continue
        _bounded(mine)
        mine.append((line, service))
    return mine


def _fetch(files: Sequence[IO[bytes]], known: dict[Key, Any], missing: Collection[Key]) -> None:
    """Fetch the structures that are not of here while a service of theirs is: looked for once it is known
    which."""
    if not missing:
        return
    for line, raw in _entries(files, "structures"):
        key = (raw.get("source"), raw.get("id")) if isinstance(raw, dict) else ()
        if all(isinstance(part, str) for part in key) and key in missing:
            structure = _judged(v1.Structure, line, raw, Read())  # what it refuses was told the first time
            if structure is not None:
                known[structure.source, structure.id] = structure


def _bounded(kept: Sized) -> None:
    if len(kept) >= MOST_SERVICES:
        raise FileError(TOO_MANY)


def _structure_of(service: Any) -> Key:
    return service.source, service.structure_id


def _entries(files: Sequence[IO[bytes]], kind: str) -> Iterator[tuple[int, Any]]:
    """Yield each entry of that kind with its line. A bare list is of the kind its entries show."""
    for file in files:
        try:
            for number, (name, line, raw) in enumerate(import_json.lists(file, ("structures", "services"))):
                if number >= MOST_ENTRIES:
                    raise FileError(NO_DIRECTORY)
                shown = "services" if isinstance(raw, dict) and "structure_id" in raw else "structures"
                if (name or shown) == kind:
                    yield line, raw
        except UnicodeDecodeError:
            raise FileError(NOT_TEXT) from None
        except JsonError as error:
            raise FileError(NO_JSON.format(line=error.line)) from None
        except TooManyPartsError:
            raise FileError(NO_DIRECTORY) from None
        except NoListError:
            raise FileError(NO_LIST) from None


def _judged(model: Any, line: int, raw: Any, found: Read) -> Any:
    """Return the entry as the schema's library reads it, or None with its refusal noted."""
    if not isinstance(raw, dict):
        found.refuse(line, "sans nom", "ce n’est pas une fiche")
        return None
    name = str(raw.get("nom") or raw.get("id") or "sans nom")
    try:
        text = json.dumps(raw, ensure_ascii=False, allow_nan=False)
        if "\\u0000" in text:
            raise UnicodeError
        text.encode()
        return model.model_validate(raw | dict(_known(raw, found)))
    except (UnicodeError, RecursionError):
        found.refuse(line, name, "un caractère est illisible")
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        found.refuse(line, name, *dict.fromkeys(_reason(e) for e in errors))
    except ValueError:
        found.refuse(line, name, "un nombre n’en est pas un, ou n’en finit pas")
    return None


def _known(raw: Mapping[str, Any], found: Read) -> Iterator[tuple[str, Any]]:
    """Yield the lists of codes without those that mean nothing here; these are counted."""
    for name, listed in LISTED.items():
        codes = raw.get(name)
        if isinstance(codes, list) and all(isinstance(code, str) for code in codes):
            here = choices.load(listed)
            kept = [code for code in codes if code in here]
            for code in codes:
                if code not in here:  # not « in kept », which a long list makes slow beyond all bounds
                    found.leave_out(code)
            yield name, kept or None


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\x00", "?")


def _reason(error: Any) -> str:
    kind = error["type"]
    sentence = _SENTENCES.get(kind) or _FAMILIES.get(kind.split("_")[0], "valeur refusée par le schéma")
    return _printable(f"{'.'.join(str(part)[:40] for part in error['loc'])} : {sentence}")


def _here(service: Any, structure: Any, department: str) -> bool:
    """Tell whether it is of this département: by the commune's code, else by the post code; its structure's where
    it has neither."""
    for place in (service, structure):
        code = (place.code_insee or place.code_postal) if place is not None else None
        if code:
            return bool(code.startswith(department))
    return False


def our_id(source: str, source_id: str) -> str:
    """Return the same for ever: a slug for people to recognise, and enough of a digest that no two meet."""
    slug = re.sub(r"[^a-z0-9]+", "-", source_id.lower()).strip("-")[:60]
    return f"di-{slug}-{sha256(json.dumps([source, source_id]).encode()).hexdigest()[:12]}".replace("--", "-")


def _candidate(service: Any, structure: Any) -> Candidate:
    made = import_fields.build_fields(service, structure)
    return Candidate(our_id(service.source, service.id), service.source[:100], service.id[:300], made)
