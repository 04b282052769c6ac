"""Hold what a worker chose in the settings, as the other states read it."""

from __future__ import annotations

from dataclasses import dataclass

USUAL = ("90052", "90033", "90010", "90099", "90053")
"""Giromagny, Delle, Belfort, Valdoie, Grandvillars: where the teams work and where France Services are."""


@dataclass(frozen=True, slots=True)
class Preferred:
    """`action` empty means: the one used last. `places` come first, in that order. `theme` is day, night or
    system."""

    action: str = ""
    communes: tuple[str, ...] = USUAL
    places: tuple[str, ...] = ()
    theme: str = "system"
