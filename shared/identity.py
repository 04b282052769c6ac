"""Finds what could name a person in a short text: it warns or blocks, it certifies nothing (PRIVACY).

Used on the *repère* of the tablet, and on the only free words that are synced, the names of structures.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import phonenumbers
from stdnum import iban
from stdnum.fr import nir

from shared.words import plain

LABELS = {
    "phone": "un numéro de téléphone",
    "email": "une adresse électronique",
    "nir": "un numéro de sécurité sociale",
    "iban": "un numéro de compte (IBAN)",
}
"""What is blocked, as a worker reads it."""
_EMAIL = re.compile(r"[^\s@]+\s?(@|\(at\)|\[at\])\s?[^\s@]+", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s.\-/]")
_NIR = re.compile(r"(?<!\d)[12]\d{4}(?:\d{2}|2[ab])\d{6}(?:\d{2})?(?!\d)", re.IGNORECASE)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"(?<!\d)0[1-9]\d{8}(?!\d)")


def found_in(text: str) -> str | None:
    """The first of `LABELS` that stands in the text, or None. Spaces, dots and dashes hide nothing."""
    if _EMAIL.search(text):
        return "email"
    packed = _SEPARATORS.sub("", text)
    if any(nir.is_valid(m + ("" if len(m) == 15 else nir.calc_check_digits(m))) for m in _NIR.findall(packed)):
        return "nir"
    if any(_has_iban(m) for m in _IBAN.findall(packed)):
        return "iban"
    if phonenumbers.PhoneNumberMatcher(text, "FR").has_next() or _LONG_NUMBER.search(packed):
        return "phone"
    return None


def _has_iban(run: str) -> bool:
    """An account number may be glued to the words after it: every length is tried."""
    return any(iban.is_valid(run[:end], check_country=False) for end in range(15, len(run) + 1))


@cache
def _first_names() -> frozenset[str]:
    text = (files("shared") / "first_names.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def first_name_in(text: str) -> str | None:
    """A word of the text that is a common first name, as it was written, or None: to warn, never to refuse."""
    return next((word for word in re.findall(r"[^\W\d_]+", text) if plain(word) in _first_names()), None)
