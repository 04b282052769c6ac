"""The sentences of a slip in the languages of the people it is handed to: one TOML file each, with every key.

Short sentences, one idea each, that a person who reads little understands (« facile à lire et à comprendre »). All
but the French were written by the developers and are to be read again (docs/langues-du-coupon.md).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from shared import hours

FRENCH = "fr"
LANGUAGES = (FRENCH, "en", "ar", "tr", "uk", "ru", "sq", "prs", "pt", "es")
"""In the order they are proposed (ISO 639; `prs` is Dari)."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a slip says in one language; `code` is its own, `name` what it calls itself, `in_french` what a
    worker calls it. `spoken` says that it is spoken there, in itself. `days` are the seven from Monday on, then
    public holidays."""

    code: str
    name: str
    in_french: str
    right_to_left: bool
    title: str
    helps: str
    show: str
    where: str
    no_address: str
    when: str
    no_hours: str
    check_hours: str
    appointment: str
    call_first: str
    ask_first: str
    phone: str
    way: str
    wheelchair: str
    no_wheelchair: str
    spoken: str
    interpreter: str
    signs: str
    no_name: str
    refuse: str
    lose: str
    colon: str
    closed: str
    every_day: str
    all_day: str
    days: tuple[str, ...]
    months: tuple[str, ...]

    @property
    def is_french(self) -> bool:
        """Return whether the service reads it too."""
        return self.code == FRENCH

    @property
    def opening(self) -> hours.HourNames:
        """Return the names that opening hours are written with."""
        if self.is_french:
            return hours.FRENCH
        return hours.HourNames(self.days, self.months, self.every_day, self.closed, self.all_day)


@cache
def load(language: str) -> Words:
    """Return the words of that language. Raises FileNotFoundError when there are none, TypeError when a key is
    missing or unknown."""
    raw = tomllib.loads((files(__name__) / f"{language}.toml").read_text("utf-8"))
    listed: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()
    }
    return Words(code=language, **listed)
