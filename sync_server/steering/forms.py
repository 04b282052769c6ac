"""The forms of the console: read as French writes numbers and days, kept as typed when it cannot be read.

A form is a list of `Input`s. Numbers are parsed with Decimal, so the text shown again equals the text typed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from shared.french import NNBSP, format_day
from sync_server.inputs import Input
from sync_server.storage.desk_tables import NOTE

Values = Mapping[str, Any]
Texts = Mapping[str, str]
LARGEST_NUMBER = 10**9
"""Above, a number is a slip of the finger."""
_SPACES = dict.fromkeys(map(ord, " \u00a0\u202f\u2009"))
_NUMBER = re.compile(r"[0-9]{1,10}([.,][0-9]{1,8})?")
_NUMBERS = ("number", "whole", "rate", "euros")


class UnreadableError(ValueError):
    """What was typed cannot be read; the message is for who typed it."""


@dataclass(frozen=True, slots=True)
class TypedForm:
    """A form that came back: every text as typed, the values that could be read, the errors by field."""

    texts: Texts
    values: Values
    errors: Texts


def read_form(fields: Sequence[Input], sent: Texts) -> TypedForm:
    """Read a form. What is not sent is empty."""
    texts = {f.name: _printable(sent.get(f.name, "")) for f in fields}
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for f in fields:
        try:
            values[f.name] = value_of(f, texts[f.name])
        except UnreadableError as error:
            errors[f.name] = str(error)
    return TypedForm(texts, values, errors)


def value_of(field: Input, text: str) -> Any:
    """Return the value of that text; None (or an empty text) when nothing is typed. Raises UnreadableError."""
    text = text.strip()
    if not text:
        if field.required:
            raise UnreadableError("À remplir.")
        return None if field.input_type in (*_NUMBERS, "day") else ""
    if field.input_type in _NUMBERS:
        return _number(field, text)
    if field.input_type == "day":
        return _day(text)
    if field.input_type == "choice":
        if text not in field.labels:
            raise UnreadableError("Choisissez dans la liste.")
        return text
    most = field.most or NOTE
    if len(text) > most:
        raise UnreadableError(f"Trop long : {len(text)} caractères, {most} au plus.")
    return text


def text_of(field: Input, value: Any) -> str:
    """Return the text that reads back as that value."""
    if value is None:
        return ""
    if field.input_type in _NUMBERS:
        exact = Decimal(repr(value)) * (100 if field.input_type == "rate" else 1)
        whole, _, rest = f"{exact:f}".partition(".")
        decimals = rest.rstrip("0")
        return f"{int(whole):,}".replace(",", NNBSP) + (f",{decimals}" if decimals else "")
    return value.isoformat() if isinstance(value, date) else str(value)


def texts_of(fields: Sequence[Input], values: Values | None) -> dict[str, str]:
    """Return the whole form, filled from what is kept; the first choice of each list where nothing is."""
    empty = {f.name: next(iter(f.labels), "") for f in fields}
    if values is None:
        return empty
    return {f.name: text_of(f, values.get(f.name)) or empty[f.name] for f in fields}


def format_text(field: Input, text: str) -> str:
    """Format a text of the form as the log and the messages say it."""
    if field.input_type == "choice":
        return field.labels.get(text, text).split(" (")[0]
    if field.input_type == "day" and text:
        return format_day(date.fromisoformat(text))
    return f"{text} {field.unit}".strip() if text else ""


def fingerprint(texts: Texts) -> str:
    """Hash what was read: sent with the form, it tells whether somebody changed it meanwhile."""
    return hashlib.sha256(json.dumps(dict(texts), sort_keys=True).encode()).hexdigest()[:32]


def _number(field: Input, text: str) -> float | int:
    bare = text.translate(_SPACES).removesuffix(field.unit or "%")
    if not _NUMBER.fullmatch(bare):
        example = "120" if field.input_type in ("whole", "euros") else "12,5"
        raise UnreadableError(f"« {text[:30]} » n’est pas un nombre. Exemple : {example}.")
    exact = Decimal(bare.replace(",", "."))
    if exact > LARGEST_NUMBER:
        raise UnreadableError("Nombre trop grand.")
    if field.input_type == "rate":
        if exact > 100:
            raise UnreadableError("Un taux va de 0 à 100 %.")
        return float(exact / 100)
    if field.input_type in ("whole", "euros"):
        if exact != exact.to_integral_value():
            in_euros = field.input_type == "euros"
            raise UnreadableError(
                "En euros, sans centimes." if in_euros else "Sans virgule, c’est un nombre entier."
            )
        return int(exact)
    return float(exact)


def _day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            found = datetime.strptime(text, form).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
        if 2000 <= found.year <= 2100:
            return found
    raise UnreadableError(f"« {text[:30]} » n’est pas une date. Exemple : 30/06/2026.")


def _printable(text: str) -> str:
    """Return a text without control characters, which no keyboard types and PostgreSQL partly refuses."""
    return "".join(c for c in text.replace("\r\n", "\n") if c.isprintable() or c in "\n\u202f\u00a0")
