"""Say in French what is wrong with a record: the one shape of a problem, and pydantic's errors put into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared import field_labels


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where (`needs.0.theme`), as a stable code and a French sentence."""

    field: str
    code: str
    message: str
    warning: bool = False


MOST_SAID = 20
"""Problems said of one record at most: one of 150,000 unknown fields would else come back ten times its size, and
wait so with the others."""
_SENTENCES = {
    "missing": "à indiquer avant d’enregistrer",
    "extra_forbidden": "ce champ n’existe pas : mettez l’application à jour",
    "string_pattern_mismatch": "la valeur n’a pas la forme attendue",
    "too_long": "il y en a trop : {max_length} au plus",
    "string_too_long": "le texte est trop long : {max_length} caractères au plus",
    "string_too_short": "le texte est trop court",
    "greater_than_equal": "la valeur doit être au moins {ge}",
    "less_than_equal": "la valeur doit être au plus {le}",
}
_FAMILIES = {
    "date": "ce n’est pas une date valable",
    "int": "il faut un nombre entier",
    "bool": "il faut oui ou non",
    "string": "il faut un texte",
    "float": "il faut un nombre",
    "list": "il faut une liste",
    "model": "il faut une fiche",
    "dict": "il faut une fiche",
}


def in_french(error: ValidationError) -> Iterator[Problem]:
    """Yield one problem per pydantic error, the first `MOST_SAID`, in French; a value itself is repeated only
    where a list or the territory refuses it, so that no free text comes back in a message."""
    for e in error.errors(include_url=False, include_input=False)[:MOST_SAID]:
        kind, path = e["type"], printable(".".join(str(p)[:40] for p in e["loc"]))
        yield Problem(path, kind, f"{field_labels.of(path)} : {_sentence(kind, e['msg'], e.get('ctx', {}))}")


def printable(text: str) -> str:
    """Return the text without the half characters that JSON can write and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _sentence(kind: str, message: str, values: Mapping[str, Any]) -> str:
    if kind.startswith("unknown_") or kind == "personal":
        return message
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**values)
    return _FAMILIES.get(kind.split("_")[0], "la valeur n’est pas acceptée : corrigez-la")
