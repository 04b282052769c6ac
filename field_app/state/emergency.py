"""List the emergency numbers, from a file that comes with the app: they are there without a network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """A number, what it is for in a few words, and when it is called; `sms` where one writes to it instead."""

    number: str
    name: str
    when: str
    sms: bool = False

    @property
    def spoken(self) -> str:
        """Return the number as it is read aloud in French: « 39 19 », « 115 »."""
        return f"{self.number[:2]} {self.number[2:]}" if len(self.number) == len("3919") else self.number

    @property
    def url(self) -> str:
        """Return the link that the telephone follows."""
        return f"{'sms' if self.sms else 'tel'}:{self.number}"

    @property
    def action(self) -> str:
        """Return what a tap on the link does."""
        return f"Écrire un SMS au {self.spoken}" if self.sms else f"Appeler le {self.spoken}"


@cache
def list_numbers() -> tuple[EmergencyNumber, ...]:
    """List the numbers in the order of the card."""
    import tomllib  # at the first look only: the card stands on the first screen of a start
    from importlib.resources import files

    raw = tomllib.loads((files("field_app.state") / "emergency.toml").read_text("utf-8"))
    return tuple(EmergencyNumber(**one) for one in raw["number"])
